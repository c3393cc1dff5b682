#!/usr/bin/env python3
"""Compares the skip-gram vectors of this program with gensim's: same words, same settings, one thread. Prints Markdown.

    python compare_gensim.py TEXTS [--dimension 100] [--window 5] [--epochs 5] [--minimum-count 5]

TEXTS has a text a line. Build the program first: cargo build --release. It collects the texts into a workspace that is thrown away,
cuts them into words, and learns vectors; gensim learns twice from those words, with two seeds, because two trainings of one method
are never alike. What is compared, of the words that both have:

- the share of the 10 nearest neighbours in common, the mean over the 300 commonest words;
- the rank correlation of the cosines of random pairs of the 2000 commonest words.

Needs the packages of bench/peers/bench-requirements.txt.
"""

import argparse
import datetime
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import gensim
import numpy as np
from gensim.models import KeyedVectors, Word2Vec

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
PROGRAM = TARGET / "release" / "groundswell"
NEIGHBOURS = 10
WORDS = 300
PAIR_WORDS = 2000
PAIRS = 20_000
START = datetime.datetime(2026, 1, 1)


def run(*arguments):
    done = subprocess.run([str(PROGRAM), *arguments], capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        sys.exit(f"{' '.join(arguments)}\n{done.stderr}")
    return done


def collect(texts, folder):
    """Brings the texts into a workspace, a second apart, so that their time gives their order."""
    posts = folder / "posts.jsonl"
    with open(texts, encoding="utf-8") as lines, open(posts, "w", encoding="utf-8") as out:
        for number, line in enumerate(lines):
            created_at = (START + datetime.timedelta(seconds=number)).isoformat() + "Z"
            print(json.dumps({"native_id": str(number), "created_at": created_at, "text": line.strip()}), file=out)
    workspace = str(folder / "workspace")
    run("--workspace", workspace, "collect", "file", str(posts))
    return workspace


def cut(workspace):
    """Gives the words of every text, as the training cuts them."""
    query = "SELECT segment(match_text(text)) AS words FROM posts ORDER BY created_at"
    rows = json.loads(run("--workspace", workspace, "--format", "json", "sql", query).stdout)
    return [row["words"] for row in rows]


def train_ours(workspace, options, folder):
    out = folder / "vectors.txt"
    settings = ["--dimension", options.dimension, "--window", options.window, "--epochs", options.epochs]
    settings += ["--minimum-count", options.minimum_count]
    query = "SELECT text FROM posts ORDER BY created_at"
    names = ["--name", "words", "--data", query, "--text-out", str(out)]
    done = run("--workspace", workspace, "train", "word-vectors", *names, *map(str, settings))
    rate = int(re.search(r"(\d+) words a second", done.stderr)[1])
    return KeyedVectors.load_word2vec_format(str(out), binary=False), rate


def train_gensim(sentences, options, seed):
    model = Word2Vec(
        vector_size=options.dimension,
        window=options.window,
        sg=1,
        negative=5,
        ns_exponent=0.75,
        sample=1e-3,
        alpha=0.025,
        min_alpha=0.0001,
        min_count=options.minimum_count,
        workers=1,
        seed=seed,
    )
    model.build_vocab(sentences)
    start = time.perf_counter()
    model.train(sentences, total_examples=model.corpus_count, epochs=options.epochs)
    seconds = time.perf_counter() - start
    # Words that are too rare for a vector do not count, here as with us.
    words = sum(model.wv.get_vecattr(word, "count") for word in model.wv.index_to_key)
    return model.wv, int(words * options.epochs / seconds)


def unit_vectors(vectors, words):
    rows = np.stack([vectors[word] for word in words])
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def overlap(left, right):
    count = min(WORDS, len(left))

    def nearest(rows):
        cosines = rows[:count] @ rows.T
        cosines[np.arange(count), np.arange(count)] = -2
        return np.argsort(-cosines, axis=1, kind="stable")[:, :NEIGHBOURS]

    pairs = zip(nearest(left), nearest(right))
    return float(np.mean([len(set(a) & set(b)) / NEIGHBOURS for a, b in pairs]))


def rank_correlation(left, right):
    random = np.random.default_rng(1)
    first, second = random.integers(0, min(PAIR_WORDS, len(left)), (2, PAIRS))
    apart = first != second
    first, second = first[apart], second[apart]
    ranks = [np.argsort(np.argsort((rows[first] * rows[second]).sum(1))) for rows in (left, right)]
    return float(np.corrcoef(*ranks)[0, 1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", type=Path)
    parser.add_argument("--dimension", type=int, default=100)
    parser.add_argument("--window", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--minimum-count", type=int, default=5)
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        workspace = collect(options.texts, folder)
        sentences = cut(workspace)
        ours, our_rate = train_ours(workspace, options, folder)
    peer, peer_rate = train_gensim(sentences, options, 1)
    other_seed, other_rate = train_gensim(sentences, options, 2)
    peer_rate = max(peer_rate, other_rate)

    words = [word for word in peer.index_to_key if word in ours]
    apart = len(peer.index_to_key) + len(ours) - 2 * len(words)
    own, first, second = (unit_vectors(vectors, words) for vectors in (ours, peer, other_seed))
    print(f"# Word vectors beside gensim, {datetime.date.today()}, {os.cpu_count()} x {platform.machine()}\n")
    print(f"`{options.texts.name}`: {len(sentences):,} texts, {len(words):,} words with a vector in both, {apart:,} in one alone.")
    print(f"Skip-gram with 5 negative words, {options.dimension} values, window {options.window}, {options.epochs} epochs, one thread.\n")
    print(f"| | here | gensim {gensim.__version__} | here / gensim |\n|---|---|---|---|")
    print(f"| words a second | {our_rate:,} | {peer_rate:,} | {our_rate / peer_rate:.2f} |\n")
    print("| agreement | here and gensim | gensim and gensim, another seed |\n|---|---|---|")
    measures = [
        (f"{NEIGHBOURS} nearest neighbours in common", overlap),
        ("rank correlation of cosines", rank_correlation),
    ]
    for name, measure in measures:
        between = (measure(own, first) + measure(own, second)) / 2
        print(f"| {name} | {between:.3f} | {measure(first, second):.3f} |")


if __name__ == "__main__":
    main()
