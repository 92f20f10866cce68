"""Writes the shipped model as transformers.js reads it: target/peers/prose, an ONNX graph in f32 with past keys and values.

    pip install -r requirements.txt
    python export.py
"""

import json

import torch
from transformers import DynamicCache

from shipped import ROOT, shipped

OUT = ROOT / "target" / "peers" / "prose"


class Step(torch.nn.Module):
    """Ids (B, T) behind a past of P positions → logits (B, T, V) and what the past is then, layer by layer."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask, position_ids, *past):
        cache = DynamicCache(list(zip(past[::2], past[1::2])))
        out = self.model(
            input_ids=input_ids, attention_mask=attention_mask, position_ids=position_ids, past_key_values=cache, use_cache=True
        )
        return out.logits, *(tensor for layer in out.past_key_values.layers for tensor in (layer.keys, layer.values))


@torch.no_grad()
def main():
    model = shipped()
    config = model.config
    head_size = config.n_embd // config.n_head
    kinds = [f"{layer}.{kind}" for layer in range(config.n_layer) for kind in ("key", "value")]
    past = [torch.randn(2, config.n_head, 5, head_size) for _ in kinds]
    ids = torch.randint(config.vocab_size, (2, 3))
    mask = torch.ones(2, 8, dtype=torch.long)
    positions = torch.arange(5, 8).expand(2, 3)
    names = ["input_ids", "attention_mask", "position_ids", *(f"past_key_values.{kind}" for kind in kinds)]
    # transformers.js knows these names, and makes an empty past by them.
    names_of_sizes = ("batch_size", "sequence_length", "past_sequence_length", "total_sequence_length")
    batch, length, before, whole = (torch.export.Dim(name) for name in names_of_sizes)
    shapes = ({0: batch, 1: length}, {0: batch, 1: whole}, {0: batch, 1: length}, tuple({0: batch, 2: before} for _ in kinds))
    (OUT / "onnx").mkdir(parents=True, exist_ok=True)
    program = torch.onnx.export(
        Step(model),
        (ids, mask, positions, *past),
        input_names=names,
        output_names=["logits", *(f"present.{kind}" for kind in kinds)],
        dynamic_shapes=shapes,
        dynamo=True,
    )
    program.save(OUT / "onnx" / "model.onnx", external_data=False)
    (OUT / "config.json").write_text(json.dumps({**config.to_dict(), "eos_token_id": None, "bos_token_id": 0}), "utf-8")
    (OUT / "generation_config.json").write_text("{}", "utf-8")
    print(OUT, (OUT / "onnx" / "model.onnx").stat().st_size, "bytes")


if __name__ == "__main__":
    main()
