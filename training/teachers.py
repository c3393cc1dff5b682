"""Computes what a projection learns: for texts of a mixture, and more texts, where two teachers say that they lie.

    train_shipped mix --recipe training/shipped.toml --sets SETS --start START --out MIXED
    python training/teachers.py MIXED START E5 MINILM OUT [--texts FILE…] [--sample 60000] [--longest 60] [--dimension 256] [--seed 42]

E5 and MINILM are checkpoints of multilingual-e5-small (MIT) and all-MiniLM-L6-v2 (Apache-2.0); FILE holds a text a line. OUT gets the
examples of MIXED and the further texts, `vector` of an example naming a row of `targets.npy`.

The first teacher knows both languages, the second is better at English subjects. The mean of a language is taken off the vectors of
E5, so that a text does not lie apart for its language. A linear map, fitted on the English texts, says where MiniLM would put a Chinese
one. A target holds the principal components of both vectors side by side. Needs torch, numpy, safetensors and tokenizers.
"""

import argparse
import json
import random
import re
import shutil
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer

from train import Classifier

END = 2
HAN = re.compile("[\u4e00-\u9fff]")


def embed(folder: Path, texts: list[str], longest: int = 80) -> np.ndarray:
    """Gives the mean token vectors of texts, `[texts, width]`, each of length 1."""
    config = json.loads((folder / "config.json").read_text())
    stored = {name.removeprefix("bert."): tensor.float() for name, tensor in load_file(folder / "model.safetensors").items()}
    model = Classifier(config, [], 0.0)
    model.load(stored)
    model.words.weight.data += stored["embeddings.token_type_embeddings.weight"][0]
    model.eval()
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(longest)
    pieces = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    order = sorted(range(len(texts)), key=lambda row: len(pieces[row]))
    vectors = np.zeros((len(texts), config["hidden_size"]), np.float32)
    for first in range(0, len(order), 32):
        rows = order[first : first + 32]
        width = max(len(pieces[row]) for row in rows)
        ids = torch.full((len(rows), width), config["pad_token_id"])
        present = torch.zeros((len(rows), width), dtype=torch.bool)
        for place, row in enumerate(rows):
            ids[place, : len(pieces[row])] = torch.tensor(pieces[row])
            present[place, : len(pieces[row])] = True
        vectors[rows] = model.pooled(ids, present).numpy()
        if first % 6400 == 0:
            print(f"{folder.name}: {first} of {len(order)} texts", flush=True)
    return normalized(vectors)


def normalized(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def targets_of(texts: list[str], e5: Path, minilm: Path, dimension: int) -> np.ndarray:
    """Gives the targets, `[texts, dimension]`, each of length 1."""
    chinese = np.array([bool(HAN.search(text)) for text in texts])
    first = embed(e5, ["query: " + text for text in texts])
    for language in (chinese, ~chinese):
        first[language] -= first[language].mean(0)
    first = normalized(first)
    english = np.flatnonzero(~chinese)
    known = embed(minilm, [texts[row] for row in english])
    known = normalized(known - known.mean(0))
    inputs = first[english]
    ridge = np.linalg.solve(inputs.T @ inputs + np.eye(inputs.shape[1]), inputs.T @ known)
    second = normalized(first @ ridge)
    second[english] = known
    both = np.hstack([first, second])
    both -= both.mean(0)
    variances, directions = np.linalg.eigh(both.T @ both / len(both))
    print(f"{variances[-dimension:].sum() / variances.sum():.2f} of the variance kept")
    return normalized(both @ directions[:, ::-1][:, :dimension])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("mixed", "start", "e5", "minilm", "out"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--texts", type=Path, nargs="*", default=[])
    for name, default in [("sample", 60_000), ("longest", 60), ("dimension", 256), ("seed", 42)]:
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    torch.set_grad_enabled(False)
    tokenizer = Tokenizer.from_file(str(options.start / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    examples = [json.loads(line) for line in open(options.mixed / "train.jsonl", encoding="utf-8")]
    # A text about a target has an end in its middle: what it is about is not its subject.
    rows_of: dict[tuple, list[int]] = {}
    for row, example in enumerate(examples):
        ids = tuple(example["ids"])
        if len(ids) <= options.longest and ids.count(END) == 1:
            rows_of.setdefault(ids, []).append(row)
    chosen = sorted(rows_of)
    random.Random(options.seed).shuffle(chosen)
    chosen = chosen[: options.sample]
    texts = [tokenizer.decode(list(ids)) for ids in chosen]
    for number, ids in enumerate(chosen):
        for row in rows_of[ids]:
            examples[row]["vector"] = number
    further = [line.strip() for file in options.texts for line in open(file, encoding="utf-8")]
    for text in dict.fromkeys(filter(None, further)):
        examples.append({"ids": tokenizer.encode(text).ids[:96], "labels": {}, "vector": len(texts)})
        texts.append(text)
    options.out.mkdir(parents=True, exist_ok=True)
    np.save(options.out / "targets.npy", targets_of(texts, options.e5, options.minilm, options.dimension).astype(np.float16))
    with open(options.out / "train.jsonl", "w", encoding="utf-8") as out:
        for example in examples:
            out.write(json.dumps(example, separators=(",", ":")) + "\n")
    shutil.copy(options.mixed / "tasks.json", options.out / "tasks.json")
    print(f"{len(examples)} examples, {len(texts)} with a target")


if __name__ == "__main__":
    main()
