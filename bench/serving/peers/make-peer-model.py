"""A folder for Python's servers: `python make-peer-model.py MODEL.onnx FOLDER TARGET`.

FOLDER holds the same model for sentence-transformers (safetensors and its configuration). Infinity's optimum engine
reads `last_hidden_state` of a `model.onnx` beside those files, whatever the graph itself calls its token vectors.
"""
import shutil
import sys

import onnx

graph_file, folder, target = sys.argv[1:4]
shutil.copytree(folder, target, dirs_exist_ok=True)
model = onnx.load(graph_file)
tokens = next(output for output in model.graph.output if len(output.type.tensor_type.shape.dim) == 3)
old, new = tokens.name, "last_hidden_state"
for node in model.graph.node:
    for names in (node.input, node.output):
        for at, name in enumerate(names):
            if name == old:
                names[at] = new
tokens.name = new
onnx.save(model, f"{target}/model.onnx")
