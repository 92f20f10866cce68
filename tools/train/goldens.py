"""Records what GPT2LMHeadModel computes, for the tests: small random models with their logits, and greedy text of the shipped one.

    python goldens.py

Writes tests/golden/gpt/. A case is a checkpoint NAME.safetensors and NAME.json with its config, ids (B, T) and logits (B, T, V).
"""

import json
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from transformers import GPT2Config, GPT2LMHeadModel

ROOT = Path(__file__).parent.parent.parent
OUT = ROOT / "tests" / "golden" / "gpt"
VOCAB = "abcdefghijklmnopqrstuvwxyz .,\n"
# Conv1D matrices, (in, out), which nanoGPT has as nn.Linear, (out, in).
CONV1D = ("c_attn.weight", "c_proj.weight", "c_fc.weight")

CASES = {
    # name: dtype, names, batch, length, what differs from GPT-2
    "tied": (torch.float32, "transformers", 2, 20, {"vocab_size": 30, "n_positions": 24, "n_embd": 16, "n_layer": 2, "n_head": 2}),
    "untied": (
        torch.float32,
        "transformers",
        3,
        9,
        # A head of ten numbers, seven tokens: nothing is a multiple of four.
        {"vocab_size": 7, "n_positions": 9, "n_embd": 30, "n_layer": 1, "n_head": 3, "tie_word_embeddings": False, "activation_function": "gelu"},
    ),
    "float16": (
        torch.float16,
        "transformers",
        1,
        12,
        {"vocab_size": 21, "n_positions": 12, "n_embd": 20, "n_layer": 3, "n_head": 1, "n_inner": 37, "layer_norm_epsilon": 1e-3},
    ),
    "long": (torch.float32, "transformers", 1, 160, {"vocab_size": 11, "n_positions": 160, "n_embd": 8, "n_layer": 2, "n_head": 2}),
    # What a learner's nanoGPT saves: compiled, without biases, and no config.json.
    "nanogpt": (torch.bfloat16, "nanogpt", 2, 16, {"vocab_size": 13, "n_positions": 16, "n_embd": 64, "n_layer": 1, "n_head": 1, "activation_function": "gelu"}),
}


def model_of(config, dtype, names):
    """A model with weights that make attention and GELU work, rounded to what the file will hold."""
    model = GPT2LMHeadModel(GPT2Config(**config)).eval()
    for name, parameter in model.named_parameters():
        centre = 1.0 if ".ln_" in name and name.endswith("weight") else 0.0
        torch.nn.init.normal_(parameter, centre, 0.3)
        if names == "nanogpt" and name.endswith("bias"):
            torch.nn.init.zeros_(parameter)
        parameter.data = parameter.data.to(dtype).float()
    return model


def tensors_of(model, dtype, names):
    tied = model.config.tie_word_embeddings
    tensors = {name: tensor for name, tensor in model.state_dict().items() if not (tied and name == "lm_head.weight")}
    if names == "nanogpt":
        tensors = {name: tensor for name, tensor in tensors.items() if not name.endswith("bias")}
        tensors = {f"_orig_mod.{name}": tensor.T if name.endswith(CONV1D) else tensor for name, tensor in tensors.items()}
        # safetensors keeps one name of a tied pair, the first in the alphabet.
        tensors["_orig_mod.lm_head.weight"] = tensors.pop("_orig_mod.transformer.wte.weight")
    return {name: tensor.to(dtype).contiguous() for name, tensor in tensors.items()}


@torch.no_grad()
def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for seed, (name, (dtype, names, batch, length, config)) in enumerate(CASES.items()):
        torch.manual_seed(seed)
        model = model_of(config, dtype, names)
        ids = torch.randint(config["vocab_size"], (batch, length))
        logits = model(ids).logits
        save_file(tensors_of(model, dtype, names), OUT / f"{name}.safetensors")
        case = {"config": config if names == "transformers" else None, "vocab_size": config["vocab_size"]}
        case |= {"batch": batch, "ids": ids.flatten().tolist(), "logits": [float(f"{x:.9g}") for x in logits.flatten().tolist()]}
        (OUT / f"{name}.json").write_text(json.dumps(case) + "\n", "utf-8")

    file = ROOT / "www" / "models" / "prose" / "model.safetensors"
    with safe_open(file, "pt") as opened:
        config = json.loads(opened.metadata()["config"])
        weights = {name: opened.get_tensor(name).float() for name in opened.keys()}
    model = GPT2LMHeadModel(GPT2Config(**config)).eval()
    missing, unexpected = model.load_state_dict(weights, strict=False)
    assert missing == ["lm_head.weight"] and not unexpected, (missing, unexpected)
    model.tie_weights()
    prompt = "the old man "
    ids = torch.tensor([[VOCAB.index(character) for character in prompt]])
    logits = model(ids).logits[0, -1].tolist()
    output = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=200, do_sample=False, pad_token_id=0)
    text = "".join(VOCAB[i] for i in output[0, ids.shape[1] :])
    greedy = {"prompt": prompt, "logits": [float(f"{x:.9g}") for x in logits], "text": text}
    (OUT / "greedy.json").write_text(json.dumps(greedy) + "\n", "utf-8")
    print(prompt + text)


if __name__ == "__main__":
    main()
