"""Records what transformers computes with SmolLM2-135M-Instruct, dequantised to f32, from its GGUF file: tests/golden/llama/smollm2.json.

    pip install -r requirements.txt
    python smollm2.py SmolLM2-135M-Instruct.Q4_1.gguf ../../tests/golden/llama/smollm2.json [ALL_LOGITS]

ALL_LOGITS, if given, is where all logits of the forced steps go, as f32.
"""

import json
import sys
from pathlib import Path

import torch
from gguf import GGUFReader
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoModelForCausalLM

FILE, OUT = Path(sys.argv[1]), Path(sys.argv[2])
N_FORCED, N_GREEDY, N_SHOWN = 1000, 200, 4
PROMPT = "Once upon a time there was a"
TEXTS = [PROMPT, "The capital of France is", "list of opcodes", "I'm 12345 years  old.\n\tdef f(x): return x**2", "naïve café 日本語 🙂", "<|im_start|>user\nHi<|im_end|>\n"]


def tokenizer_of(file):
    """By the tokenizers library, of what the file says."""
    fields = GGUFReader(file).fields
    tokens = fields["tokenizer.ggml.tokens"].contents()
    kinds = fields["tokenizer.ggml.token_type"].contents()
    merges = [tuple(merge.split(" ")) for merge in fields["tokenizer.ggml.merges"].contents()]
    tokenizer = Tokenizer(models.BPE({token: i for i, token in enumerate(tokens)}, merges))
    digits, words = pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([digits, words])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([token for token, kind in zip(tokens, kinds) if kind == 3])
    return tokenizer


def greedy(model, ids):
    cache, new = None, torch.tensor([ids])
    for _ in range(N_GREEDY):
        step = model(new, past_key_values=cache, use_cache=True)
        cache, new = step.past_key_values, step.logits[:, -1:].argmax(-1)
        ids = ids + new[0].tolist()
    return ids


def main():
    tokenizer = tokenizer_of(FILE)
    model = AutoModelForCausalLM.from_pretrained(FILE.parent, gguf_file=FILE.name, dtype=torch.float32).eval()
    text = (Path(__file__).parent.parent.parent / "ARCHITECTURE.md").read_text()
    ids = tokenizer.encode(text).ids[:N_FORCED]
    with torch.no_grad():
        logits = model(torch.tensor([ids])).logits[0]
        written = greedy(model, tokenizer.encode(PROMPT).ids)
    if len(sys.argv) > 3:
        logits.numpy().astype("<f4").tofile(sys.argv[3])
    values, tops = logits.topk(N_SHOWN)
    OUT.write_text(json.dumps({
        "texts": [{"text": text, "ids": tokenizer.encode(text).ids} for text in TEXTS],
        "ids": ids,
        "top": tops.tolist(),
        "logits": [[round(x, 5) for x in row] for row in values.tolist()],
        "greedy": written,
        "greedy_text": tokenizer.decode(written),
    }, separators=(",", ":"), ensure_ascii=False) + "\n")


main()
