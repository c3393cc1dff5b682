"""Teaches an exported model where texts lie: adds a projection of the mean token vector to its `heads.onnx`, nothing else changes.

    python training/project.py WEIGHTS E5 MINILM OUT --texts FILE… [--dimension 256] [--passes 40] [--texts-a-step 512] [--rate 1e-3] [--seed 42]

WEIGHTS is the folder that `export_shipped` wrote; OUT gets the model with its projection, and what the teachers said, so that a run that
was broken off goes on. E5 and MINILM are the teachers of `teachers.py`, FILE holds a text a line. The loss of a step is 1 less the mean
cosine of embeddings and targets, and 0.3 times the divergence of how near its texts are to each other from how near the targets are
(relational distillation, temperature 0.05). AdamW, the rate falls along a line. Needs torch, numpy, safetensors, tokenizers, onnx and onnxruntime.
"""

import argparse
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer

from teachers import targets_of

NAME = "projection"
HELD_OUT = 3_000
TEMPERATURE = 0.05
RELATIONS = 0.3
# The largest byte of a linear layer in the files of the program.
BYTE_LIMIT = 63
FILES = ["encoder.onnx", "heads.onnx", "tokenizer.json"]


def pooled_of(weights: Path, texts: list[str], longest: int = 128) -> np.ndarray:
    """Gives the mean token vectors of texts, `[texts, width]`."""
    session = onnxruntime.InferenceSession(str(weights / "encoder.onnx"))
    tokenizer = Tokenizer.from_file(str(weights / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(longest)
    pieces = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    order = sorted(range(len(texts)), key=lambda row: len(pieces[row]))
    found = [None] * len(texts)
    for first in range(0, len(order), 32):
        rows = order[first : first + 32]
        width = max(len(pieces[row]) for row in rows)
        ids, mask = np.zeros((2, len(rows), width), np.int64)
        for place, row in enumerate(rows):
            ids[place, : len(pieces[row])] = pieces[row]
            mask[place, : len(pieces[row])] = 1
        for row, vector in zip(rows, session.run(["pooled"], {"input_ids": ids, "attention_mask": mask})[0]):
            found[row] = vector
    return np.array(found, np.float32)


def relations(vectors: torch.Tensor) -> torch.Tensor:
    near = vectors @ vectors.T / TEMPERATURE
    return near.masked_fill(torch.eye(len(near), dtype=torch.bool), -1e4).log_softmax(1)


def trained(pooled: np.ndarray, targets: np.ndarray, options: argparse.Namespace) -> tuple[np.ndarray, np.ndarray]:
    """Gives weight, `[width, dimension]`, and bias of the projection."""
    torch.manual_seed(options.seed)
    mean, deviation = pooled.mean(0), pooled.std(0) + 1e-6
    inputs, outputs = torch.tensor((pooled - mean) / deviation), torch.tensor(targets.astype(np.float32))
    layer = torch.nn.Linear(inputs.shape[1], outputs.shape[1])
    optimizer = torch.optim.AdamW(layer.parameters(), lr=options.rate)
    known = len(inputs) - HELD_OUT
    steps_a_pass = known // options.texts_a_step
    for number in range(options.passes):
        order = torch.randperm(known)
        for step in range(steps_a_pass):
            done = (number * steps_a_pass + step) / (options.passes * steps_a_pass)
            optimizer.param_groups[0]["lr"] = options.rate * max(0.02, 1 - done)
            rows = order[step * options.texts_a_step : (step + 1) * options.texts_a_step]
            found, wanted = F.normalize(layer(inputs[rows]), dim=1), outputs[rows]
            apart = F.kl_div(relations(found), relations(wanted), log_target=True, reduction="batchmean")
            loss = 1 - (found * wanted).sum(1).mean() + RELATIONS * apart
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            found = F.normalize(layer(inputs[known:]), dim=1)
            print(f"pass {number + 1}: mean cosine {(found * outputs[known:]).sum(1).mean():.4f} on {HELD_OUT} texts held out", flush=True)
    weight = layer.weight.detach().numpy() / deviation
    return weight.T, layer.bias.detach().numpy() - weight @ mean


def write(weights: Path, out: Path, weight: np.ndarray, bias: np.ndarray) -> None:
    """Adds the projection, rounded to bytes by column, and describes the model anew."""
    scales = (np.abs(weight).max(0) / BYTE_LIMIT).astype(np.float32)
    bytes_ = np.clip(np.rint(weight / scales), -BYTE_LIMIT, BYTE_LIMIT).astype(np.int8)
    model = onnx.load(weights / "heads.onnx")
    graph = model.graph
    for values, name in [(bytes_, f"{NAME}.weight"), (scales, f"{NAME}.weight.scale"), (bias.astype(np.float32), f"{NAME}.bias")]:
        graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
    part = lambda name: f"{NAME}.{name}"
    graph.node.append(helper.make_node("Cast", [part("weight")], [part("floats")], to=TensorProto.FLOAT))
    graph.node.append(helper.make_node("Mul", [part("floats"), part("weight.scale")], [part("scaled")]))
    graph.node.append(helper.make_node("MatMul", ["pooled", part("scaled")], [part("product")]))
    graph.node.append(helper.make_node("Add", [part("product"), part("bias")], ["embedding"]))
    graph.output.append(helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", len(bias)]))
    onnx.checker.check_model(model)
    (out / "heads.onnx").write_bytes(model.SerializeToString())
    for name in ("encoder.onnx", "tokenizer.json"):
        shutil.copy(weights / name, out / name)
    described = json.loads((weights / "model.json").read_text())
    hashes = {name: hashlib.sha256((out / name).read_bytes()).hexdigest() for name in FILES}
    version = hashlib.sha256("".join(hashes.values()).encode()).hexdigest()[:8]
    described |= {"version": f"{described['name']}-{version}", "dimension": len(bias), "files": hashes}
    (out / "model.json").write_text(json.dumps(described, indent=2, ensure_ascii=False) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("weights", "e5", "minilm", "out"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--texts", type=Path, nargs="+", required=True)
    parser.add_argument("--rate", type=float, default=1e-3)
    for name, default in [("dimension", 256), ("passes", 40), ("texts-a-step", 512), ("seed", 42)]:
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    texts = [line.strip() for file in options.texts for line in open(file, encoding="utf-8")]
    texts = list(dict.fromkeys(filter(None, texts)))
    options.out.mkdir(parents=True, exist_ok=True)
    targets, pooled = options.out / "targets.npy", options.out / "pooled.npy"
    if not targets.exists():
        with torch.no_grad():
            np.save(targets, targets_of(texts, options.e5, options.minilm, options.dimension).astype(np.float16))
    if not pooled.exists():
        np.save(pooled, pooled_of(options.weights, texts))
    print(f"{len(texts)} texts")
    write(options.weights, options.out, *trained(np.load(pooled), np.load(targets), options))


if __name__ == "__main__":
    main()
