"""Measures how fast one encoder of the size of RoBERTa-base scores texts, with random weights: what a toolkit with one such model
per task pays for each task.

    python score_roberta.py TOKENIZER.json TEXTS.jsonl [--threads 2] [--batch 32] [--limit 500] [--engine torch|onnx|onnx-int8]

Lengths are those of the texts, cut by TOKENIZER.json; ids are random, for the time does not depend on them. Needs torch, tokenizers,
numpy; for the engines onnx also onnx and onnxruntime. Prints one JSON object.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

WIDTH, HEADS, INNER, LAYERS, VOCABULARY, LABELS = 768, 12, 3072, 12, 50_265, 3


class Roberta(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.words = torch.nn.Embedding(VOCABULARY, WIDTH)
        self.positions = torch.nn.Embedding(514, WIDTH)
        self.norm = torch.nn.LayerNorm(WIDTH)
        layer = torch.nn.TransformerEncoderLayer(WIDTH, HEADS, INNER, 0.0, "gelu", batch_first=True)
        self.layers = torch.nn.TransformerEncoder(layer, LAYERS, enable_nested_tensor=False)
        self.dense = torch.nn.Linear(WIDTH, WIDTH)
        self.out = torch.nn.Linear(WIDTH, LABELS)

    def forward(self, ids, padding):
        positions = torch.arange(ids.shape[1]).unsqueeze(0)
        hidden = self.norm(self.words(ids) + self.positions(positions))
        hidden = self.layers(hidden, src_key_padding_mask=padding)
        return self.out(torch.tanh(self.dense(hidden[:, 0])))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tokenizer")
    parser.add_argument("texts")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--limit", type=int, default=500)
    parser.add_argument("--engine", default="torch", choices=["torch", "onnx", "onnx-int8"])
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    tokenizer = Tokenizer.from_file(options.tokenizer)
    lines = Path(options.texts).read_text(encoding="utf-8").split("\n")[: options.limit]
    lengths = sorted(min(len(tokenizer.encode(json.loads(line)["text"]).ids), 256) for line in lines if line.strip())
    torch.manual_seed(0)
    model = Roberta().eval()
    if options.engine == "torch":
        score = lambda ids, padding: model(torch.from_numpy(ids), torch.from_numpy(padding))
    else:
        score = onnx_session(model, options)
    begun, tokens = time.perf_counter(), 0
    with torch.inference_mode():
        for start in range(0, len(lengths), options.batch):
            batch = lengths[start : start + options.batch]
            ids = np.random.randint(0, VOCABULARY, (len(batch), max(batch)))
            padding = np.arange(max(batch))[None, :] >= np.array(batch)[:, None]
            score(ids, padding)
            tokens += sum(batch)
    seconds = time.perf_counter() - begun
    print(json.dumps({
        "engine": options.engine, "threads": options.threads, "batch": options.batch, "posts": len(lengths), "tokens": tokens,
        "seconds": round(seconds, 3), "posts_per_second": round(len(lengths) / seconds, 2),
    }))


def onnx_session(model, options):
    import onnxruntime

    folder = Path(tempfile.mkdtemp())
    path = folder / "roberta.onnx"
    example = (torch.zeros(2, 16, dtype=torch.int64), torch.zeros(2, 16, dtype=torch.bool))
    axes = {"ids": {0: "batch", 1: "tokens"}, "padding": {0: "batch", 1: "tokens"}}
    torch.backends.mha.set_fastpath_enabled(False)
    torch.onnx.export(model, example, str(path), input_names=["ids", "padding"], output_names=["scores"], dynamic_axes=axes, dynamo=False)
    if options.engine == "onnx-int8":
        from onnxruntime.quantization import quantize_dynamic

        quantize_dynamic(path, folder / "int8.onnx", per_channel=True)
        path = folder / "int8.onnx"
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options.threads
    session = onnxruntime.InferenceSession(str(path), settings, providers=["CPUExecutionProvider"])
    return lambda ids, padding: session.run(None, {"ids": ids, "padding": padding})


if __name__ == "__main__":
    main()
