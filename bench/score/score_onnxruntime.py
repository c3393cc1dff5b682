"""Measures how fast ONNX Runtime computes the vectors of texts with our encoder, tokenising included.

    python score_onnxruntime.py ENCODER.onnx TOKENIZER.json TEXTS.jsonl [--threads 2] [--batch 32] [--limit N] [--rounds 3]

TEXTS.jsonl has an object with the field `text` on every line. Texts are sorted by length and padded to the longest of
their batch. Prints one JSON object: the median and the extremes of the rounds. The encoder may be in any form that
`cargo run --release -p groundswell-models --example encoder_forms` writes; `bytes-per-batch` is the fastest one here.
"""

import argparse
import json
import statistics
import time

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

LONGEST = 128


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("encoder")
    parser.add_argument("tokenizer")
    parser.add_argument("texts")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--limit", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = arguments.threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(arguments.encoder, options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(arguments.tokenizer)
    with open(arguments.texts, encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line, _ in zip(lines, range(arguments.limit))]
    run(session, tokenizer, texts[: arguments.batch], arguments.batch)

    seconds, processor_seconds = [], []
    for _ in range(arguments.rounds):
        start, processor_start = time.perf_counter(), time.process_time()
        tokens = run(session, tokenizer, texts, arguments.batch)
        seconds.append(time.perf_counter() - start)
        processor_seconds.append(time.process_time() - processor_start)
    print(
        json.dumps(
            {
                "runtime": f"onnxruntime {onnxruntime.__version__}",
                "encoder": arguments.encoder.rsplit("/", 1)[-1],
                "threads": arguments.threads,
                "batch": arguments.batch,
                "texts": len(texts),
                "tokens": tokens,
                "posts_per_second": round(len(texts) / statistics.median(seconds), 1),
                "posts_per_second_extremes": [
                    round(len(texts) / max(seconds), 1),
                    round(len(texts) / min(seconds), 1),
                ],
                "tokens_per_second": round(tokens / statistics.median(seconds)),
                "tokens_per_processor_second": round(tokens / statistics.median(processor_seconds)),
            }
        )
    )


def run(session, tokenizer, texts, batch):
    ids = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    ids = [row if len(row) <= LONGEST else row[: LONGEST - 1] + row[-1:] for row in ids]
    order = sorted(range(len(ids)), key=lambda index: -len(ids[index]))
    for start in range(0, len(order), batch):
        rows = [ids[index] for index in order[start : start + batch]]
        length = max(map(len, rows))
        input_ids = np.ones((len(rows), length), np.int64)
        mask = np.zeros((len(rows), length), np.int64)
        for index, row in enumerate(rows):
            input_ids[index, : len(row)] = row
            mask[index, : len(row)] = 1
        session.run(None, {"input_ids": input_ids, "attention_mask": mask})
    return sum(map(len, ids))


if __name__ == "__main__":
    main()
