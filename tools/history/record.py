"""What transformers' processors do to random rows after random histories, a JSON object a line. Usage: record.py [number of histories]."""

import json
import random
import sys

import torch
import transformers
from transformers import (
    NoBadWordsLogitsProcessor,
    NoRepeatNGramLogitsProcessor,
    SequenceBiasLogitsProcessor,
    SuppressTokensAtBeginLogitsProcessor,
    SuppressTokensLogitsProcessor,
)


def sequences(rng, vocab_size, text):
    """Lists of ids, each once. One that is longer than the text is ignored there, and completed here if it can be: those are left out."""
    begun = [text[len(text) - n :] + [rng.randrange(vocab_size)] for n in range(min(3, len(text)))]
    others = [[rng.randrange(vocab_size) for _ in range(rng.randrange(1, 4))] for _ in range(2)]
    chosen = [ids for ids in rng.sample(begun + others, 2) if len(ids) <= len(text)] or [[rng.randrange(vocab_size)]]
    return list(map(list, dict.fromkeys(map(tuple, chosen))))


def bad_words(rng, vocab_size, text, _):
    words = sequences(rng, vocab_size, text)
    return {"bad_words_ids": words}, NoBadWordsLogitsProcessor(words)


def sequence_bias(rng, vocab_size, text, _):
    pairs = [[ids, rng.choice([-8.5, -1.0, 0.25, 2.0])] for ids in sequences(rng, vocab_size, text)]
    return {"sequence_bias": pairs}, SequenceBiasLogitsProcessor(pairs)


def suppress(rng, vocab_size, _, __):
    ids = sorted({rng.randrange(vocab_size) for _ in range(2)})
    return {"suppress_tokens": ids}, SuppressTokensLogitsProcessor(ids)


def suppress_at_first(rng, vocab_size, _, n_prompt):
    ids = sorted({rng.randrange(vocab_size) for _ in range(2)})
    return {"begin_suppress_tokens": ids}, SuppressTokensAtBeginLogitsProcessor(ids, n_prompt)


def no_repeat_ngram(rng, *_):
    n = rng.choice([1, 2, 2, 3, 3, 4, 5])
    return {"no_repeat_ngram_size": n}, NoRepeatNGramLogitsProcessor(n)


MAKERS = [no_repeat_ngram, bad_words, sequence_bias, suppress, suppress_at_first]


def main(n_cases):
    rng = random.Random(16)
    print(json.dumps({"transformers": transformers.__version__, "cases": n_cases}))
    for number in range(n_cases):
        vocab_size = rng.choice([2, 3, 5, 12, 40])
        text = [rng.randrange(vocab_size) for _ in range(rng.choice([1, 2, 3, 8, 20, 60]))]
        n_prompt = rng.choice([len(text), rng.randrange(len(text) + 1)])
        settings, processor = MAKERS[number % len(MAKERS)](rng, vocab_size, text, n_prompt)
        logits = [rng.randrange(-40, 41) / 8 for _ in range(vocab_size)]
        after = processor(torch.tensor([text]), torch.tensor([logits]))[0].tolist()
        row = [None if x == float("-inf") else x for x in after]
        print(json.dumps({"settings": settings, "text": text, "n_prompt": n_prompt, "logits": logits, "after": row}))


main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)
