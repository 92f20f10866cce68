"""Random rows through transformers' own processors, and what is left by them.

    python rows.py N_ROWS SEED OUT

Writes OUT/rows.f32, all logits, one row after the other; OUT/kept.u8, 1 for each of them that is left; and OUT/rows.json, the length of each
row, its kind, a setting and its value.
"""

import json
import sys
from pathlib import Path

import torch
from transformers import (
    EpsilonLogitsWarper,
    EtaLogitsWarper,
    MinPLogitsWarper,
    TopHLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
    TypicalLogitsWarper,
)

LENGTHS = [3, 17, 50, 257, 1000, 4096, 50257]
WEIGHTS = torch.tensor([20.0, 20, 20, 20, 17.5, 2, 0.5])
KINDS = ["normal", "flat", "peaked", "ties", "bf16", "masked", "constant"]
SETTINGS = {
    "top_k": ([1, 2, 7, 50, 200], lambda v: TopKLogitsWarper(top_k=v)),
    "top_p": ([0.1, 0.3, 0.5, 0.8, 0.9, 0.95, 0.99], lambda v: TopPLogitsWarper(top_p=v)),
    "min_p": ([1e-4, 0.01, 0.05, 0.1, 0.3, 0.9], lambda v: MinPLogitsWarper(min_p=v)),
    "top_h": ([0.1, 0.3, 0.5, 0.7, 0.9, 0.99], lambda v: TopHLogitsWarper(top_h=v)),
    "typical_p": ([0.1, 0.2, 0.5, 0.9, 0.95, 0.99], lambda v: TypicalLogitsWarper(mass=v)),
    "epsilon_cutoff": ([1e-5, 3e-4, 9e-4, 0.01, 0.1, 0.5], lambda v: EpsilonLogitsWarper(epsilon=v)),
    "eta_cutoff": ([1e-5, 3e-4, 2e-3, 0.01, 0.1, 0.5], lambda v: EtaLogitsWarper(epsilon=v)),
}


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


def main():
    n_rows, seed, out = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    rng = torch.Generator().manual_seed(seed)
    pick = lambda items: items[int(torch.randint(len(items), (1,), generator=rng))]
    cases = []
    with open(out / "rows.f32", "wb") as file, open(out / "kept.u8", "wb") as kept:
        for _ in range(n_rows):
            n = LENGTHS[int(torch.multinomial(WEIGHTS, 1, generator=rng))]
            kind, name = pick(KINDS), pick(list(SETTINGS))
            values, make = SETTINGS[name]
            value, x = pick(values), row(kind, n, rng)
            left = make(value)(None, x[None].clone())[0]
            x.numpy().tofile(file)
            (left > -torch.inf).byte().numpy().tofile(kept)
            cases.append({"n": n, "kind": kind, "name": name, "value": value})
    (out / "rows.json").write_text(json.dumps(cases), "utf-8")


if __name__ == "__main__":
    main()
