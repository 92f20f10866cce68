"""Random rows through transformers' own processors, and what they make of them.

    python rows.py N_ROWS SEED OUT

Writes OUT/rows.f32, all logits, one row after the other; OUT/left.f32, what they became; and OUT/rows.json, of each row its length, its kind, the
processor's name here, the settings, and the text before it.
"""

import json
import sys
from pathlib import Path

import torch
from transformers import (
    EpsilonLogitsWarper,
    EtaLogitsWarper,
    MinPLogitsWarper,
    NoBadWordsLogitsProcessor,
    NoRepeatNGramLogitsProcessor,
    RepetitionPenaltyLogitsProcessor,
    SequenceBiasLogitsProcessor,
    SuppressTokensAtBeginLogitsProcessor,
    SuppressTokensLogitsProcessor,
    TemperatureLogitsWarper,
    TopHLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
    TypicalLogitsWarper,
)

LENGTHS = [3, 17, 50, 257, 1000, 4096, 50257]
WEIGHTS = torch.tensor([20.0, 20, 20, 20, 17.5, 2, 0.5])
KINDS = ["normal", "flat", "peaked", "ties", "bf16", "masked", "constant"]

FILTERS = {
    "top_k": ([1, 2, 7, 50, 200], lambda v: TopKLogitsWarper(top_k=v)),
    "top_p": ([0.1, 0.3, 0.5, 0.8, 0.9, 0.95, 0.99], lambda v: TopPLogitsWarper(top_p=v)),
    "min_p": ([1e-4, 0.01, 0.05, 0.1, 0.3, 0.9], lambda v: MinPLogitsWarper(min_p=v)),
    "top_h": ([0.1, 0.3, 0.5, 0.7, 0.9, 0.99], lambda v: TopHLogitsWarper(top_h=v)),
    "typical_p": ([0.1, 0.2, 0.5, 0.9, 0.95, 0.99], lambda v: TypicalLogitsWarper(mass=v)),
    "epsilon_cutoff": ([1e-5, 3e-4, 9e-4, 0.01, 0.1, 0.5], lambda v: EpsilonLogitsWarper(epsilon=v)),
    "eta_cutoff": ([1e-5, 3e-4, 2e-3, 0.01, 0.1, 0.5], lambda v: EtaLogitsWarper(epsilon=v)),
    "temperature": ([0.1, 0.7, 0.9, 1.3, 2.0, 7.5], lambda v: TemperatureLogitsWarper(v)),
}


def repetition_penalty(rng, text):
    value, scope = rng.pick([0.7, 1.05, 1.2, 1.3, 2.0]), rng.pick(["all", "output"])
    ignored = len(text.prompt) if scope == "output" else None
    made = RepetitionPenaltyLogitsProcessor(value, prompt_ignore_length=ignored)
    return {"repetition_penalty": value, "penalty_scope": scope}, made


def no_repeat_ngram(rng, text):
    value = rng.pick([1, 2, 3, 4])
    return {"no_repeat_ngram_size": value}, NoRepeatNGramLogitsProcessor(value)


def sequence_bias(rng, text):
    sequences = {tuple(text.sequence(rng)): rng.pick([-5.0, -0.3, 0.1, 2.5, 9.0]) for _ in range(rng.below(6) + 1)}
    pairs = [[list(ids), bias] for ids, bias in sequences.items()]
    return {"sequence_bias": pairs}, SequenceBiasLogitsProcessor(pairs)


def bad_words(rng, text):
    words = [list(ids) for ids in {tuple(text.sequence(rng)) for _ in range(rng.below(6) + 1)}]
    return {"bad_words_ids": words}, NoBadWordsLogitsProcessor(words)


def suppress_tokens(rng, text):
    ids = [text.id(rng) for _ in range(rng.below(4) + 1)]
    return {"suppress_tokens": ids}, SuppressTokensLogitsProcessor(ids)


def begin_suppress_tokens(rng, text):
    ids = [text.id(rng) for _ in range(rng.below(4) + 1)]
    return {"begin_suppress_tokens": ids}, SuppressTokensAtBeginLogitsProcessor(ids, len(text.prompt))


EDITS = [repetition_penalty, no_repeat_ngram, sequence_bias, bad_words, suppress_tokens, begin_suppress_tokens]


class Random:
    def __init__(self, seed):
        self.torch = torch.Generator().manual_seed(seed)

    def below(self, n):
        return int(torch.randint(n, (1,), generator=self.torch))

    def pick(self, items):
        return items[self.below(len(items))]


class Text:
    """Prompt and output, of few different tokens, so that they repeat."""

    def __init__(self, rng, vocab_size):
        self.ids = [rng.below(vocab_size) for _ in range(1 + rng.below(6))]
        self.prompt = [rng.pick(self.ids) for _ in range(1 + rng.below(12))]
        self.output = [rng.pick(self.ids) for _ in range(rng.pick([0, 0, 1, 5, 40]))]

    def id(self, rng):
        return rng.pick(self.ids)

    def sequence(self, rng):
        """Often one that the text is about to complete."""
        text, n = self.prompt + self.output, rng.below(4)
        before = text[len(text) - n :] if rng.below(2) and n <= len(text) else [self.id(rng) for _ in range(n)]
        return [*before, self.id(rng)]


def row(kind, n, rng):
    x = torch.randn(n, generator=rng)
    if kind == "flat":
        return x * 0.05
    if kind == "peaked":
        x = x * 1.5
        x[torch.randint(n, (1,), generator=rng)] += 12
        return x
    if kind == "ties":
        return torch.randint(7, (n,), generator=rng) * 0.5 - 1.0
    if kind == "bf16":
        return (x * 2.5).bfloat16().float()
    if kind == "masked":
        x = x * 2
        x[1:][torch.rand(n - 1, generator=rng) < 0.7] = -torch.inf
        return x
    return torch.full((n,), 0.7) if kind == "constant" else x * 2.5


def processor(rng, text):
    """The name of a processor, its settings, and itself."""
    ix = rng.below(len(FILTERS) + len(EDITS))
    if ix >= len(FILTERS):
        make = EDITS[ix - len(FILTERS)]
        return make.__name__, *make(rng, text)
    name = list(FILTERS)[ix]
    values, make = FILTERS[name]
    value = rng.pick(values)
    return name, {name: value}, make(value)


def main():
    n_rows, seed, out = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    rng, cases = Random(seed), []
    with open(out / "rows.f32", "wb") as file, open(out / "left.f32", "wb") as left:
        for _ in range(n_rows):
            n = LENGTHS[int(torch.multinomial(WEIGHTS, 1, generator=rng.torch))]
            kind, text = rng.pick(KINDS), Text(rng, n)
            name, settings, process = processor(rng, text)
            x = row(kind, n, rng.torch)
            ids = torch.tensor([text.prompt + text.output])
            x.numpy().tofile(file)
            process(ids, x[None].clone())[0].float().numpy().tofile(left)
            history = {"prompt": text.prompt, "output": text.output}
            cases.append({"n": n, "kind": kind, "name": name, "settings": settings, "history": history})
    (out / "rows.json").write_text(json.dumps(cases), "utf-8")


if __name__ == "__main__":
    main()
