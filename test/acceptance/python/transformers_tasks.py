"""What transformers' own pipelines make of a model's outputs in ONNX Runtime, in Python alone, without torch.

    python transformers_tasks.py CASES.json OUTPUT.json

Tokenizers are transformers', and so is every step behind the graph: the pipelines' `postprocess` is called on arrays that
answer to the few methods of torch's tensors that it asks for.
"""

import json
import os
import pathlib
import sys
import types

os.environ["TRANSFORMERS_OFFLINE"] = os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
import onnxruntime
import transformers.pipelines.token_classification as token_classification
from transformers import AutoConfig, PreTrainedTokenizerFast
from transformers import TextClassificationPipeline, TokenClassificationPipeline, ZeroShotClassificationPipeline

# The only names of torch that the module asks for, where it looks whether an output is of half precision.
token_classification.torch = types.SimpleNamespace(float16="float16", bfloat16="bfloat16")
STRATEGIES = ["simple", "first", "average", "max"]


class Tensor(np.ndarray):
    """An array with the methods of torch's tensors that pipelines call."""

    def numpy(self):
        return np.asarray(self)

    def float(self):
        return self.astype(np.float32)


def tensor(array):
    return np.asarray(array).view(Tensor)


class Model:
    def __init__(self, folder, limit):
        folder = pathlib.Path(folder)
        graph = next(path for path in (folder / "model.onnx", folder / "onnx" / "model.onnx") if path.exists())
        self.session = onnxruntime.InferenceSession(str(graph), providers=["CPUExecutionProvider"])
        self.inputs = [entry.name for entry in self.session.get_inputs()]
        self.tokenizer = PreTrainedTokenizerFast(
            tokenizer_file=str(folder / "tokenizer.json"), model_max_length=limit, model_input_names=self.inputs,
            unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]", pad_token="[PAD]", mask_token="[MASK]",
        )
        self.tokenizer._tokenizer.no_padding()
        config = folder / "config.json"
        self.config = AutoConfig.from_pretrained(folder) if config.exists() else None

    def encode(self, first, second=None, strategy="longest_first"):
        """A batch of one: of a pair by itself transformers leaves out a second text that is empty, of one in a batch it does not."""
        options = {"return_offsets_mapping": True, "return_special_tokens_mask": True, "return_token_type_ids": True}
        return self.tokenizer([first], None if second is None else [second], truncation=strategy, **options)

    def run(self, batch):
        feeds = {name: np.array(batch[name], np.int64) for name in self.inputs}
        return self.session.run(None, feeds)

    def pipeline(self, kind):
        """The pipeline without what it loads: its steps behind the model need these alone."""
        pipeline = object.__new__(kind)
        pipeline.model = types.SimpleNamespace(config=self.config)
        pipeline.tokenizer = self.tokenizer
        return pipeline


def rerank(model, case):
    rows = []
    for query in case["queries"]:
        for text in case["texts"]:
            encoding = model.encode(query, text)
            rows.append({"tokens": len(encoding["input_ids"][0]), "logit": float(model.run(encoding)[0][0][0])})
    return rows


def classify(model, case):
    pipeline = model.pipeline(TextClassificationPipeline)
    return [label(pipeline, model, model.encode(*parts)) for parts in case["inputs"]]


def label(pipeline, model, encoding):
    logits = tensor(model.run(encoding)[0])
    return pipeline.postprocess({"logits": logits}, top_k=None, _legacy=False)


def zero_shot(model, case):
    pipeline = model.pipeline(ZeroShotClassificationPipeline)
    return [judge(pipeline, model, text, case) for text in case["texts"]]


def judge(pipeline, model, text, case):
    outputs = []
    for candidate in case["labels"]:
        encoding = model.encode(text, case["template"].format(candidate), "only_first")
        outputs.append({"candidate_label": candidate, "sequence": text, "logits": tensor(model.run(encoding)[0])})
    return [pipeline.postprocess(outputs, multi_label=multi) for multi in (False, True)]


def recognize(model, case):
    pipeline = model.pipeline(TokenClassificationPipeline)
    return [find_entities(pipeline, model, text) for text in case["texts"]]


def find_entities(pipeline, model, text):
    encoding = model.encode(text)
    outputs = {
        "logits": tensor(model.run(encoding)[0]),
        "sentence": text,
        "input_ids": encoding["input_ids"],
        "offset_mapping": encoding["offset_mapping"],
        "special_tokens_mask": tensor(encoding["special_tokens_mask"]),
    }
    entities = {strategy: list_entities(pipeline, outputs, strategy) for strategy in STRATEGIES}
    return {"entities": entities, "words": has_words(pipeline, model, encoding, outputs)}


def has_words(pipeline, model, encoding, outputs):
    """Whether transformers' guess at what is a piece of a word (a token of another length than its text, which one without its
    accents is too) is what the tokenizer knows of words."""
    scores = outputs["logits"][0].numpy()
    strategy = token_classification.AggregationStrategy.SIMPLE
    tokens = pipeline.gather_pre_entities(
        outputs["sentence"], outputs["input_ids"][0], scores, outputs["offset_mapping"][0], outputs["special_tokens_mask"][0], strategy
    )
    guessed = [token["is_subword"] for token in tokens]
    numbers = [number for number in encoding.word_ids(0) if number is not None]
    known = [place > 0 and number == numbers[place - 1] for place, number in enumerate(numbers)]
    return guessed == known


def list_entities(pipeline, outputs, strategy):
    found = pipeline.postprocess([outputs], token_classification.AggregationStrategy(strategy))
    keys = {"label": "entity_group", "start": "start", "end": "end", "score": "score"}
    return [{ours: entity[theirs] for ours, theirs in keys.items()} for entity in found]


def sparse(model, case):
    """SPLADE as its authors have it: the maximum over tokens of log(1 + relu(logit)), special tokens included."""
    vectors = []
    for text in case["texts"]:
        encoding = model.encode(text)
        weights = np.log1p(np.maximum(model.run(encoding)[0][0], 0)).max(0)
        kept = np.flatnonzero(weights)
        vectors.append({"tokens": len(encoding["input_ids"][0]), "indices": kept.tolist(), "values": weights[kept].tolist()})
    return vectors


def embed(model, case):
    """Mean or first token at unit length, what `modules.json` of these models says; every token's vector; ids."""
    answers = []
    for text in case["texts"]:
        encoding = model.encode(case["prompt"] + text)
        tokens = next(output for output in model.run(encoding) if output.ndim == 3)[0]
        vector = tokens.mean(0, dtype=np.float64) if case["pooling"] == "mean" else tokens[0]
        unit = (vector / np.linalg.norm(vector)).tolist()
        whole = model.tokenizer(case["prompt"] + text, truncation=False)["input_ids"]
        count = len(encoding["input_ids"][0])
        ends = {"first": tokens[0].tolist(), "last": tokens[-1].tolist()}
        answers.append({"vector": unit, "ids": whole, "tokens": count, **ends})
    return answers


TASKS = {
    "rerank": rerank, "classify": classify, "zero_shot": zero_shot, "recognize": recognize, "sparse": sparse, "embed": embed,
}


def encode_number(value):
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"cannot write {type(value)}")


cases_file, output_file = sys.argv[1:]
cases = json.loads(pathlib.Path(cases_file).read_text("utf-8"))
answers = {name: TASKS[case["task"]](Model(case["folder"], case["limit"]), case) for name, case in cases.items()}
pathlib.Path(output_file).write_text(json.dumps(answers, default=encode_number), "utf-8")
