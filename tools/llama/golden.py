"""Records what transformers computes with small random models of Llama's family and GPT-2's: tests/golden/llama.

    pip install -r requirements.txt
    python golden.py ../../tests/golden/llama
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, GPT2Config, LlamaConfig, Qwen2Config, Qwen3Config

SMALL = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 4, "vocab_size": 29, "max_position_embeddings": 96}
LLAMA3 = {"rope_type": "llama3", "rope_theta": 500.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 24}


def rope(**kwargs):
    return {"rope_parameters": {"rope_type": "default", "rope_theta": 10000.0, **kwargs}}


def llama(**kwargs):
    return LlamaConfig(**{**SMALL, "num_key_value_heads": 2, **kwargs})


def qwen2(**kwargs):
    return Qwen2Config(**{**SMALL, "num_key_value_heads": 2, **kwargs})


def qwen3(**kwargs):
    return Qwen3Config(**{**SMALL, "num_key_value_heads": 2, "head_dim": 8, **kwargs})


def gpt2(**kwargs):
    return GPT2Config(**{"n_embd": 16, "n_layer": 2, "n_head": 4, "n_positions": 96, "vocab_size": 29, "bos_token_id": 0, "eos_token_id": 0, **kwargs})


# Name, config, how weights are written, tokens in a row, whether the config is written as before version 5.
CASES = [
    ("llama-shared", llama(), torch.float32, 11, False),
    ("llama-apart", llama(num_key_value_heads=4), torch.float16, 11, True),
    ("llama-one", llama(num_key_value_heads=1), torch.bfloat16, 11, True),
    ("llama-tied", llama(tie_word_embeddings=True), torch.float16, 11, True),
    ("llama-linear", llama(**rope(rope_type="linear", factor=4.0)), torch.float16, 40, True),
    ("llama-linear-new", llama(**rope(rope_type="linear", factor=2.5)), torch.float16, 11, False),
    ("llama-llama3", llama(head_dim=12, rope_parameters=LLAMA3), torch.float16, 60, True),
    ("llama-llama3-new", llama(head_dim=16, num_hidden_layers=1, rope_parameters=LLAMA3), torch.float16, 60, False),
    ("llama-biases", llama(attention_bias=True), torch.float16, 11, False),
    ("llama-mlp-biases", llama(mlp_bias=True), torch.float16, 11, False),
    ("llama-heads", llama(head_dim=10), torch.float16, 11, False),
    ("llama-base", llama(**rope(rope_theta=500000.0)), torch.bfloat16, 80, True),
    ("llama-epsilon", llama(rms_norm_eps=0.05), torch.float16, 11, True),
    ("llama-gelu", llama(hidden_act="gelu"), torch.float16, 11, True),
    ("llama-long", llama(num_hidden_layers=3, num_attention_heads=6, num_key_value_heads=3, hidden_size=24), torch.bfloat16, 90, False),
    ("qwen2", qwen2(), torch.float32, 11, False),
    ("qwen2-tied", qwen2(tie_word_embeddings=True), torch.float16, 11, True),
    ("qwen2-base", qwen2(num_key_value_heads=1, **rope(rope_theta=1000000.0)), torch.bfloat16, 70, True),
    ("qwen2-apart", qwen2(num_key_value_heads=4), torch.float16, 11, False),
    ("qwen3", qwen3(), torch.float16, 11, False),
    ("qwen3-tied", qwen3(tie_word_embeddings=True, num_attention_heads=2, num_key_value_heads=1), torch.bfloat16, 66, True),
    ("gpt2-tanh", gpt2(), torch.float16, 11, False),
    ("gpt2-exact", gpt2(activation_function="gelu", n_inner=24), torch.float16, 11, False),
    ("gpt2-apart", gpt2(tie_word_embeddings=False, n_layer=1), torch.bfloat16, 70, False),
]


def as_before(config):
    """Version 5 says rope_parameters; before, there were rope_theta and rope_scaling."""
    parameters = config.pop("rope_parameters")
    config["rope_theta"] = parameters.pop("rope_theta")
    config["rope_scaling"] = None if parameters["rope_type"] == "default" else parameters
    return config


def weights_of(model, dtype):
    """Large enough that every part of the network shows, and rounded to how they are written."""
    for name, parameter in model.named_parameters():
        is_norm = "norm" in name or "ln_" in name
        parameter.data.normal_(1.0 if is_norm and name.endswith("weight") else 0.0, 0.2 if is_norm else 0.35)
        parameter.data = parameter.data.to(dtype).float()
    tied = model.get_output_embeddings().weight is model.get_input_embeddings().weight
    return {name: tensor.to(dtype).contiguous().clone() for name, tensor in model.state_dict().items() if not (tied and name == "lm_head.weight")}


def record(folder, name, config, dtype, length, is_old):
    torch.manual_seed(sum(map(ord, name)))
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager").float().eval()
    save_file(weights_of(model, dtype), folder / f"{name}.safetensors")
    ids = torch.randint(0, config.vocab_size, (1, length))
    with torch.no_grad():
        logits = model(ids).logits[0, -8:]
    said = json.loads(config.to_json_string(use_diff=False))
    keep = {key: value for key, value in said.items() if not key.startswith("_") and value not in ({}, [])}
    keep["architectures"] = [type(model).__name__]
    if is_old and "rope_parameters" in keep:
        keep = as_before(keep)
    return {"name": name, "config": keep, "ids": ids[0].tolist(), "logits": [round(x, 6) for x in logits.flatten().tolist()]}


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    cases = [record(folder, *case) for case in CASES]
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    (folder / "cases.json").write_text(f"[\n{lines}\n]\n")


main()
