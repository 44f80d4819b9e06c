"""The official `ollama` client, unchanged: URL MODEL TEXTS.json -> vectors of each route, and what list, show and ps say."""

import datetime
import json
import pathlib
import sys

from ollama import Client, ResponseError

url, model, texts_file = sys.argv[1:]
texts = json.loads(pathlib.Path(texts_file).read_text("utf-8"))
client = Client(host=url)


def loaded():
    return [entry.model for entry in client.ps().models]


answer = client.embed(model=model, input=texts)
one = client.embed(model=model, input=texts[12])
prompt = client.embeddings(model=model, prompt=texts[12])
listed = {entry.model: entry for entry in client.list().models}
shown = client.show(model)
running = {entry.model: entry for entry in client.ps().models}[model]
left = running.expires_at - datetime.datetime.now(datetime.timezone.utc)
try:
    client.show("no-such-model")
    refused = None
except ResponseError as error:
    refused = error.status_code
client.embed(model=model, input=texts[12], keep_alive=0)
after_unload = loaded()
client.embeddings(model=model, keep_alive="1h")
print(json.dumps({
    "vectors": [list(vector) for vector in answer.embeddings],
    "one": list(one.embeddings[0]),
    "prompt": list(prompt.embedding),
    "prompt_tokens": answer.prompt_eval_count,
    "models": list(listed),
    "details": listed[model].details.model_dump(),
    "size": listed[model].size,
    "digests": [listed[model].digest, running.digest],
    "capabilities": shown.capabilities,
    "model_info": dict(shown.modelinfo),
    "context_length": running.context_length,
    "seconds_left": left.total_seconds(),
    "refused": refused,
    "after_unload": after_unload,
    "after_load": loaded(),
}))
