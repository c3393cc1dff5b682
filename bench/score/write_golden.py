"""Writes what the numpy reference says about the golden texts of the model tasks.

    python write_golden.py CHECKPOINT CRATE

CHECKPOINT is the folder that the shipped weights were exported from, CRATE is crates/models. Fills the probabilities of
CRATE/src/tasks/*/golden.jsonl and writes CRATE/tests/golden/vectors.jsonl. Run it after each export of new weights.
"""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

REFERENCE = Path(__file__).parent.parent / "reference" / "encoder_reference.py"
VECTORS_PER_TASK = 8


def main():
    checkpoint, crate = Path(sys.argv[1]), Path(sys.argv[2])
    vectors = []
    for path in sorted(crate.glob("src/tasks/*/golden.jsonl")):
        task = path.parent.name
        golden = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        texts = [line["text"] for line in golden]
        command = [sys.executable, str(REFERENCE), str(checkpoint), *texts, "--float64"]
        results = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        for line, result in zip(golden, results):
            scores = np.array(result["logits"][task])
            shares = np.exp(scores - scores.max())
            line["probabilities"] = [round(share, 5) for share in (shares / shares.sum()).tolist()]
        write(path, golden)
        step = len(golden) // VECTORS_PER_TASK
        for result in results[::step]:
            pooled = [round(value, 4) for value in result["pooled"]]
            vectors.append({"text": result["text"], "ids": result["ids"], "pooled": pooled})
    folder = crate / "tests" / "golden"
    folder.mkdir(exist_ok=True)
    write(folder / "vectors.jsonl", vectors)


def write(path, lines):
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
