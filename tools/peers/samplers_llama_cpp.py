"""Times llama.cpp's own samplers, one thread: a token list made from V logits, one sampler, then its draw. One JSON line per row, microseconds.

    python samplers_llama_cpp.py 151936

Logits are drawn from a normal distribution with standard deviation 2.5 (flat) or 6 (peaked), as in benches/sampling.rs. What a filter keeps is first
compared with a reference in float64.
"""

import ctypes
import json
import statistics
import sys
import time

import llama_cpp as llama
import numpy as np

REPEATS, WARM_UP = 41, 5
TOKEN = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])
SETTINGS = {
    "T=1": lambda: None,
    "top_k 50": lambda: llama.llama_sampler_init_top_k(50),
    "top_p 0.9": lambda: llama.llama_sampler_init_top_p(0.9, 1),
    "min_p 0.05": lambda: llama.llama_sampler_init_min_p(0.05, 1),
    "top_n_sigma 1": lambda: llama.llama_sampler_init_top_n_sigma(1.0),
    "typical_p 0.9": lambda: llama.llama_sampler_init_typical(0.9, 1),
    "xtc 0.001": lambda: llama.llama_sampler_init_xtc(1.0, 0.001, 1, 7),
    "dynatemp 0.8 ± 0.5": lambda: llama.llama_sampler_init_temp_ext(0.8, 0.5, 1.0),
    "mirostat 5": lambda: llama.llama_sampler_init_mirostat_v2(7, 5.0, 0.1),
    "adaptive_p 0.01": lambda: llama.llama_sampler_init_adaptive_p(0.01, 0.9, 7),
}
# They draw the token themselves.
DRAWS = ("mirostat", "adaptive_p")


def softmax(x):
    e = np.exp(x.astype(np.float64) - x.max())
    return e / e.sum()


def count_until(p, mass):
    """How many tokens in this order hold the mass."""
    return int(np.searchsorted(np.cumsum(p), mass) + 1)


def n_kept(setting, x):
    """By float64; None where nothing is removed, or the state decides."""
    name, _, value = setting.partition(" ")
    p = softmax(x)
    falling = np.sort(p)[::-1]
    if name == "top_k":
        return int(value)
    if name == "top_p":
        return count_until(falling, float(value))
    if name == "min_p":
        return int((p >= float(value) * p.max()).sum())
    if name == "top_n_sigma":
        return int((x >= x.max() - float(value) * x.std(dtype=np.float64)).sum())
    if name == "typical_p":
        surprise = -np.log(p)
        order = np.argsort(np.abs(surprise - (p * surprise).sum()), kind="stable")
        return count_until(p[order], float(value))
    if name == "xtc":
        return len(x) - max(0, int((p >= float(value)).sum()) - 1)
    return None


class Row:
    """llama_token_data of every token, made anew for each draw, as llama.cpp's own loop does."""

    def __init__(self, logits):
        self.logits, self.ids = logits, np.arange(len(logits), dtype=np.int32)
        self.tokens = np.empty(len(logits), TOKEN)
        self.data = self.tokens.ctypes.data_as(ctypes.POINTER(llama.llama_token_data))

    def draw(self, chain):
        start = time.perf_counter()
        self.tokens["id"], self.tokens["logit"], self.tokens["p"] = self.ids, self.logits, 0.0
        filled = time.perf_counter()
        array = llama.llama_token_data_array(data=self.data, size=len(self.logits), selected=-1, sorted=False)
        llama.llama_sampler_apply(chain, ctypes.byref(array))
        llama.llama_sampler_accept(chain, self.tokens["id"][array.selected])
        return array, (filled - start) * 1e6, (time.perf_counter() - filled) * 1e6


def chain_of(setting):
    chain = llama.llama_sampler_chain_init(llama.llama_sampler_chain_default_params())
    sampler = SETTINGS[setting]()
    if sampler:
        llama.llama_sampler_chain_add(chain, sampler)
    if not setting.startswith(DRAWS):
        llama.llama_sampler_chain_add(chain, llama.llama_sampler_init_dist(7))
    return chain


def check(setting, row, array):
    left = row.tokens[: array.size]
    n = int(np.isfinite(left["logit"]).sum())
    expected = n_kept(setting, row.logits)
    # A sum in float32 may end a few tokens earlier or later.
    assert expected is None or abs(n - expected) <= max(2, 2e-3 * expected), f"{setting}: {n} tokens left, not {expected}"
    assert 0 <= array.selected < array.size, f"{setting}: nothing drawn"


v = int(sys.argv[1])
random = np.random.default_rng(7)
for shape, deviation in {"flat": 2.5, "peaked": 6.0}.items():
    row = Row(random.normal(0.0, deviation, v).astype(np.float32))
    for setting in SETTINGS:
        chain = chain_of(setting)
        check(setting, row, row.draw(chain)[0])
        times = [row.draw(chain)[2] for _ in range(WARM_UP + REPEATS)][WARM_UP:]
        llama.llama_sampler_free(chain)
        print(json.dumps({"v": v, "setting": f"{setting} {shape}", "median_us": statistics.median(times), "min_us": min(times)}), flush=True)
