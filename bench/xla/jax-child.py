"""`jax.jit` as a child of the bench: `python jax-child.py MODEL.onnx mean|cls`. BERT by hand, with the model's own weights.

What somebody would write who knows JAX: residuals after the bias, softmax and GELU of jax.nn, weights as arguments. Mixed
lengths are padded to the same lengths that xla:cpu has programs for. Speaks the lines of protocol.ts.
"""
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

os.environ["JAX_PLATFORMS"] = "cpu"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def say(reply):
    print(json.dumps(reply), flush=True)


try:
    import jax
    import jax.numpy as jnp
    import numpy as np
    import onnx
except ImportError as error:
    say({"kind": "lack", "reason": f"{sys.executable} has no module \"{error.name}\""})
    sys.exit(0)

HEADS = 12
LENGTHS = [16, 32, 48, 64, 96, 128]


def read_weights(path):
    """The names of the export: matrices are numbered, six a layer: query, key, value, output, up, down."""
    graph = onnx.load(path).graph
    tensors = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    matrices = sorted((name for name in tensors if name.startswith("onnx::MatMul_")), key=lambda name: int(name.split("_")[1]))
    get = lambda name: tensors[name]
    layers = []
    for layer in range(len(matrices) // 6):
        at = f"encoder.layer.{layer}"
        q, k, v, o, up, down = (tensors[name] for name in matrices[6 * layer : 6 * layer + 6])
        own = lambda name: get(f"{at}.{name}")
        norm = lambda name: (own(f"{name}.LayerNorm.weight"), own(f"{name}.LayerNorm.bias"))
        layers.append({
            "q": (q, own("attention.self.query.bias")), "k": (k, own("attention.self.key.bias")),
            "v": (v, own("attention.self.value.bias")), "o": (o, own("attention.output.dense.bias")),
            "up": (up, own("intermediate.dense.bias")), "down": (down, own("output.dense.bias")),
            "n1": norm("attention.output"), "n2": norm("output"),
        })
    embeddings = {name: get(f"embeddings.{name}_embeddings.weight") for name in ("word", "position", "token_type")}
    norm = (get("embeddings.LayerNorm.weight"), get("embeddings.LayerNorm.bias"))
    return {"layers": layers, "norm": norm, **embeddings}


def dense(x, parameters):
    weight, bias = parameters
    return x @ weight + bias


def normalize(x, parameters):
    scale, shift = parameters
    centred = x - jnp.mean(x, -1, keepdims=True)
    return centred * jax.lax.rsqrt(jnp.mean(centred * centred, -1, keepdims=True) + 1e-12) * scale + shift


def attend(x, layer, bias):
    batch, length, width = x.shape
    split = lambda name: dense(x, layer[name]).reshape(batch, length, HEADS, -1).transpose(0, 2, 1, 3)
    q, k, v = split("q"), split("k"), split("v")
    scores = q @ k.transpose(0, 1, 3, 2) / np.float32(np.sqrt(width // HEADS)) + bias
    mixed = (jax.nn.softmax(scores, -1) @ v).transpose(0, 2, 1, 3).reshape(batch, length, width)
    return normalize(dense(mixed, layer["o"]) + x, layer["n1"])


def forward(weights, ids, mask, types, pooling):
    x = weights["word"][ids] + weights["position"][: ids.shape[1]] + weights["token_type"][types]
    x = normalize(x, weights["norm"])
    real = mask.astype(jnp.float32)
    bias = ((1 - real) * np.float32(-1e9))[:, None, None, :]
    for layer in weights["layers"]:
        x = attend(x, layer, bias)
        x = normalize(dense(jax.nn.gelu(dense(x, layer["up"]), approximate=False), layer["down"]) + x, layer["n2"])
    pooled = x[:, 0] if pooling == "cls" else (x * real[..., None]).sum(1) / real.sum(1, keepdims=True)
    return pooled / jnp.linalg.norm(pooled, axis=-1, keepdims=True)


def create_batch(lengths):
    longest = next((length for length in LENGTHS if length >= max(lengths)), max(lengths))
    ids = np.zeros((len(lengths), longest), np.int32)
    mask = np.zeros_like(ids)
    for text, length in enumerate(lengths):
        at = np.arange(length, dtype=np.int64)
        ids[text, :length] = 1000 + (text * 7919 + at * 104729) % 28000
        ids[text, 0], ids[text, length - 1] = 101, 102
        mask[text, :length] = 1
    return ids, mask


def main(path, pooling):
    weights = jax.tree.map(jax.device_put, read_weights(path))
    program = jax.jit(forward, static_argnums=4)

    def run(lengths):
        ids, mask = create_batch(lengths)
        return np.asarray(program(weights, ids, mask, np.zeros_like(ids), pooling))

    say({"kind": "ready", "engine": f"jax {jax.__version__}"})
    for line in sys.stdin:
        request = json.loads(line)
        batches = request["batches"]
        if request["kind"] == "prepare":
            vectors = [run(batch) for batch in batches + batches]
            say({"kind": "prepared", "vectors": vectors[0].tolist()})
            continue
        everything = batches * request["repeat"]
        begun = time.perf_counter()
        if request["inFlight"] == 1:
            for batch in everything:
                run(batch)
        else:
            with ThreadPoolExecutor(request["inFlight"]) as pool:
                list(pool.map(run, everything))
        say({"kind": "measured", "seconds": time.perf_counter() - begun})


main(*sys.argv[1:])
