"""The official `ollama` client, unchanged: URL MODEL TEXTS.json -> {"vectors", "one", "prompt_tokens"}."""

import json
import pathlib
import sys

from ollama import Client

url, model, texts_file = sys.argv[1:]
texts = json.loads(pathlib.Path(texts_file).read_text("utf-8"))
client = Client(host=url)

answer = client.embed(model=model, input=texts)
one = client.embed(model=model, input=texts[12])
print(json.dumps({
    "vectors": [list(vector) for vector in answer.embeddings],
    "one": list(one.embeddings[0]),
    "prompt_tokens": answer.prompt_eval_count,
}))
