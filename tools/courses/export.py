"""Saves small GPTs of well-known courses as each course does, converts them with the lines that the library answers such files with, and
records what PyTorch computes.

    pip install -r requirements.txt
    python export.py

Writes tests/golden/courses/: NAME.safetensors as the lines wrote it, and NAME.json with what has to be said of it, ids and logits.
"""

import json
import string
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from models import GPT, GPTConfig, GPTModel

ROOT = Path(__file__).parent.parent.parent
OUT = ROOT / "tests" / "golden" / "courses"
LINES = ROOT / "src" / "model" / "gpt" / "checkpoint" / "foreign" / "from_torch.py"

NAMES = "." + string.ascii_lowercase
TEXT = "".join(sorted(set("Every effort moves you\n")))
DIGITS = "0123456789"


def book(vocab, qkv_bias):
    sizes = {"context_length": 16, "emb_dim": 18, "n_heads": 3, "n_layers": 2}
    cfg = {"vocab_size": len(vocab), **sizes, "drop_rate": 0.1, "qkv_bias": qkv_bias}
    content = lambda model: {"model_state_dict": model.state_dict(), "optimizer_state_dict": {}}  # noqa: E731
    return GPTModel(cfg), content, {"config": cfg}


def mingpt(vocab):
    config = GPTConfig(vocab_size=len(vocab), n_head=2)
    settings = {"model_type": None, "n_layer": 2, "n_head": 2, "n_embd": 16, "vocab_size": None, "block_size": None}
    said = {"system": {"seed": 3407, "work_dir": "./out/adder"}, "model": {**settings, "embd_pdrop": 0.1}}
    return GPT(config), lambda model: model.state_dict(), {"config": said}


def makemore(vocab):
    return GPT(GPTConfig(vocab_size=len(vocab))), lambda model: model.state_dict(), {"n_head": 4}


def build_nanogpt(vocab):
    # Rounded up, as 50,257 is to 50,304 there.
    model = GPT(GPTConfig(vocab_size=32), is_tied=True)
    content = lambda model: {"model": model.state_dict(), "config": model.config, "step": 9}  # noqa: E731
    return model, content, {"activation": "gelu_tanh"}


def ddp(vocab):
    model = GPT(GPTConfig(vocab_size=len(vocab)), is_tied=True)
    args = {"n_layer": 2, "n_head": 4, "n_embd": 16, "block_size": 16, "bias": True, "vocab_size": len(vocab)}
    prefixed = lambda model: {f"_orig_mod.module.{name}": tensor for name, tensor in model.state_dict().items()}  # noqa: E731
    content = lambda model: {"model": prefixed(model), "model_args": args, "iter_num": 9}  # noqa: E731
    return model, content, {"activation": "gelu_tanh"}


CASES = {
    "book": (TEXT, lambda vocab: book(vocab, False)),
    "book_bias": (TEXT, lambda vocab: book(vocab, True)),
    "mingpt": (DIGITS, mingpt),
    "makemore": (NAMES, makemore),
    "build_nanogpt": (NAMES, build_nanogpt),
    "ddp": (NAMES, ddp),
}


def convert(saved):
    """What the lines make of a checkpoint, run as they are in a program of their own."""
    with tempfile.TemporaryDirectory() as folder:
        torch.save(saved, Path(folder) / "ckpt.pt")
        subprocess.run([sys.executable, LINES], cwd=folder, check=True)
        return (Path(folder) / "model.safetensors").read_bytes()


@torch.no_grad()
def main():
    # build-nanogpt's is a class of its program.
    GPTConfig.__module__ = "__main__"
    OUT.mkdir(parents=True, exist_ok=True)
    for seed, (name, (vocab, build)) in enumerate(CASES.items()):
        torch.manual_seed(seed)
        model, content, options = build(vocab)
        for parameter in model.eval().parameters():
            # Large enough that attention and GELU do their work.
            parameter.add_(torch.randn_like(parameter) * 0.5)
        (OUT / f"{name}.safetensors").write_bytes(convert(content(model)))
        ids = torch.randint(len(vocab), (1, 12))
        logits = model(ids)[..., : len(vocab)]
        case = {"ids": ids.flatten().tolist(), "logits": [float(f"{x:.9g}") for x in logits.flatten().tolist()]}
        (OUT / f"{name}.json").write_text(json.dumps({"options": {"vocab": vocab, **options}, **case}) + "\n", "utf-8")
        print(name, (OUT / f"{name}.safetensors").stat().st_size, "bytes")


if __name__ == "__main__":
    main()
