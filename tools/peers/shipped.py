"""The shipped model as GPT2LMHeadModel, in f32."""

import json
from pathlib import Path

from safetensors import safe_open
from transformers import GPT2Config, GPT2LMHeadModel

ROOT = Path(__file__).parent.parent.parent


def shipped():
    with safe_open(ROOT / "www" / "models" / "prose" / "model.safetensors", "pt") as file:
        config = json.loads(file.metadata()["config"])
        weights = {name: file.get_tensor(name).float() for name in file.keys()}
    model = GPT2LMHeadModel(GPT2Config(**config)).eval()
    missing, unexpected = model.load_state_dict(weights, strict=False)
    assert missing == ["lm_head.weight"] and not unexpected, (missing, unexpected)
    model.tie_weights()
    return model
