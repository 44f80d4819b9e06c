"""LangChain's and LlamaIndex's classes with their defaults, unchanged: SETTING.json -> what each got, as JSON.

Given are an address, a key, and a model's name where a class has no default of its own. LangChain's OpenAI class sends token
ids by default: the vocabulary for it, which tiktoken would download, lies in llama-index-core.
"""

import importlib.util
import json
import os
import pathlib
import sys

setting = json.loads(pathlib.Path(sys.argv[1]).read_text("utf-8"))
url, key, texts, query, models = (setting[name] for name in ("url", "key", "texts", "query", "models"))
CORE = pathlib.Path(importlib.util.find_spec("llama_index.core").origin).parent
os.environ |= {"TIKTOKEN_CACHE_DIR": str(CORE / "_static" / "tiktoken_cache"), "DO_NOT_TRACK": "1", "LANGSMITH_TRACING": "false"}

from langchain_cohere import CohereEmbeddings, CohereRerank
from langchain_ollama import OllamaEmbeddings
from langchain_openai import OpenAIEmbeddings
from llama_index.core.schema import NodeWithScore, TextNode
from llama_index.embeddings.cohere import CohereEmbedding
from llama_index.embeddings.ollama import OllamaEmbedding
from llama_index.embeddings.openai import OpenAIEmbedding
from llama_index.postprocessor.cohere_rerank import CohereRerank as LlamaRerank

WRONG_KEY = "wrong-key-of-16-chars"


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


def bearer(token):
    return {"headers": {"authorization": f"Bearer {token}"}}


def check_langchain(create, default):
    """`create(model, key)` makes the class."""
    client = create(default, key)
    return {
        "vectors": client.embed_documents(texts),
        "query": client.embed_query(query),
        "errors": catch(
            lambda: create("no-such-model", key).embed_query("a"),
            lambda: create(models["rerank"], key).embed_documents(["a"]),
            lambda: create(default, WRONG_KEY).embed_query("a"),
        ),
    }


def check_llama(create, default, unknown="no-such-model", wrong=models["rerank"]):
    client = create(default, key)
    return {
        "vectors": client.get_text_embedding_batch(texts),
        "query": client.get_query_embedding(query),
        "errors": catch(
            lambda: create(unknown, key).get_query_embedding("a"),
            lambda: create(wrong, key).get_text_embedding("a"),
            lambda: create(default, WRONG_KEY).get_text_embedding("a"),
        ),
    }


def named(**given):
    """Without what is `None`: the class's own default then counts."""
    return {name: value for name, value in given.items() if value is not None}


def check_langchain_rerank():
    def create(model, token):
        return CohereRerank(model=model, cohere_api_key=token, base_url=url)

    client = create(models["rerank"], key)
    return {
        "ranked": [[one["index"], one["relevance_score"]] for one in client.rerank(texts, query, top_n=len(texts))],
        "errors": catch(
            lambda: create("no-such-model", key).rerank(["a"], "b"),
            lambda: create(models["embed"], key).rerank(["a"], "b"),
            lambda: create(models["rerank"], WRONG_KEY).rerank(["a"], "b"),
        ),
    }


def check_llama_rerank():
    def rank(model, token, passages):
        client = LlamaRerank(**named(model=model), top_n=len(passages), api_key=token, base_url=url, max_retries=1)
        nodes = [NodeWithScore(node=TextNode(text=text, id_=str(index)), score=0.0) for index, text in enumerate(passages)]
        return [[int(one.node.node_id), one.score] for one in client.postprocess_nodes(nodes, query_str=query)]

    return {
        "ranked": rank(None, key, texts),
        "errors": catch(
            lambda: rank("no-such-model", key, ["a"]),
            lambda: rank(models["embed"], key, ["a"]),
            lambda: rank(None, WRONG_KEY, ["a"]),
        ),
    }


answers = {
    "LangChain's OpenAIEmbeddings": check_langchain(
        lambda model, token: OpenAIEmbeddings(**named(model=model), api_key=token, base_url=f"{url}/v1", max_retries=0), None),
    "LangChain's OllamaEmbeddings": check_langchain(
        lambda model, token: OllamaEmbeddings(model=model, base_url=url, client_kwargs=bearer(token)), models["embed"]),
    "LangChain's CohereEmbeddings": check_langchain(
        lambda model, token: CohereEmbeddings(model=model, cohere_api_key=token, base_url=url), models["embed"]),
    "LangChain's CohereRerank": check_langchain_rerank(),
    "LlamaIndex's OpenAIEmbedding": check_llama(
        lambda model, token: OpenAIEmbedding(**named(model_name=model), api_key=token, api_base=f"{url}/v1", max_retries=0), None),
    "LlamaIndex's OllamaEmbedding": check_llama(
        lambda model, token: OllamaEmbedding(model_name=model, base_url=url, client_kwargs=bearer(token)), models["embed"]),
    "LlamaIndex's CohereEmbedding": check_llama(
        lambda model, token: CohereEmbedding(**named(model_name=model), api_key=token, base_url=url, max_retries=1), None,
        # It sends names of Cohere's alone; the second is an alias of a reranker.
        unknown="embed-multilingual-v3.0", wrong="embed-english-light-v3.0"),
    "LlamaIndex's CohereRerank": check_llama_rerank(),
}
print(json.dumps(answers))
