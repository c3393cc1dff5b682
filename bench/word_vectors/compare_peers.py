#!/usr/bin/env python3
"""Compares the word vectors of this program with those of others: same words, same settings. Prints Markdown.

    python compare_peers.py TEXTS [--method skip-gram|glove] [--dimension 100] [--window N] [--epochs N] [--minimum-count 5]

TEXTS has a text a line. Build the program first: cargo build --release. It collects the texts into a workspace that is thrown away,
cuts them into words, and learns vectors; the peer learns twice from those words, with two seeds, because two trainings of one method
are never alike. The peer of skip-gram is gensim, on one thread as we are. That of GloVe is mittens (Dingwall and Potts 2018), which takes
the dense matrix of counts: choose a minimum count that leaves a few thousand words. What is compared, of the words that both have:

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
import mittens
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
# The settings of the program where none are given: window and epochs.
DEFAULTS = {"skip-gram": (5, 5), "glove": (10, 25)}
# The peer takes one step per pass over all pairs, so it needs more passes.
GLOVE_STEPS = 1000


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
    settings = ["--method", options.method, "--dimension", options.dimension]
    settings += ["--window", options.window, "--epochs", options.epochs]
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


def count_pairs(sentences, words, window):
    """Counts near words, each pair by the inverse of its distance (Pennington et al. 2014, section 4.2)."""
    places = {word: place for place, word in enumerate(words)}
    counts = np.zeros((len(words), len(words)))
    for sentence in sentences:
        # Words that are too rare do not count as a distance, here as with us.
        ids = np.array([places[word] for word in sentence if word in places], dtype=int)
        for distance in range(1, min(window, len(ids) - 1) + 1):
            np.add.at(counts, (ids[distance:], ids[:-distance]), 1 / distance)
    return counts + counts.T


def train_mittens(sentences, options, words):
    """Learns GloVe vectors; the peer draws its first values from the operating system, so that no run is like another."""
    counts = count_pairs(sentences, words, options.window)
    start = time.perf_counter()
    model = mittens.GloVe(n=options.dimension, xmax=100, alpha=0.75, max_iter=GLOVE_STEPS, learning_rate=0.05, display_progress=0)
    rows = model.fit(counts)
    vectors = KeyedVectors(options.dimension)
    vectors.add_vectors(words, rows)
    print(f"mittens: {time.perf_counter() - start:.0f} s, loss {model.errors[0]:.0f} to {model.errors[-1]:.0f}", file=sys.stderr)
    return vectors


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
    parser.add_argument("--method", choices=list(DEFAULTS), default="skip-gram")
    parser.add_argument("--dimension", type=int, default=100)
    parser.add_argument("--window", type=int)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--minimum-count", type=int, default=5)
    options = parser.parse_args()
    window, epochs = DEFAULTS[options.method]
    options.window, options.epochs = options.window or window, options.epochs or epochs

    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        workspace = collect(options.texts, folder)
        sentences = cut(workspace)
        ours, our_rate = train_ours(workspace, options, folder)
    if options.method == "glove":
        name, about = "mittens", f"{GLOVE_STEPS} steps over all pairs with the peer"
        peer, other = (train_mittens(sentences, options, ours.index_to_key) for _ in range(2))
    else:
        name, about = f"gensim {gensim.__version__}", "5 negative words, one thread"
        (peer, peer_rate), (other, other_rate) = (train_gensim(sentences, options, seed) for seed in (1, 2))

    words = [word for word in peer.index_to_key if word in ours]
    apart = len(peer.index_to_key) + len(ours) - 2 * len(words)
    own, first, second = (unit_vectors(vectors, words) for vectors in (ours, peer, other))
    print(f"# Word vectors beside {name}, {datetime.date.today()}, {os.cpu_count()} x {platform.machine()}\n")
    print(f"`{options.texts.name}`: {len(sentences):,} texts, {len(words):,} words with a vector in both, {apart:,} in one alone.")
    print(f"{options.method}, {options.dimension} values, window {options.window}, {options.epochs} epochs, {about}.\n")
    if options.method == "skip-gram":
        rate = max(peer_rate, other_rate)
        print(f"| | here | {name} | here / {name} |\n|---|---|---|---|")
        print(f"| words a second | {our_rate:,} | {rate:,} | {our_rate / rate:.2f} |\n")
    print(f"| agreement | here and {name} | {name} and itself, another seed |\n|---|---|---|")
    measures = [
        (f"{NEIGHBOURS} nearest neighbours in common", overlap),
        ("rank correlation of cosines", rank_correlation),
    ]
    for measure_name, measure in measures:
        between = (measure(own, first) + measure(own, second)) / 2
        print(f"| {measure_name} | {between:.3f} | {measure(first, second):.3f} |")


if __name__ == "__main__":
    main()
