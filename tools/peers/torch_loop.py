"""Times the shipped model in PyTorch on the CPU, eager, with its KV cache and without: the loop of benches/loop.js, in Python.

    python torch_loop.py

One JSON line per row. The loop is written out, because `generate` of transformers takes longer for the same tokens.
"""

import json
import statistics
import time

import torch

from shipped import shipped

PROMPTS = (16, 64, 256, 448)
NEW = 64
PATIENCE = 3
MOST_REPEATS = 21


def prompt_of(length, vocab_size, run):
    return [(i * i * 7 % 1009 + run) % vocab_size for i in range(length)]


@torch.inference_mode()
def loop(model, ids, n, use_cache):
    """n tokens after ids, greedy."""
    tokens, past = [], None
    seen = torch.tensor([ids])
    for _ in range(n):
        out = model(input_ids=seen, past_key_values=past, use_cache=use_cache)
        token = out.logits[:, -1].argmax(-1, keepdim=True)
        tokens.append(token.item())
        past = out.past_key_values
        seen = token if use_cache else torch.cat([seen, token], 1)
    return tokens


def time_loop(model, prompt, use_cache):
    vocab_size, run = model.config.vocab_size, 0

    def timed(n):
        nonlocal run
        ids = prompt_of(prompt, vocab_size, run)
        run += 1
        start = time.perf_counter()
        tokens = loop(model, ids, n, use_cache)
        return (time.perf_counter() - start) * 1e3, tokens

    _, tokens = timed(NEW)
    first, every, start = [], [], time.perf_counter()
    while len(first) < 3 or (time.perf_counter() - start < PATIENCE and len(first) < MOST_REPEATS):
        first.append(timed(1)[0])
        every.append(timed(NEW)[0])
    ttft = statistics.median(first)
    decode = (statistics.median(every) - ttft) / (NEW - 1)
    return {"prompt": prompt, "ttft_ms": ttft, "decode_ms": decode, "n": len(first), "tokens": tokens}


def main():
    model = shipped()
    for threads in (1, 2):
        torch.set_num_threads(threads)
        for use_cache in (True, False):
            for prompt in PROMPTS:
                row = {"system": f"PyTorch {torch.__version__}", "place": "eager, CPU", "threads": threads, "kv_cache": use_cache}
                print(json.dumps(row | time_loop(model, prompt, use_cache)), flush=True)


if __name__ == "__main__":
    main()
