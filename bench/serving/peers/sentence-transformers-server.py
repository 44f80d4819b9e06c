"""sentence-transformers behind a small server, as people write one: `python sentence-transformers-server.py FOLDER PORT`.

OpenAI's route, as JSON numbers or base64. FastAPI runs a plain function on its pool of threads; a lock lets one call
of the model run at a time, on all cores, which is faster than forty at once.
"""
import base64
import sys
import threading

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from sentence_transformers import SentenceTransformer

model = SentenceTransformer(sys.argv[1], device="cpu")
lock = threading.Lock()
app = FastAPI()


class Body(BaseModel):
    input: str | list[str]
    model: str = ""
    encoding_format: str = "float"


@app.get("/ready")
def ready():
    return {}


@app.post("/v1/embeddings")
def embed(body: Body):
    texts = [body.input] if isinstance(body.input, str) else body.input
    with lock:
        vectors = model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    if body.encoding_format == "base64":
        rows = [base64.b64encode(vector.astype("<f4").tobytes()).decode() for vector in vectors]
    else:
        rows = vectors.tolist()
    return {"object": "list", "data": [{"object": "embedding", "index": i, "embedding": row} for i, row in enumerate(rows)]}


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="error", access_log=False)
