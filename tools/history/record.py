"""What transformers' processors do to random rows after random histories, a JSON object a line. Usage: record.py [number of histories]."""

import json
import random
import sys

import torch
import transformers
from transformers import NoRepeatNGramLogitsProcessor


def no_repeat_ngram(rng, vocab_size):
    n = rng.choice([1, 2, 2, 3, 3, 4, 5])
    return {"no_repeat_ngram_size": n}, NoRepeatNGramLogitsProcessor(n)


MAKERS = [no_repeat_ngram]


def main(n_cases):
    rng = random.Random(16)
    print(json.dumps({"transformers": transformers.__version__, "cases": n_cases}))
    for number in range(n_cases):
        vocab_size = rng.choice([2, 3, 5, 12, 40])
        text = [rng.randrange(vocab_size) for _ in range(rng.choice([1, 2, 3, 8, 20, 60]))]
        settings, processor = MAKERS[number % len(MAKERS)](rng, vocab_size)
        logits = [rng.randrange(-40, 41) / 8 for _ in range(vocab_size)]
        after = processor(torch.tensor([text]), torch.tensor([logits]))[0].tolist()
        n_prompt = rng.randrange(len(text) + 1)
        row = [None if x == float("-inf") else x for x in after]
        print(json.dumps({"settings": settings, "text": text, "n_prompt": n_prompt, "logits": logits, "after": row}))


main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
