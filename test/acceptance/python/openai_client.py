"""The official `openai` client, unchanged: URL MODEL TEXTS.json -> {"vectors", "float_vectors", "one", "prompt_tokens", "models", "retrieved"}."""

import json
import pathlib
import sys

from openai import OpenAI

url, model, texts_file = sys.argv[1:]
texts = json.loads(pathlib.Path(texts_file).read_text("utf-8"))
client = OpenAI(base_url=f"{url}/v1", api_key="unused", max_retries=0)

# Without encoding_format the client asks for base64 and decodes it; with "float" it reads the numbers.
answer = client.embeddings.create(model=model, input=texts)
floats = client.embeddings.create(model=model, input=texts, encoding_format="float")
one = client.embeddings.create(model=model, input=texts[12])
print(json.dumps({
    "vectors": [item.embedding for item in answer.data],
    "float_vectors": [item.embedding for item in floats.data],
    "one": one.data[0].embedding,
    "prompt_tokens": answer.usage.prompt_tokens,
    "models": [item.id for item in client.models.list()],
    "retrieved": client.models.retrieve(model).id,
}))
