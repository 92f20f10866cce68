"""Random rows through llama.cpp's own samplers, in its order, and what is left by them.

    python record.py LIBLLAMA N_CASES OUT.bin

LIBLLAMA is llama.cpp's shared library, of llama-cpp-python for instance: site-packages/llama_cpp/lib/libllama.so.

Rows and settings come from a generator that tests/it/llama_cpp.rs has, too; so only what llama.cpp made of them is written, 12 bytes a step: how
many tokens are left (u16), FNV-1a of their logits as they came in, smallest first (u32), the sum of their probabilities, each with a weight of its
id (f32), and the token that Mirostat or adaptive-p drew, or 65535 (u16).
"""

import ctypes
import struct
import sys
from pathlib import Path

import numpy as np

SIZES = [5, 17, 50, 257, 1000]
KINDS = ["normal", "flat", "peaked", "ties", "bf16", "constant"]
# Which of equals are left, llama.cpp's sort decides.
TIED = ["ties", "bf16", "constant"]
# They make equals of tokens that were not, or the other way round.
EDITS = ["penalties", "dry"]
# Of each sampler, in llama.cpp's order: how many of 8 plans have it, and its settings.
SAMPLERS = [
    ("penalties", 2, [(1.1, 0.0, 0.0), (1.3, 0.25, 0.5), (0.8, 0.0, 0.0), (1.0, 0.5, -0.25)]),
    ("dry", 2, [(0.8, 1.75, 2), (1.0, 1.5, 1), (2.5, 2.0, 3)]),
    ("top_n_sigma", 2, [0.5, 1.0, 2.0, 3.0]),
    ("top_k", 3, [1, 3, 10, 40, 200]),
    ("typical", 2, [0.2, 0.5, 0.9, 0.95]),
    ("top_p", 3, [0.1, 0.5, 0.9, 0.95, 0.99]),
    ("min_p", 3, [0.01, 0.05, 0.1, 0.5]),
    ("xtc", 2, [0.02, 0.1, 0.2]),
    ("temperature", 4, [(0.3, 0.0, 1.0), (0.8, 0.0, 1.0), (1.5, 0.0, 1.0), (0.9, 0.5, 1.0), (1.2, 1.2, 2.0)]),
]
# One that follows what was drawn is in every fourth of the other plans, for so many steps.
FOLLOWERS = [("mirostat", [(1.5, 0.1), (3.0, 0.5)]), ("adaptive_p", [(0.1, 0.9), (0.4, 0.5), (0.7, 0.0)])]
N_STEPS = 4
NOBODY = 0xFFFF


class SplitMix:
    """SplitMix64."""

    def __init__(self, seed):
        self.state = seed

    def bits(self):
        return int(self.many(1)[0])

    def many(self, n):
        gamma = np.uint64(0x9E3779B97F4A7C15)
        with np.errstate(over="ignore"):
            z = np.uint64(self.state) + gamma * np.arange(1, n + 1, dtype=np.uint64)
            self.state = int((np.uint64(self.state) + gamma * np.uint64(n)))
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))

    def below(self, n):
        return self.bits() % n

    def pick(self, items):
        return items[self.below(len(items))]


def row(rng, kind, n):
    """Whole numbers, and divisions by powers of two: the same bits in every language."""
    bits = rng.many(n)
    if kind == "constant":
        return np.full(n, 0.75, np.float32)
    if kind == "ties":
        return (bits % np.uint64(7)).astype(np.float32) * np.float32(0.5) - np.float32(1)
    thirds = [(bits >> np.uint64(at) & np.uint64(0x1FFFFF)).astype(np.int64) for at in (0, 21, 42)]
    whole = sum(thirds) - 3 * 2**20
    x = (whole / (2.0**23 if kind == "flat" else 2.0**19)).astype(np.float32)
    if kind == "peaked":
        x[rng.below(n)] += np.float32(12)
    if kind == "bf16":
        x = (x.view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32)
    return x


def plan(rng, kind):
    on = [(name, rng.pick(values)) for name, eighths, values in SAMPLERS if rng.below(8) < eighths]
    if kind not in TIED and rng.below(4) == 0:
        name, values = rng.pick(FOLLOWERS)
        on.append((name, rng.pick(values)))
    names = [name for name, _ in on]
    return [sampler for sampler in on if not (collides(sampler, names) or kind in TIED and sampler[0] in EDITS)]


def collides(sampler, names):
    """llama.cpp keeps what top_n_sigma removes in its list, with a probability of 0, and DRY may leave one of 0, too: then its typical sampler computes
    with NaN, and its dynamic temperature counts tokens that are gone."""
    name, value = sampler
    is_dynamic = name == "temperature" and value[1] > 0.0
    return name == "typical" and ("top_n_sigma" in names or "dry" in names) or is_dynamic and "top_n_sigma" in names


class Token(ctypes.Structure):
    """llama_token_data."""

    _fields_ = [("id", ctypes.c_int32), ("logit", ctypes.c_float), ("p", ctypes.c_float)]


class Tokens(ctypes.Structure):
    """llama_token_data_array."""

    _fields_ = [
        ("data", ctypes.POINTER(Token)),
        ("size", ctypes.c_size_t),
        ("selected", ctypes.c_int64),
        ("sorted", ctypes.c_bool),
    ]


NUMBER, WHOLE, WORD, SIZE, POINTER = ctypes.c_float, ctypes.c_int32, ctypes.c_uint32, ctypes.c_size_t, ctypes.c_void_p
INITS = {
    "penalties": [WHOLE, WHOLE, NUMBER, NUMBER, NUMBER],
    "dry": [POINTER, NUMBER, NUMBER, WHOLE, WHOLE, POINTER, SIZE],
    "top_n_sigma": [NUMBER],
    "top_k": [WHOLE],
    "typical": [NUMBER, SIZE],
    "top_p": [NUMBER, SIZE],
    "min_p": [NUMBER, SIZE],
    "xtc": [NUMBER, NUMBER, SIZE, WORD],
    "temp_ext": [NUMBER, NUMBER, NUMBER],
    "mirostat_v2": [WORD, NUMBER, NUMBER],
    "adaptive_p": [NUMBER, NUMBER, WORD],
}


def load(path):
    library = ctypes.CDLL(path, mode=ctypes.RTLD_GLOBAL | getattr(ctypes, "RTLD_LAZY", 1))
    for name, arguments in INITS.items():
        init = getattr(library, f"llama_sampler_init_{name}")
        init.argtypes, init.restype = arguments, POINTER
    library.llama_sampler_chain_init.argtypes, library.llama_sampler_chain_init.restype = [ctypes.c_bool], POINTER
    library.llama_sampler_chain_add.argtypes, library.llama_sampler_chain_add.restype = [POINTER, POINTER], None
    library.llama_sampler_apply.argtypes = [POINTER, ctypes.POINTER(Tokens)]
    library.llama_sampler_accept.argtypes = [POINTER, WHOLE]
    library.llama_sampler_free.argtypes = [POINTER]
    return library


def sampler(library, name, value, vocab_size):
    """The sampler of llama.cpp."""
    if name == "penalties":
        return library.llama_sampler_init_penalties(vocab_size, 64, *value)
    if name == "dry":
        return library.llama_sampler_init_dry(None, *value, 1024, None, 0)
    if name == "xtc":
        return library.llama_sampler_init_xtc(1.0, value, 0, 1)
    if name == "temperature":
        return library.llama_sampler_init_temp_ext(*value)
    if name == "mirostat":
        return library.llama_sampler_init_mirostat_v2(1, *value)
    if name == "adaptive_p":
        return library.llama_sampler_init_adaptive_p(*value, 1)
    init = getattr(library, f"llama_sampler_init_{name}")
    return init(value) if name in ("top_k", "top_n_sigma") else init(value, 0)


def weight(ids):
    return (ids.astype(np.uint64) * np.uint64(2654435761) & np.uint64(0xFFFFFFFF)) / 2.0**32


def fnv(data):
    code = 0x811C9DC5
    for byte in data:
        code = (code ^ byte) * 0x01000193 & 0xFFFFFFFF
    return code


def step(library, chain, x, follows):
    """One token: what is left, as 12 bytes, and the token drawn."""
    data = (Token * len(x))(*[Token(i, value, 0.0) for i, value in enumerate(x.tolist())])
    array = Tokens(data, len(x), -1, False)
    library.llama_sampler_apply(chain, ctypes.byref(array))
    left = [array.data[i] for i in range(array.size) if array.data[i].logit > -np.inf]
    ids = np.array([token.id for token in left])
    logits = np.array([token.logit for token in left], np.float64)
    p = np.exp(logits - logits.max())
    moment = float((p * weight(ids)).sum() / p.sum())
    token = array.data[array.selected].id if follows else NOBODY
    code = fnv(np.sort(x[ids]).astype("<f4").tobytes())
    return struct.pack("<HIfH", len(ids), code, moment, token), token


def main():
    library, n_cases, out = load(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    rng, written = SplitMix(16), []
    for _ in range(n_cases):
        n, kind = rng.pick(SIZES), rng.pick(KINDS)
        x = row(rng, kind, n)
        few = [rng.below(n) for _ in range(4)]
        text = [rng.pick(few) for _ in range(rng.below(40))]
        on = plan(rng, kind)
        chain = library.llama_sampler_chain_init(True)
        for name, value in on:
            library.llama_sampler_chain_add(chain, sampler(library, name, value, n))
        for token in text:
            library.llama_sampler_accept(chain, token)
        follows = bool(on) and on[-1][0] in ("mirostat", "adaptive_p")
        for _ in range(N_STEPS if follows else 1):
            record, token = step(library, chain, x, follows)
            written.append(record)
            if follows:
                library.llama_sampler_accept(chain, token)
        library.llama_sampler_free(chain)
    out.write_bytes(b"".join(written))


if __name__ == "__main__":
    main()
