"""Measures how fast ONNX Runtime computes the vectors of texts with our encoder, tokenising included.

    python score_onnxruntime.py ENCODER.onnx TOKENIZER.json TEXTS.jsonl [--threads 2] [--processes 1] [--batch 32] [--limit N]
                                [--rounds 1]

TEXTS.jsonl has an object with the field `text` on every line. Texts are sorted by length and padded to the longest of
their batch; several processes take every so manieth batch. Opening the model is not timed. Prints one JSON object: the
median of the rounds. The encoder may be in any form that `groundswell models --export DIR --form FORM` writes;
`bytes-per-batch` is the fastest one here.
"""

import argparse
import json
import multiprocessing
import statistics
import time

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

LONGEST = 256


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("encoder")
    parser.add_argument("tokenizer")
    parser.add_argument("texts")
    parser.add_argument("--threads", type=int, default=2, help="of each process")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--rounds", type=int, default=1)
    arguments = parser.parse_args()

    with open(arguments.texts, encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines][: arguments.limit]
    texts.sort(key=len, reverse=True)
    batches = [texts[start : start + arguments.batch] for start in range(0, len(texts), arguments.batch)]
    shares = [batches[number :: arguments.processes] for number in range(arguments.processes)]
    context = multiprocessing.get_context("spawn")
    workers, ends = [], []
    for share in shares:
        ours, theirs = context.Pipe()
        worker = context.Process(target=work, args=(arguments, share, theirs), daemon=True)
        worker.start()
        workers.append(worker)
        ends.append(ours)
    for end in ends:
        end.recv()

    seconds, tokens = [], 0
    for _ in range(arguments.rounds):
        start = time.perf_counter()
        for end in ends:
            end.send("go")
        tokens = sum(end.recv() for end in ends)
        seconds.append(time.perf_counter() - start)
    for end, worker in zip(ends, workers):
        end.send("end")
        worker.join()
    print(
        json.dumps(
            {
                "runtime": f"onnxruntime {onnxruntime.__version__}",
                "processes": arguments.processes,
                "threads": arguments.threads,
                "batch": arguments.batch,
                "texts": len(texts),
                "tokens": tokens,
                "seconds": round(statistics.median(seconds), 2),
                "texts_per_second": round(len(texts) / statistics.median(seconds), 1),
                "tokens_per_second": round(tokens / statistics.median(seconds)),
            }
        )
    )


def work(arguments, batches, end):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = arguments.threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(arguments.encoder, options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(arguments.tokenizer)
    run(session, tokenizer, batches[len(batches) // 2])
    end.send("ready")
    while end.recv() == "go":
        end.send(sum(run(session, tokenizer, batch) for batch in batches))


def run(session, tokenizer, texts):
    ids = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    ids = [row if len(row) <= LONGEST else row[: LONGEST - 1] + row[-1:] for row in ids]
    length = max(map(len, ids))
    input_ids = np.ones((len(ids), length), np.int64)
    mask = np.zeros((len(ids), length), np.int64)
    for index, row in enumerate(ids):
        input_ids[index, : len(row)] = row
        mask[index, : len(row)] = 1
    session.run(None, {"input_ids": input_ids, "attention_mask": mask})
    return sum(map(len, ids))


if __name__ == "__main__":
    main()
