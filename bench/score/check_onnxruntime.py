"""Opens the shipped ONNX files in ONNX Runtime and compares them with the golden values.

    python check_onnxruntime.py CRATE

CRATE is crates/models. Exits with 1 if a vector or a probability is further from the numpy reference than the tests of
the crate allow for its own runtime.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

SMALLEST_COSINE = 0.99
LARGEST_DIFFERENCE = 0.1


def main():
    crate = Path(sys.argv[1])
    weights = crate / "weights"
    open_file = lambda name: onnxruntime.InferenceSession(
        str(weights / name), providers=["CPUExecutionProvider"]
    )
    encoder, heads = open_file("encoder.onnx"), open_file("heads.onnx")
    tokenizer = Tokenizer.from_file(str(weights / "tokenizer.json"))

    # Padding must change nothing.
    padding = 3

    def read(text, target=None):
        encoding = tokenizer.encode(text) if target is None else tokenizer.encode(target, text)
        ids = np.array([encoding.ids + [1] * padding], np.int64)
        mask = np.array([[1] * len(encoding.ids) + [0] * padding], np.int64)
        inputs = {"input_ids": ids, "attention_mask": mask}
        return {**inputs, "pooled": encoder.run(["pooled"], inputs)[0]}

    taken = {one.name for one in heads.get_inputs()}

    cosines = []
    for line in (crate / "tests/golden/vectors.jsonl").read_text(encoding="utf-8").splitlines():
        golden = json.loads(line)
        ours, reference = read(golden["text"])["pooled"][0], np.array(golden["pooled"])
        cosines.append(float(ours @ reference / np.linalg.norm(ours) / np.linalg.norm(reference)))
    differences = {}
    for path in sorted(crate.glob("src/tasks/*/golden.jsonl")):
        task = path.parent.name
        for line in path.read_text(encoding="utf-8").splitlines():
            golden = json.loads(line)
            found = read(golden["text"], golden.get("target"))
            shares = heads.run([task], {name: found[name] for name in taken})[0][0]
            difference = float(np.abs(shares - np.array(golden["probabilities"])).max())
            differences.setdefault(task, []).append(difference)
    print(f"cosine to the reference: smallest {min(cosines):.5f}, mean {np.mean(cosines):.5f}")
    for task, values in differences.items():
        print(f"{task}: probabilities differ by {max(values):.4f} at most, {np.mean(values):.4f} on average")
    largest = max(max(values) for values in differences.values())
    sys.exit(min(cosines) < SMALLEST_COSINE or largest > LARGEST_DIFFERENCE)


if __name__ == "__main__":
    main()
