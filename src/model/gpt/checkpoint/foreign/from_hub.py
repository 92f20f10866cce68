from huggingface_hub import hf_hub_download
print(hf_hub_download("owner/name", "model.safetensors"))
