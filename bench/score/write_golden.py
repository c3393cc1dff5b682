"""Writes what the numpy reference says about the golden texts of the model tasks.

    python write_golden.py CHECKPOINT CRATE

CHECKPOINT is the folder that the shipped weights were exported from, CRATE is crates/models. Fills the probabilities of
CRATE/src/tasks/*/golden.jsonl and writes CRATE/tests/golden/vectors.jsonl, of texts without a target. Run it
after each export of new weights.
"""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

REFERENCE = Path(__file__).parent.parent / "reference" / "encoder_reference.py"
VECTORS_PER_TASK = 8
# Stands between a target and its text in the arguments of the reference.
SEPARATOR = "\x1f"


def main():
    checkpoint, crate = Path(sys.argv[1]), Path(sys.argv[2])
    vectors = []
    for path in sorted(crate.glob("src/tasks/*/golden.jsonl")):
        task = path.parent.name
        golden = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        texts = [argument(line) for line in golden]
        command = [sys.executable, str(REFERENCE), str(checkpoint), *texts, "--float64"]
        results = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        for line, result in zip(golden, results):
            scores = np.array(result["logits"][task])
            shares = np.exp(scores - scores.max())
            line["probabilities"] = [round(share, 5) for share in (shares / shares.sum()).tolist()]
        write(path, golden)
        alone = [result for line, result in zip(golden, results) if "target" not in line]
        step = max(1, len(alone) // VECTORS_PER_TASK)
        for result in alone[::step]:
            pooled = [round(value, 4) for value in result["pooled"]]
            vectors.append({"text": result["text"], "ids": result["ids"], "pooled": pooled})
    folder = crate / "tests" / "golden"
    folder.mkdir(exist_ok=True)
    write(folder / "vectors.jsonl", vectors)


def argument(line):
    return line["target"] + SEPARATOR + line["text"] if "target" in line else line["text"]


def write(path, lines):
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
