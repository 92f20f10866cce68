"""Records what the tokenizers library makes of ten thousand strings, for the tests: two byte-level BPE tokenizers trained on this repository.

    pip install -r requirements.txt
    python golden.py

Writes tests/golden/tokenizer/: NAME.json, a tokenizer.json; texts.json, the pieces that the strings are made of; and ids.json, for each
tokenizer the ids of the first strings, and a hash of all. The strings are made as `texts` below makes them, here and in the tests.
"""

import json
import random
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

ROOT = Path(__file__).parent.parent.parent
OUT = ROOT / "tests" / "golden" / "tokenizer"
SEED, N_TEXTS, N_WHOLE = 5, 10_000, 200
MASK = (1 << 64) - 1
# The pattern that tokenizer.json files have had since GPT-4's.
PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)

FRAGMENTS = (
    # English, contractions and words in capitals.
    ["the", " the", " old", " man", "Logit", " lab", " tokens", "HELLO", " World", "naïve", " café", "I'm", "don't", " they'll", "we've", "it's", "IT'S", "she'd", "y'all're", "'s", "'", "’s", "can’t", "'T", "'ſ"]
    # Digits and other numbers.
    + ["0", "7", "42", " 365", "1234567890", "3.14", "-1e-9", "0x1F", "²", "½", "Ⅷ", "٣", "४२", "①"]
    # Code.
    + ["fn main() {\n", "    return x;\n", "}\n", "if (a && b)", " => ", "->", "::", "!=", "===", "// TODO?", "/* a */", "#include <stdio.h>", '"text"', "`x`", "${y}", "\\n", "a_b", "__init__", "λ x. x", "<div class='a'>", "</div>", "&amp;"]
    # Whitespace of every kind.
    + [" ", "  ", "   ", "        ", "\n", "\n\n", "\r\n", "\r", "\r\n\r\n", "\t", "\t\t", " \n", "\n ", " \t ", "\v", "\f", "\u00a0", "\u00a0 ", "\u2003", "\u2028", "\u2029", "\u3000", "\u0085", "\u180e", "\u200b", "\ufeff", "\x1c", "\x1f"]
    # Punctuation.
    + [".", ",", "...", "…", "!", "?!", "—", " - ", "(", ")", "[]", "{}", "«", "»", "、", "。", "¿", "%", "$5", "€", "#", "@", "*", "~", "^", "|", "_"]
    # Scripts.
    + ["Привет", " мир", "Ελλάδα", "שָׁלוֹם", "مرحبا", " العالم", "नमस्ते", "বাংলা", "ไทย", "ภาษา", "한국어", "안녕", "日本語", "カタカナ", "中文", "漢字", "𠜎", "𝔘𝔫𝔦", "Ꭰ", "ქართული", "Հայ", "አማርኛ", "ᚠᚢ", "ﬁ", "İ", "ß", "Ǆ", "ẞ"]
    # Combining marks, in either order and with nothing to stand on.
    + ["e\u0301", "n\u0303", "a\u0323\u0302", "a\u0302\u0323", "\u0301", "q\u0307\u0323", "\u0e33", "Å", "\u212b", "A\u030a", "가", "\u1100\u1161", "\u034f", "\u20dd"]
    # Emoji: skin tones, joiners, flags, keycaps, and parts of them.
    + ["🙂", " 🙂", "👍🏽", "👩‍👩‍👧‍👦", "🧑🏿‍🚀", "🏳️‍🌈", "🇺🇳", "🇺", "1️⃣", "❤️", "❤", "\u200d", "\ufe0f", "🏽"]
    # What stands for a broken surrogate, the edges of planes, and controls.
    + ["\ufffd", "\ufffd\ufffd", "\ufffe", "\uffff", "\U0010ffff", "\ud7ff", "\ue000", "\x00", "\x01", "\x7f", "\x80", "\xad"]
    # Special tokens, whole and not.
    + ["<|endoftext|>", " <|endoftext|>", "<|endoftext|> ", "<|endoftext", "|>", "<|im_start|>", "<mask>", " <mask>", "<mask> ", "<mask", "Ġ", "Ċ", "▁"]
)
# Code points that stand alone: ASCII, Latin, the rest of the first plane around the surrogates, and the planes above.
RANGES = [[0, 0x7F], [0x80, 0x24F], [0x250, 0xD7FF], [0xE000, 0xFFFF], [0x1F300, 0x1FAFF], [0x10000, 0x10FFFF]]


def splitmix(state):
    """Sebastiano Vigna's generator: 64 bits at a time."""
    while True:
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        yield z ^ (z >> 31)


def texts(n=N_TEXTS, seed=SEED):
    """Up to fifteen pieces each: one in four a code point of a range, the others fragments."""
    bits = splitmix(seed)
    below = lambda n: next(bits) % n  # noqa: E731
    for _ in range(n):
        pieces = []
        for _ in range(below(16)):
            if below(4) == 0:
                low, high = RANGES[below(len(RANGES))]
                pieces.append(chr(low + below(high - low + 1)))
            else:
                pieces.append(FRAGMENTS[below(len(FRAGMENTS))])
        yield "".join(pieces)


def fnv(ids_of_all):
    """FNV-1a, 64 bits, over the ids of every text as four bytes each, the number of them before."""
    value = 0xCBF29CE484222325
    for ids in ids_of_all:
        for number in [len(ids), *ids]:
            for byte in number.to_bytes(4, "little"):
                value = ((value ^ byte) * 0x100000001B3) & MASK
    return f"{value:016x}"


def corpus():
    """The repository's prose and code, and some of everything else."""
    files = sorted((ROOT / "docs").rglob("*.md")) + sorted((ROOT / "src").rglob("*.rs")) + sorted((ROOT / "tools").rglob("*.txt"))
    generator = random.Random(SEED)
    everything = ["".join(generator.choices(FRAGMENTS, k=20)) for _ in range(500)]
    return [file.read_text("utf-8") for file in files] + everything


def train(tokenizer, n_merges, special):
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=256 + len(special) + n_merges, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(corpus(), trainer)
    return tokenizer


def gpt2():
    """As GPT-2's own: its pattern is part of the pre-tokenizer."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    return train(tokenizer, 1500, ["<|endoftext|>"])


def split():
    """As newer files are: a pattern of their own, a normalizer, whole words first, tokens that take the space before them along."""
    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(PATTERN), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<|endoftext|>", AddedToken("<|im_start|>", special=True), AddedToken("<mask>", lstrip=True, special=True)]
    return train(tokenizer, 800, special)


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    all_texts = list(texts())
    golden = {}
    for name, tokenizer in (("gpt2", gpt2()), ("split", split())):
        tokenizer.save(str(OUT / f"{name}.json"), pretty=False)
        ids = [encoding.ids for encoding in tokenizer.encode_batch(all_texts, add_special_tokens=False)]
        golden[name] = {"hash": fnv(ids), "ids": ids[:N_WHOLE]}
        print(name, golden[name]["hash"], sum(map(len, ids)), "ids")
    description = {"seed": SEED, "n": N_TEXTS, "fragments": FRAGMENTS, "ranges": RANGES, "first": all_texts[:N_WHOLE]}
    (OUT / "texts.json").write_text(json.dumps(description) + "\n", "utf-8")
    (OUT / "ids.json").write_text(json.dumps(golden) + "\n", "utf-8")


if __name__ == "__main__":
    main()
