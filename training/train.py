"""Trains an encoder with a head per task in PyTorch, as `train_shipped train` does, faster and on a GPU if there is one.

    train_shipped mix --recipe training/shipped.toml --sets SETS --start START --out MIXED
    python training/train.py MIXED START OUT [--minutes 90] [--rate 1e-4] [--head-rate 5e-4] [--dropout 0.1] [--frozen 0]
                             [--word-rate 0] [--vector-weight 3]
                             [--texts 32] [--tokens 2048] [--smoothing 0.05] [--seed 42] [--steps N]

MIXED holds `train.jsonl` and `tasks.json`; START a checkpoint (`config.json`, `model.safetensors`,
`tokenizer.json`) as `train_shipped prune` writes it; OUT gets another. If MIXED has `targets.npy` too (`teachers.py` writes it), the
projection of the mean token vector learns to point where they do. Position vectors stay as they are, and word vectors unless they
have a rate. A run that is killed goes on from OUT/state.pt. `--minutes` shortens the plan so that the rates fall to 0 by then. `train_shipped evaluate`
measures the checkpoint. Needs torch, numpy and safetensors.
"""

import argparse
import json
import math
import random
import shutil
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import nn


class Block(nn.Module):
    """Attention and feed-forward, each added to its input and normalised (Devlin et al. 2018)."""

    def __init__(self, width: int, inner: int, heads: int, epsilon: float, dropout: float):
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.query, self.key, self.value, self.attended = (nn.Linear(width, width) for _ in range(4))
        self.attention_norm = nn.LayerNorm(width, epsilon)
        self.inner, self.outer = nn.Linear(width, inner), nn.Linear(inner, width)
        self.output_norm = nn.LayerNorm(width, epsilon)

    def forward(self, hidden, mask):
        texts, tokens, width = hidden.shape
        split = lambda layer: layer(hidden).view(texts, tokens, self.heads, -1).transpose(1, 2)
        found = F.scaled_dot_product_attention(split(self.query), split(self.key), split(self.value), attn_mask=mask)
        found = self.attended(found.transpose(1, 2).reshape(texts, tokens, width))
        hidden = self.attention_norm(hidden + F.dropout(found, self.dropout, self.training))
        found = self.outer(F.gelu(self.inner(hidden)))
        return self.output_norm(hidden + F.dropout(found, self.dropout, self.training))


class Classifier(nn.Module):
    def __init__(self, config: dict, tasks: list[dict], dropout: float, dimension: int = 0):
        super().__init__()
        width, epsilon = config["hidden_size"], config["layer_norm_eps"]
        self.words = nn.Embedding(config["vocab_size"], width)
        self.positions = nn.Embedding(config["max_position_embeddings"], width)
        self.norm = nn.LayerNorm(width, epsilon)
        sizes = width, config["intermediate_size"], config["num_attention_heads"], epsilon, dropout
        self.blocks = nn.ModuleList(Block(*sizes) for _ in range(config["num_hidden_layers"]))
        self.dense = nn.ModuleDict({task["task"]: nn.Linear(width, width) for task in tasks})
        self.out = nn.ModuleDict({task["task"]: nn.Linear(width, len(task["labels"])) for task in tasks})
        self.projection = nn.Linear(width, dimension) if dimension else None
        self.dropout = dropout

    def pooled(self, ids, present):
        """Gives the mean token vectors `[texts, width]` of padded ids `[texts, tokens]`."""
        mask = None if bool(present.all()) else present[:, None, None, :]
        hidden = self.norm(self.words(ids) + self.positions.weight[: ids.shape[1]])
        hidden = F.dropout(hidden, self.dropout, self.training)
        for block in self.blocks:
            hidden = block(hidden, mask)
        return (hidden * present[:, :, None]).sum(1) / present.sum(1, keepdim=True)

    def forward(self, ids, present):
        """Gives the scores of the labels, per task `[texts, labels]`, of padded ids `[texts, tokens]`, and the embeddings or None."""
        pooled = self.pooled(ids, present)
        embedding = self.projection(pooled) if self.projection else None
        pooled = F.dropout(pooled, self.dropout, self.training)
        inner = {task: torch.tanh(dense(pooled)) for task, dense in self.dense.items()}
        scores = {task: self.out[task](F.dropout(found, self.dropout, self.training)) for task, found in inner.items()}
        return scores, embedding

    def names(self) -> dict[str, str]:
        """Pairs the names of the parameters here with those of a checkpoint."""
        names = {}
        of_block = {
            "query": "attention.self.query", "key": "attention.self.key", "value": "attention.self.value",
            "attended": "attention.output.dense", "attention_norm": "attention.output.LayerNorm",
            "inner": "intermediate.dense", "outer": "output.dense", "output_norm": "output.LayerNorm",
        }
        for name, _ in self.named_parameters():
            parts = name.split(".")
            if parts[0] == "words":
                names[name] = "embeddings.word_embeddings.weight"
            elif parts[0] == "positions":
                names[name] = "embeddings.position_embeddings.weight"
            elif parts[0] == "norm":
                names[name] = f"embeddings.LayerNorm.{parts[1]}"
            elif parts[0] == "blocks":
                names[name] = f"encoder.layer.{parts[1]}.{of_block[parts[2]]}.{parts[3]}"
            elif parts[0] == "projection":
                names[name] = name
            else:
                names[name] = f"heads.{parts[1]}.{parts[0]}.{parts[2]}"
        return names

    def load(self, stored: dict[str, torch.Tensor]) -> None:
        """Loads what a checkpoint holds; heads that it lacks, or of another shape, stay as they were drawn."""
        for name, parameter in self.named_parameters():
            tensor = stored.get(self.names()[name])
            if tensor is not None and tensor.shape == parameter.shape:
                parameter.data.copy_(tensor)
            elif not name.startswith(("dense.", "out.", "projection.")):
                raise SystemExit(f"the checkpoint lacks `{self.names()[name]}` {tuple(parameter.shape)}")


class Examples:
    """Holds lines of `mix`: ids, and per task and text a mask of accepted and allowed labels and a weight."""

    def __init__(self, path: Path, tasks: list[dict]):
        self.ids, self.vectors, masks = [], [], {}
        targets = path.with_name("targets.npy")
        self.targets = torch.from_numpy(np.load(targets)).float() if targets.exists() else None
        rows = [json.loads(line) for line in open(path, encoding="utf-8")]
        for task in tasks:
            shape = (len(rows), len(task["labels"]))
            masks[task["task"]] = (np.zeros(shape, bool), np.zeros(shape, bool), np.zeros(len(rows), np.float32))
        for number, row in enumerate(rows):
            self.ids.append(np.array(row["ids"], np.int64))
            self.vectors.append(row.get("vector", -1))
            for task, label in row["labels"].items():
                accepted, allowed, weight = masks[task]
                accepted[number, label["accepted"]] = True
                allowed[number, label["allowed"]] = True
                weight[number] = label["weight"]
        self.vectors = torch.tensor(self.vectors)
        self.masks = {task: tuple(map(torch.from_numpy, parts)) for task, parts in masks.items()}

    def padded(self, rows: list[int], pad: int):
        longest = max(len(self.ids[row]) for row in rows)
        ids = np.full((len(rows), longest), pad, np.int64)
        present = np.zeros((len(rows), longest), bool)
        for place, row in enumerate(rows):
            ids[place, : len(self.ids[row])] = self.ids[row]
            present[place, : len(self.ids[row])] = True
        return torch.from_numpy(ids), torch.from_numpy(present)

    def batches(self, texts: int, tokens: int, seed: int) -> list[list[int]]:
        """Cuts the examples into batches of like length, in random order."""
        order = list(range(len(self.ids)))
        chance = random.Random(seed)
        chance.shuffle(order)
        order.sort(key=lambda row: len(self.ids[row]))
        batches, batch = [], []
        for row in order:
            if batch and (len(batch) >= texts or (len(batch) + 1) * len(self.ids[row]) > tokens):
                batches.append(batch)
                batch = []
            batch.append(row)
        batches.append(batch)
        chance.shuffle(batches)
        return batches


def loss_of(scores: dict, examples: Examples, rows: list[int], smoothing: float, device) -> torch.Tensor:
    """Gives the mean over the texts: minus the logarithm of the sum over the accepted labels, the softmax over the allowed."""
    total = torch.zeros((), device=device)
    for task, logits in scores.items():
        accepted, allowed, weight = (part[rows].to(device) for part in examples.masks[task])
        have = weight > 0
        if not bool(have.any()):
            continue
        logits, accepted, allowed, weight = logits[have], accepted[have], allowed[have], weight[have]
        logs = F.log_softmax(logits.float().masked_fill(~allowed, -1e4), dim=1)
        right = logs.masked_fill(~accepted, -1e4).logsumexp(1)
        even = (logs * allowed).sum(1) / allowed.sum(1)
        total = total - (weight * ((1 - smoothing) * right + smoothing * even)).sum()
    return total / len(rows)


def distance_of(embedding: torch.Tensor, examples: Examples, rows: list[int]) -> torch.Tensor:
    """Gives the mean over the texts: 1 less the cosine with the target, 0 for a text that has none."""
    numbers = examples.vectors[rows]
    have = (numbers >= 0).nonzero().squeeze(1)
    cosines = F.cosine_similarity(embedding[have.to(embedding.device)], examples.targets[numbers[have]].to(embedding.device))
    return (1 - cosines).sum() / len(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("mixed", "start", "out"):
        parser.add_argument(name, type=Path)
    for name, default in [("minutes", 1e9), ("rate", 1e-4), ("head-rate", 5e-4), ("dropout", 0.1), ("smoothing", 0.05),
                          ("word-rate", 0.0), ("vector-weight", 3.0)]:
        parser.add_argument(f"--{name}", type=float, default=default)
    for name, default in [("frozen", 0), ("texts", 32), ("tokens", 2048), ("seed", 42), ("steps", 0)]:
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    config = json.loads((options.start / "config.json").read_text())
    tasks = json.loads((options.mixed / "tasks.json").read_text())
    pad = config["pad_token_id"]
    train = Examples(options.mixed / "train.jsonl", tasks)
    dimension = 0 if train.targets is None else train.targets.shape[1]
    model = Classifier(config, tasks, options.dropout, dimension)
    model.load(load_file(options.start / "model.safetensors"))
    model.to(device)
    options.out.mkdir(parents=True, exist_ok=True)
    plan = train.batches(options.texts, options.tokens, options.seed)

    fixed = (("positions.",) if options.word_rate else ("words.", "positions.")) + tuple(f"blocks.{block}." for block in range(options.frozen))
    fixed += ("norm.",) if options.frozen else ()
    groups = []
    for name, parameter in model.named_parameters():
        parameter.requires_grad = not name.startswith(fixed)
        if parameter.requires_grad:
            rate = options.head_rate if name.startswith(("dense.", "out.", "projection.")) else options.rate
            rate = options.word_rate if name.startswith("words.") else rate
            decay = 0.01 if parameter.dim() > 1 else 0.0
            groups.append({"params": [parameter], "rate": rate, "weight_decay": decay})
    optimizer = torch.optim.AdamW(groups, lr=1.0, betas=(0.9, 0.999), eps=1e-8, fused=True)
    steps = min(options.steps or len(plan), len(plan))
    state, step, spent, tokens_before, losses = options.out / "state.pt", 0, 0.0, 0, {}
    if state.exists():
        saved = torch.load(state, map_location=device)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        step, spent, tokens_before, losses = (saved[key] for key in ("step", "spent", "tokens", "losses"))
    print(f"{len(train.ids)} examples, {sum(map(len, train.ids))} tokens, {steps} steps from {step} on {device}", flush=True)

    started, first, tokens, smooth, written = time.time(), step, 0, None, time.time()
    learning = [parameter for group in groups for parameter in group["params"]]
    model.train()
    while step < steps:
        seconds = spent + time.time() - started
        if step - first >= 50 and step % 10 == 0:
            pace = (time.time() - started) / (step - first)
            steps = min(len(plan), options.steps or len(plan), step + max(0, int((60 * options.minutes - seconds) / pace)))
        if step >= steps:
            break
        warm = max(1.0, 0.06 * steps)
        factor = min((step + 1) / warm, max(0.0, (steps - step) / (steps - warm)))
        for group in optimizer.param_groups:
            group["lr"] = group["rate"] * factor
        rows = plan[step]
        ids, present = train.padded(rows, pad)
        scores, embedding = model(ids.to(device), present.to(device))
        loss = loss_of(scores, train, rows, options.smoothing, device)
        if embedding is not None:
            loss = loss + options.vector_weight * distance_of(embedding, train, rows)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(learning, 1.0)
        optimizer.step()
        step += 1
        tokens += int(present.sum())
        value = float(loss.detach())
        if not math.isfinite(value):
            raise SystemExit(f"the loss is {value} after {step} steps; lower the rate")
        smooth = value if smooth is None else 0.98 * smooth + 0.02 * value
        if step % 50 == 0:
            pace = (time.time() - started) / (step - first)
            losses[step] = round(smooth, 4)
            print(f"step {step}/{steps} loss {smooth:.4f} {tokens / (time.time() - started):.0f} tokens/s "
                  f"{(steps - step) * pace / 60:.1f} min left", flush=True)
        if time.time() - written > 600:
            partial = state.with_suffix(".part")
            torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step,
                        "spent": spent + time.time() - started, "tokens": tokens_before + tokens, "losses": losses}, partial)
            partial.replace(state)
            written = time.time()

    names = model.names()
    tensors = {names[name]: parameter.detach().cpu().contiguous() for name, parameter in model.named_parameters()}
    tensors["embeddings.token_type_embeddings.weight"] = torch.zeros(config["type_vocab_size"], config["hidden_size"])
    save_file(tensors, options.out / "model.safetensors")
    config["tasks"] = tasks
    (options.out / "config.json").write_text(json.dumps(config, indent=2))
    shutil.copy(options.start / "tokenizer.json", options.out / "tokenizer.json")
    report = {
        "options": {key: str(value) for key, value in vars(options).items() if not isinstance(value, Path)},
        "steps": step, "tokens": tokens_before + tokens, "wall_minutes": round((spent + time.time() - started) / 60, 1),
        "loss_by_step": losses,
    }
    (options.out / "training.json").write_text(json.dumps(report, indent=2))
    state.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
