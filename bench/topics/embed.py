"""Embeds texts with all-MiniLM-L6-v2, the default of BERTopic, in PyTorch. Called by `run`.

    python embed.py MODEL TEXTS.jsonl OUT.npy

MODEL is a folder with `config.json`, `model.safetensors` and `tokenizer.json` of sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0): mean
of the token vectors, length 1, as sentence-transformers computes it, of at most 256 pieces.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "training"))
from teachers import embed  # noqa: E402


def main() -> None:
    model, texts, out = sys.argv[1:]
    torch.set_grad_enabled(False)
    rows = [json.loads(line)["text"] for line in open(texts, encoding="utf-8")]
    np.save(out, embed(Path(model), rows, longest=256).astype(np.float32))


if __name__ == "__main__":
    main()
