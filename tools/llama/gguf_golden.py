"""Records small random GGUF files of every way to write numbers, and what transformers computes with them dequantised: tests/golden/llama/gguf.

    pip install -r requirements.txt
    python gguf_golden.py ../../tests/golden/llama/gguf
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from gguf import GGMLQuantizationType as T
from gguf import GGUFWriter, quants
from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM, Qwen3Config, Qwen3ForCausalLM

TOKENS = ["<|end|>", "Ġ", "t", "h", "e", "a", "n", "Ġt", "Ġth", "Ġthe", "an", "1", "2", "<unused>"]
MERGES = ["Ġ t", "Ġt h", "Ġth e", "a n"]
KINDS = [3] + [1] * 12 + [5]
NAMES = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
    "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
# Name, kind of model, width, pre-tokenizer, how matrices are written in turn, whether there are rope_freqs.
CASES = [
    ("floats", "llama", 32, "smollm", [T.F32, T.F16, T.BF16], False),
    ("simple", "llama", 64, "gpt-2", [T.Q8_0, T.Q4_0, T.Q4_1], True),
    ("small", "llama", 256, "llama-bpe", [T.Q4_K, T.Q6_K], False),
    ("qwen2", "qwen2", 32, "qwen2", [T.Q4_1, T.Q8_0], False),
    ("qwen3", "qwen3", 32, "qwen2", [T.Q4_0], False),
]
MODELS = {"llama": (LlamaConfig, LlamaForCausalLM), "qwen2": (Qwen2Config, Qwen2ForCausalLM), "qwen3": (Qwen3Config, Qwen3ForCausalLM)}


def written(weights, kind, random):
    """A matrix as it is written, and what that means. No library writes K blocks, so those are made up."""
    if kind in (T.Q4_K, T.Q6_K):
        n_bytes = {T.Q4_K: 144, T.Q6_K: 210}[kind]
        blocks = random.integers(0, 256, (weights.size // 256, n_bytes), dtype=np.uint8)
        places = [0, 2] if kind == T.Q4_K else [208]
        for place in places:
            scale = random.uniform(0.0001, 0.0002, len(blocks)).astype(np.float16)
            blocks[:, place : place + 2] = scale.view(np.uint8).reshape(-1, 2)
        data = blocks.reshape(weights.shape[0], -1)
    else:
        data = quants.quantize(weights, kind)
    return data, quants.dequantize(data, kind).reshape(weights.shape)


def pairs_apart(weights, head):
    """From pairs side by side, as this kind of file has them, to half a head apart."""
    return weights.reshape(-1, head // 2, 2, *weights.shape[1:]).swapaxes(1, 2).reshape(weights.shape)


def record(folder, name, kind, width, pre, formats, has_freqs):
    torch.manual_seed(len(name))
    random = np.random.default_rng(len(name) + width)
    head = 8
    sizes = {"hidden_size": width, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": head}
    config_of, model_of = MODELS[kind]
    model = model_of(config_of(**sizes, vocab_size=16, max_position_embeddings=64, attn_implementation="eager", rms_norm_eps=1e-5)).eval()
    writer = GGUFWriter(folder / f"{name}.gguf", kind)
    for key, value in {"block_count": 2, "context_length": 64, "embedding_length": width, "feed_forward_length": 32}.items():
        writer.add_uint32(f"{kind}.{key}", value)
    for key, value in {"head_count": 4, "head_count_kv": 2, "key_length": head, "value_length": head}.items():
        writer.add_uint32(f"{kind}.attention.{key}", value)
    writer.add_float32(f"{kind}.attention.layer_norm_rms_epsilon", 1e-5)
    writer.add_float32(f"{kind}.rope.freq_base", 10000.0)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre)
    writer.add_token_list(TOKENS)
    writer.add_token_types(KINDS)
    writer.add_token_merges(MERGES)
    writer.add_eos_token_id(0)
    if has_freqs:
        divisors = np.array([1, 2, 4, 8], np.float32)
        writer.add_tensor("rope_freqs.weight", divisors)
        model.model.rotary_emb.inv_freq /= torch.tensor(divisors)
    at = 0
    for parameter_name, parameter in model.named_parameters():
        short = parameter_name.removeprefix("model.")
        short = short.replace("embed_tokens", "token_embd").replace("lm_head", "output") if "layers" not in short else short
        short = "output_norm.weight" if short == "norm.weight" else short
        for theirs, ours in NAMES.items():
            short = short.replace(f".{theirs}.", f".{ours}.")
        short = short.replace("layers.", "blk.")
        is_vector = parameter.ndim == 1
        values = random.normal(1.0 if "norm" in short else 0.0, 0.3, parameter.shape).astype(np.float32)
        form = T.F32 if is_vector else formats[at % len(formats)]
        if not is_vector:
            at += 1
            if values.shape[1] % 256 and form in (T.Q4_K, T.Q6_K):
                form = T.Q8_0
        data, means = (values, values) if is_vector else written(values, form, random)
        writer.add_tensor(short, data, raw_dtype=form)
        if kind == "llama" and (".attn_q." in short or ".attn_k." in short):
            means = pairs_apart(means, head)
        parameter.data = torch.from_numpy(np.ascontiguousarray(means, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    ids = random.integers(0, 13, 40).tolist()
    with torch.no_grad():
        logits = model(torch.tensor([ids])).logits[0, -8:, :13]
    return {"name": name, "ids": ids, "logits": [round(x, 6) for x in logits.flatten().tolist()]}


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    cases = [record(folder, *case) for case in CASES]
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    (folder / "cases.json").write_text(f"[\n{lines}\n]\n")


main()
