"""Times SmolLM2 in llama.cpp as it runs natively, by llama-cpp-python: one thread, the loop of smollm2_loop.js. One JSON line per row.

    python smollm2_llama_cpp.py SmolLM2-135M-Instruct.Q4_1.gguf
"""

import json
import statistics
import sys
import time
from pathlib import Path

from llama_cpp import Llama

GOLDEN = json.loads((Path(__file__).parent.parent.parent / "tests/golden/llama/smollm2.json").read_text())
LATER, REPEATS = 64, 3


def loop(model, ids, n):
    model.reset()
    written, seen = [], ids
    start = time.process_time()
    for _ in range(n):
        model.eval(seen)
        seen = [model.sample(temp=0)]
        written += seen
    return (time.process_time() - start) * 1e3, written


model = Llama(sys.argv[1], n_ctx=1024, n_batch=512, n_threads=1, n_threads_batch=1, verbose=False)
for prompt in (6, 128, 512):
    slices = (GOLDEN["ids"][7 * run : 7 * run + prompt] for run in range(100))
    text = model.detokenize(loop(model, next(slices), 24)[1], special=True).decode(errors="replace")
    first, later = [], []
    for _ in range(REPEATS):
        first.append(loop(model, next(slices), 1)[0])
        later.append((loop(model, next(slices), 1 + LATER)[0] - first[-1]) / LATER)
    print(json.dumps({"prompt": prompt, "first_ms": statistics.median(first), "later_ms": statistics.median(later), "text": text}), flush=True)
