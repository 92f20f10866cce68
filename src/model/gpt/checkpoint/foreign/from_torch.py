import importlib, json, zipfile, torch
from safetensors.torch import save_file

file = "ckpt.pt"

class Unknown(torch.nn.Module):  # in the place of a class that is not PyTorch's: what the file holds of it, and none of its code
    def __init__(self, *_, **__): super().__init__()
    def __setstate__(self, state): self.__dict__.update(state if isinstance(state, dict) else {})
    def __repr__(self): return type(self).__name__

def class_of(name):
    module, _, own = name.rpartition(".")
    found = getattr(importlib.import_module(module), own, None) if module.startswith("torch.nn.") else None
    return found if isinstance(found, type) and issubclass(found, torch.nn.Module) else type(own, (Unknown,), {})

def plain(it):
    return {name: value for name, value in vars(it).items() if name[0] != "_"} if isinstance(it, Unknown) else str(it)

names = torch.serialization.get_unsafe_globals_in_checkpoint(file) if zipfile.is_zipfile(file) else []
torch.serialization.add_safe_globals([(class_of(name), name) for name in names])
saved = torch.load(file, map_location="cpu", weights_only=True)
said = saved if isinstance(saved, dict) else {}
weights = next((said[name] for name in ("model", "model_state_dict", "state_dict") if name in said), saved)
said = {**getattr(weights, "__dict__", {}), **said}
weights = weights.state_dict() if isinstance(weights, torch.nn.Module) else weights if isinstance(weights, dict) else {}
weights = {name: it.clone().contiguous() for name, it in weights.items() if torch.is_tensor(it)}
weights = {name: it.float() if it.dtype == torch.float64 else it for name, it in weights.items()}
if not weights: raise SystemExit(f"no weights in {file}, which holds {list(said) or type(saved)}")
config = next((said[name] for name in ("model_args", "config", "hyper_parameters") if said.get(name)), {})
config = json.loads(json.dumps(config, default=plain, skipkeys=True))
# config["n_head"] = 12  # where the file does not say it
save_file(weights, "model.safetensors", metadata={"config": json.dumps(config)})
print(len(weights), "tensors, config:", config)
