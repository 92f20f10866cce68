"""What PyTorch prints where a learner makes a usual mistake in the notebook's lesson.

    pip install torch
    python tools/lesson/mistakes.py > tests/golden/mistakes.json
"""
import json
import sys

import torch

VOCAB = "abcdefghijklmnopqrstuvwxyz .,\n"
BONUSES = {" ": 1.0, "e": 0.8, "t": 0.6, "a": 0.5, "o": 0.5, "n": 0.4}
LOGITS = torch.tensor([[2.0, -1.5, 0.3, 4.2, -0.8]])
INF = float("-inf")


def top_p_mask(logits, p, shift=True):
    values, ids = torch.sort(logits, descending=True, dim=-1)
    remove = values.softmax(-1).cumsum(-1) > p
    if shift:
        remove[:, 1:] = remove[:, :-1].clone()
        remove[:, 0] = False
    return logits.masked_fill(torch.zeros_like(remove).scatter(-1, ids, remove), INF)


def row_of(logits, temperature=1.0, top_p=None, shift=True):
    logits = logits / temperature
    return logits if top_p is None else top_p_mask(logits, top_p, shift)


def draw(row):
    return torch.multinomial(row.softmax(-1), 1)


def model(samples_first=True):
    torch.manual_seed(123)
    if samples_first:
        draw(row_of(LOGITS, 2.0))
        draw(LOGITS.masked_fill(LOGITS < LOGITS.topk(2).values[:, -1:], INF))
        draw(row_of(LOGITS, top_p=0.9))
    table = torch.nn.Embedding(30, 30)
    torch.nn.init.normal_(table.weight, 0.0, 0.3)
    with torch.no_grad():
        for token, bonus in BONUSES.items():
            table.weight[:, VOCAB.index(token)] += bonus
    return table.weight.detach()


def text(weights, next_id, seed=7, n=80):
    if seed is not None:
        torch.manual_seed(seed)
    ids = [VOCAB.index(c) for c in "the "]
    for _ in range(n):
        ids.append(int(next_id(weights[ids[-1]][None])))
    return "".join(VOCAB[i] for i in ids)


def sorted_draw(row):
    values, ids = torch.sort(row, descending=True, dim=-1)
    return ids.gather(-1, torch.multinomial(values.softmax(-1), 1))


def kept_draw(row):
    values, ids = torch.topk(row, int((row > INF).sum()), dim=-1)
    return ids.gather(-1, torch.multinomial(values.softmax(-1), 1))


def kept_in_order(row):
    ids = torch.nonzero(row[0] > INF).T
    return ids.gather(-1, torch.multinomial(row.gather(-1, ids).softmax(-1), 1))


W = model()
T8 = {"temperature": 0.8}
P9 = {"top_p": 0.9}


def once():
    first = text(W, lambda x: draw(row_of(x, 0.8)))
    second = text(W, lambda x: draw(row_of(x, 1.4)), seed=None)
    return first, second, text(W, lambda x: draw(row_of(x, top_p=0.9)), seed=None)


def stable(x, tau=1.0):
    return (x / tau).softmax(-1)


shifted = LOGITS - LOGITS.max()
top = LOGITS.topk(2)
mask2 = LOGITS < top.values[:, -1:]
NUMBERS = {
    "softmax-1.0": {
        "right": stable(LOGITS),
        "right, float64": stable(LOGITS.double()),
        "right, with a gradient": stable(LOGITS.clone().requires_grad_()),
        "log_softmax": LOGITS.log_softmax(-1),
        "wrong dim": LOGITS.softmax(0),
        "no division": shifted.exp(),
        "no division, no maximum": LOGITS.exp(),
        "no exp": shifted,
        "no softmax": LOGITS,
        "twice": stable(stable(LOGITS)),
        "sign": stable(-LOGITS),
        "sorted": stable(LOGITS).sort(descending=True).values,
        "argmax": torch.nn.functional.one_hot(LOGITS.argmax(-1), 5),
        "bfloat16": stable(LOGITS.bfloat16()),
        "overflow": (LOGITS * 1000).exp() / (LOGITS * 1000).exp().sum(),
    },
    "softmax-0.7": {
        "right": stable(LOGITS, 0.7),
        "multiplied": stable(LOGITS * 0.7),
        "no temperature": stable(LOGITS),
        "no softmax": LOGITS / 0.7,
        "divided after": stable(LOGITS) / 0.7,
        "log_softmax": (LOGITS / 0.7).log_softmax(-1),
        "no division": ((LOGITS - LOGITS.max()) / 0.7).exp(),
    },
    "top-k": {
        "right": top.values.softmax(-1),
        "right, whole row": LOGITS.masked_fill(mask2, INF).softmax(-1),
        "not renormalised": LOGITS.softmax(-1).topk(2).values,
        "set to 0": LOGITS.softmax(-1).masked_fill(mask2, 0.0),
        "softmax before": LOGITS.softmax(-1).topk(2).values.softmax(-1),
        "zero, not -inf": LOGITS.masked_fill(mask2, 0.0).softmax(-1),
        "three": LOGITS.topk(3).values.softmax(-1),
        "smallest": LOGITS.topk(2, largest=False).values.flip(-1).softmax(-1),
        "ids": top.indices,
        "logits": top.values,
    },
    "top-p": {
        "right": torch.tensor([3, 0]),
        "dropped": torch.tensor([3]),
        "unsorted": torch.nonzero(LOGITS[0].softmax(-1).cumsum(0) - LOGITS[0].softmax(-1) <= 0.9).flatten(),
        "places": torch.tensor([0, 1]),
        "inverted": torch.nonzero(top_p_mask(LOGITS, 0.9)[0] == INF).flatten(),
    },
}
TEXTS = {
    "temperature 0.8": {
        "right": text(W, lambda x: draw(row_of(x, **T8))),
        "sorted": text(W, lambda x: sorted_draw(row_of(x, **T8))),
        "multiplied": text(W, lambda x: draw(row_of(x, 1 / 0.8))),
        "no temperature": text(W, draw),
        "twice": text(W, lambda x: torch.multinomial(row_of(x, **T8).softmax(-1).softmax(-1), 1)),
        "seed 42": text(W, lambda x: draw(row_of(x, **T8)), seed=42),
        "one more": text(W, lambda x: draw(row_of(x, **T8)), n=81),
        "no prompt": text(W, lambda x: draw(row_of(x, **T8)))[4:],
        "other weights": text(model(False), lambda x: draw(row_of(x, **T8))),
    },
    "temperature 1.4": {"seed once": once()[1]},
    "top-p 0.9": {
        "right": text(W, lambda x: draw(row_of(x, **P9))),
        "sorted": text(W, lambda x: sorted_draw(row_of(x, **P9))),
        "kept": text(W, lambda x: kept_draw(row_of(x, **P9))),
        "kept, by id": text(W, lambda x: kept_in_order(row_of(x, **P9))),
        "dropped": text(W, lambda x: draw(row_of(x, **P9, shift=False))),
        "zero, not -inf": text(W, lambda x: draw(row_of(x, **P9).nan_to_num(neginf=0.0))),
        "turned": text(W, lambda x: draw(row_of(x, top_p=0.1))),
        "no filter": text(W, draw),
        "seed once": once()[2],
    },
}
out = {
    "torch": torch.__version__,
    "numbers": {task: {name: repr(x) for name, x in rows.items()} for task, rows in NUMBERS.items()},
    "texts": TEXTS,
}
json.dump(out, sys.stdout, indent=1, ensure_ascii=True)
