"""Cohere's, Hugging Face's, OpenAI's and Ollama's own clients, unchanged: SETTING.json -> what each got, as JSON.

The setting: url, key, texts, query, and `models`, a name for each task.
"""

import json
import pathlib
import sys

import cohere
import huggingface_hub
import ollama
import openai

setting = json.loads(pathlib.Path(sys.argv[1]).read_text("utf-8"))
url, key, texts, query, models = (setting[name] for name in ("url", "key", "texts", "query", "models"))


def catch(*calls):
    """Class, status and words of what each call throws; `None` for one that does not."""
    return [catch_one(call) for call in calls]


def catch_one(call):
    try:
        call()
    except Exception as error:
        status = getattr(error, "status_code", None) or getattr(getattr(error, "response", None), "status_code", None)
        return {"type": type(error).__name__, "status": status, "words": str(getattr(error, "body", "")) + str(error)}
    return None


def ask_cohere(api_key=key):
    return cohere.ClientV2(api_key, base_url=url, max_retries=0)


def check_cohere():
    client, older = ask_cohere(), cohere.Client(key, base_url=url)
    options = {"model": models["embed"], "texts": texts, "input_type": "search_document"}
    embedded = client.embed(embedding_types=["float", "int8", "base64"], **options)
    ranked = client.rerank(model=models["rerank"], query=query, documents=texts)
    first = older.rerank(model=models["rerank"], query=query, documents=texts, top_n=3, return_documents=True)
    return {
        "vectors": embedded.embeddings.float_,
        "sameVectors": older.embed(**options).embeddings,
        "tokens": embedded.meta.billed_units.input_tokens,
        "ranked": [[one.index, one.relevance_score] for one in ranked.results],
        "documents": [[one.index, one.document.text] for one in first.results],
        "errors": catch(
            lambda: client.embed(model="no-such-model", texts=["a"], input_type="search_query", embedding_types=["float"]),
            lambda: client.rerank(model=models["embed"], query="a", documents=["b"]),
            lambda: ask_cohere("wrong-key-of-16-chars").rerank(model=models["rerank"], query="a", documents=["b"]),
        ),
    }


def ask_hub(path="", token=key):
    return huggingface_hub.InferenceClient(base_url=url + path, token=token)


def check_hub():
    client = ask_hub()
    classifier = ask_hub(f"/m/{models['classify']}")
    # It has no way to ask for truncation here.
    similar = client.sentence_similarity(texts[0], other_sentences=texts[1 : setting["short"]])
    batch = client.feature_extraction(texts, truncate=True)
    return {
        "vectors": batch.tolist(),
        "sameVectors": [client.feature_extraction(text, truncate=True)[0].tolist() for text in texts],
        "similarities": similar,
        "labels": [[one.label, one.score] for one in classifier.text_classification(texts[1])],
        "best": [one.label for one in classifier.text_classification(texts[1], top_k=1)],
        "errors": catch(
            lambda: ask_hub("/m/no-such-model").feature_extraction("a"),
            lambda: client.feature_extraction("a " * 5000),
            lambda: ask_hub(token="wrong-key-of-16-chars").feature_extraction("a"),
        ),
    }


def ask_openai(api_key=key):
    return openai.OpenAI(base_url=f"{url}/v1", api_key=api_key, max_retries=0)


def check_openai():
    client = ask_openai()
    create = client.embeddings.create
    answer = create(model=models["embed"], input=texts)
    return {
        "vectors": [entry.embedding for entry in answer.data],
        "sameVectors": [entry.embedding for entry in create(model=models["embed"], input=texts, encoding_format="float").data],
        "tokens": answer.usage.prompt_tokens,
        "models": [model.id for model in client.models.list()],
        "errors": catch(
            lambda: create(model="no-such-model", input="a"),
            lambda: create(model=models["rerank"], input="a"),
            lambda: ask_openai("wrong-key-of-16-chars").embeddings.create(model=models["embed"], input="a"),
        ),
    }


def ask_ollama(token=key):
    return ollama.Client(host=url, headers={"authorization": f"Bearer {token}"})


def check_ollama():
    client = ask_ollama()
    answer = client.embed(model=models["embed"], input=texts)
    return {
        "vectors": [list(vector) for vector in answer.embeddings],
        "sameVectors": [list(client.embeddings(model=models["embed"], prompt=text).embedding) for text in texts],
        "tokens": answer.prompt_eval_count,
        "models": [model.model for model in client.list().models],
        "errors": catch(
            lambda: client.embed(model="no-such-model", input="a"),
            lambda: client.embed(model=models["rerank"], input="a"),
            lambda: ask_ollama("wrong-key-of-16-chars").embed(model=models["embed"], input="a"),
        ),
    }


answers = {"cohere": check_cohere(), "huggingface_hub": check_hub(), "openai": check_openai(), "ollama": check_ollama()}
print(json.dumps(answers))
