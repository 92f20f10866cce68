"""Times SmolLM2, dequantised to f32, in transformers: eager, one thread, the loop of smollm2_loop.js. One JSON line per row.

    python smollm2_torch.py SmolLM2-135M-Instruct.Q4_1.gguf
"""

import json
import statistics
import sys
import time
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM

sys.path.insert(0, str(Path(__file__).parent.parent / "llama"))

FILE = Path(sys.argv[1])
GOLDEN = json.loads((Path(__file__).parent.parent.parent / "tests/golden/llama/smollm2.json").read_text())
LATER, REPEATS = 64, 3


@torch.inference_mode()
def loop(model, ids, n):
    tokens, past, seen = [], None, torch.tensor([ids])
    start = time.process_time()
    for _ in range(n):
        out = model(input_ids=seen, past_key_values=past, use_cache=True, logits_to_keep=1)
        seen = out.logits[:, -1].argmax(-1, keepdim=True)
        past = out.past_key_values
        tokens.append(seen.item())
    return (time.process_time() - start) * 1e3, tokens


torch.set_num_threads(1)
model = AutoModelForCausalLM.from_pretrained(FILE.parent, gguf_file=FILE.name, dtype=torch.float32, attn_implementation="eager").eval()
for prompt in (6, 128, 512):
    runs = iter(range(100))
    at = lambda: (7 * (run := next(runs)), 7 * run + prompt)
    slice_of = lambda: GOLDEN["ids"][slice(*at())]
    loop(model, slice_of(), 24)
    first, later = [], []
    for _ in range(REPEATS):
        first.append(loop(model, slice_of(), 1)[0])
        later.append((loop(model, slice_of(), 1 + LATER)[0] - first[-1]) / LATER)
    print(json.dumps({"prompt": prompt, "first_ms": statistics.median(first), "later_ms": statistics.median(later), "text": ""}), flush=True)
