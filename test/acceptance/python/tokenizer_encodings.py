"""What Python's tokenizers makes of texts and pairs: ids, types, offsets, decoded text; one JSON line a text and mode.

    python tokenizer_encodings.py TOKENIZER.json CASES.json OUTPUT.jsonl
"""

import json
import pathlib
import sys

from tokenizers import Tokenizer

file, cases_file, output_file = sys.argv[1:]
cases = json.loads(pathlib.Path(cases_file).read_text("utf-8"))
tokenizer = Tokenizer.from_file(file)
tokenizer.no_padding()


def encode(parts, mode):
    try:
        return tokenizer.encode(*parts, add_special_tokens=mode.get("addSpecialTokens", True))
    except Exception as error:
        if "too short" not in str(error):
            raise
        return None


def describe(full_length, encoding, mode):
    if encoding is None:
        return None
    described = {"ids": encoding.ids, "typeIds": encoding.type_ids, "fullLength": full_length}
    if mode["inputs"] == "texts":
        described["tokens"] = encoding.tokens
        described["special"] = encoding.special_tokens_mask
        described["wordIds"] = [-1 if word is None else word for word in encoding.word_ids]
    if mode["offsets"]:
        described["offsets"] = [edge for offset in encoding.offsets for edge in offset]
    return described


with open(output_file, "w", encoding="utf-8") as output:
    for mode in cases["modes"]:
        inputs = [part if isinstance(part, list) else [part] for part in cases[mode["inputs"]]]
        tokenizer.no_truncation()
        full_lengths = [len(encode(parts, mode).ids) for parts in inputs]
        if "limit" in mode:
            strategy = mode.get("strategy", "longest_first")
            tokenizer.enable_truncation(mode["limit"], strategy=strategy, direction=mode["direction"])
        # One at a time: the library keeps what it cuts off a pair, each piece of one part with each piece of the other.
        for parts, full_length in zip(inputs, full_lengths):
            print(json.dumps(describe(full_length, encode(parts, mode), mode)), file=output)
    tokenizer.no_truncation()
    for text in cases["texts"]:
        ids = tokenizer.encode(text).ids
        print(json.dumps([tokenizer.decode(ids, skip_special_tokens=skip) for skip in (True, False)]), file=output)
