# pip install transformers gguf accelerate
from transformers import AutoModelForCausalLM
AutoModelForCausalLM.from_pretrained(".", gguf_file="model.gguf").save_pretrained("converted")
