"""Runs the lines of docs/models.md that export a learner's model, on three models, and records what PyTorch computes with them.

    pip install -r requirements.txt
    python export.py

Writes tests/golden/nanogpt/: NAME.safetensors as the lines wrote it, and NAME.json with ids and logits.
"""

import json
import os
import re
import tempfile
from pathlib import Path

import torch

from model import GPT, Config

ROOT = Path(__file__).parent.parent.parent
OUT = ROOT / "tests" / "golden" / "nanogpt"
CHARS = sorted(set("To be, or not to be: that is the question.\n"))

CASES = {
    # name: how it is built and what is done to it before it is saved
    "plain": (Config(vocab_size=len(CHARS)), lambda model: model),
    "compiled": (Config(vocab_size=len(CHARS), bias=False, n_head=2), torch.compile),
    "half": (Config(vocab_size=len(CHARS), n_layer=1), lambda model: model.half()),
}


def lines():
    """The python block of the document that saves a file."""
    text = (ROOT / "docs" / "models.md").read_text("utf-8")
    return next(code for code in re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL) if "save_file" in code)


@torch.no_grad()
def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for seed, (name, (config, prepare)) in enumerate(CASES.items()):
        torch.manual_seed(seed)
        model = GPT(config).eval()
        for parameter in model.parameters():
            # Large enough that attention and GELU do their work.
            parameter.add_(torch.randn_like(parameter) * 0.2)
        saved = prepare(model)
        with tempfile.TemporaryDirectory() as folder:
            before = Path.cwd()
            os.chdir(folder)
            exec(lines(), {"model": saved, "chars": CHARS})
            os.chdir(before)
            (OUT / f"{name}.safetensors").write_bytes((Path(folder) / "model.safetensors").read_bytes())
        ids = torch.randint(config.vocab_size, (1, 20))
        # In f32, with the numbers that the file holds.
        logits = model.float()(ids)
        case = {"ids": ids.flatten().tolist(), "logits": [float(f"{x:.9g}") for x in logits.flatten().tolist()]}
        (OUT / f"{name}.json").write_text(json.dumps({"chars": CHARS, **case}) + "\n", "utf-8")
        print(name, (OUT / f"{name}.safetensors").stat().st_size, "bytes")


if __name__ == "__main__":
    main()
