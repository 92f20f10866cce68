import json, torch
from safetensors.torch import save_file

class GPTConfig: pass  # build-nanogpt keeps its settings in one

torch.serialization.add_safe_globals([GPTConfig])
saved = torch.load("ckpt.pt", map_location="cpu", weights_only=True)
names = ("model", "model_state_dict", "state_dict")
weights = next((saved[name] for name in names if name in saved), saved)
config = saved.get("model_args") or saved.get("config") or {}
config = dict(config if isinstance(config, dict) else vars(config))
# config["n_head"] = 12  # where the file does not say it
weights = {name: tensor.clone().contiguous() for name, tensor in weights.items()}
save_file(weights, "model.safetensors", metadata={"config": json.dumps(config)})
