"""Computes the vectors of texts with plain numpy: the golden reference of the encoder.

    python encoder_reference.py FOLDER [[TARGET<US>]TEXT ...] [--float64]

FOLDER holds config.json, model.safetensors and tokenizer.json with the names of a Hugging Face BertModel; heads named
heads.<task>.dense / heads.<task>.out are applied if they are there, and heads.<task>.wide is added. Prints JSON: per text its
ids, the mean of the token vectors, and the scores per task. TARGET, the unit separator U+001F and TEXT are read as the pair of target and text. Needs
numpy and tokenizers. Nothing here is shared with the Rust code.
"""

import json
import math
import struct
import sys
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

SEPARATOR = "\x1f"
# The factors of the hash of a run of one, two and three pieces into the rows of a wide part.
RUN_FACTORS = [[48271], [69621, 39373], [16807, 40692, 52774]]
TEXTS = [
    "I love this phone, best purchase of the year! 😍",
    "气死我了，等了一个半小时还没上车",
    "The meeting was moved to Tuesday.",
    "今天天气不错 http @user",
    "ok",
]


def read_safetensors(path):
    raw = Path(path).read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + length])
    kinds = {"F32": np.float32, "F16": np.float16, "F64": np.float64}
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        start, end = entry["data_offsets"]
        data = raw[8 + length + start : 8 + length + end]
        tensors[name] = np.frombuffer(data, kinds[entry["dtype"]]).reshape(entry["shape"])
    return tensors


def wide(table, ids):
    """Adds up the rows of all runs of a text, over the root of their number."""
    rows = []
    for factors in RUN_FACTORS:
        for start in range(len(ids) - len(factors) + 1):
            run = ids[start : start + len(factors)]
            rows.append(sum(piece * factor for piece, factor in zip(run, factors)) % len(table))
    return table[rows].sum(0) / math.sqrt(len(rows))


def main():
    arguments = [a for a in sys.argv[1:] if a != "--float64"]
    kind = np.float64 if "--float64" in sys.argv else np.float32
    folder, texts = Path(arguments[0]), arguments[1:] or TEXTS
    config = json.loads((folder / "config.json").read_text())
    weights = read_safetensors(folder / "model.safetensors")
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    erf = np.vectorize(math.erf, otypes=[kind])

    def tensor(name):
        return weights[name].astype(kind)

    def linear(x, name):
        return x @ tensor(name + ".weight").T + tensor(name + ".bias")

    def normalise(x, name):
        centred = x - x.mean(-1, keepdims=True)
        variance = (centred**2).mean(-1, keepdims=True)
        scaled = centred / np.sqrt(variance + kind(config["layer_norm_eps"]))
        return scaled * tensor(name + ".weight") + tensor(name + ".bias")

    heads = config["num_attention_heads"]
    tasks = sorted({n.split(".")[1] for n in weights if n.startswith("heads.")})
    results = []
    for text in texts:
        target, separator, rest = text.partition(SEPARATOR)
        ids = (tokenizer.encode(target, rest) if separator else tokenizer.encode(text)).ids
        x = weights["embeddings.word_embeddings.weight"][ids].astype(kind)
        x = x + weights["embeddings.position_embeddings.weight"][: len(ids)].astype(kind)
        segments = weights.get("embeddings.token_type_embeddings.weight")
        if segments is not None:
            x = x + segments[0].astype(kind)
        x = normalise(x, "embeddings.LayerNorm")
        for layer in range(config["num_hidden_layers"]):
            prefix = f"encoder.layer.{layer}."
            split = lambda v: v.reshape(len(ids), heads, -1).transpose(1, 0, 2)
            query, key, value = (
                split(linear(x, prefix + "attention.self." + part)) for part in ("query", "key", "value")
            )
            scores = query @ key.transpose(0, 2, 1) / np.sqrt(kind(query.shape[-1]))
            scores = np.exp(scores - scores.max(-1, keepdims=True))
            shares = scores / scores.sum(-1, keepdims=True)
            context = (shares @ value).transpose(1, 0, 2).reshape(len(ids), -1)
            x = normalise(x + linear(context, prefix + "attention.output.dense"), prefix + "attention.output.LayerNorm")
            inner = linear(x, prefix + "intermediate.dense")
            inner = kind(0.5) * inner * (1 + erf(inner / math.sqrt(2)))
            x = normalise(x + linear(inner, prefix + "output.dense"), prefix + "output.LayerNorm")
        pooled = x.mean(0)
        logits = {}
        for task in tasks:
            scores = linear(np.tanh(linear(pooled, f"heads.{task}.dense")), f"heads.{task}.out")
            if f"heads.{task}.wide.weight" in weights:
                scores = scores + wide(weights[f"heads.{task}.wide.weight"].astype(kind), ids)
            logits[task] = scores.tolist()
        results.append({"text": text, "ids": ids, "pooled": pooled.tolist(), "logits": logits})
    json.dump(results, sys.stdout, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()
