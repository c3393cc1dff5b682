"""Compares our skip-gram vectors with gensim's on the same words and settings.

    python compare_gensim.py TOKENS OURS [--train COMMAND] [--dimension 100] [--window 5] [--epochs 5]

TOKENS has a text a line, its words apart by single spaces. OURS are our vectors of it in the text format of word2vec. With
--train, COMMAND is run first, on one thread: it writes OURS and prints a line of JSON with `words_per_s`, the words of the
corpus times the epochs per second of training. gensim trains on one thread with two seeds. Prints JSON:

- overlap: the mean share of the 10 nearest neighbours in common, over the 300 commonest words;
- spearman: the rank correlation of the cosines of random pairs of the 2000 commonest words.

Both are given between us and gensim, and between gensim and itself with another seed, which is as alike as two trainings of
one method are. Needs gensim 4.4.0 and numpy.
"""

import argparse
import json
import shlex
import subprocess
import time

import numpy as np
from gensim.models import KeyedVectors, Word2Vec

NEIGHBOURS = 10
WORDS = 300
PAIR_WORDS = 2000
PAIRS = 20_000


def train_gensim(sentences, arguments, seed):
    model = Word2Vec(
        vector_size=arguments.dimension,
        window=arguments.window,
        sg=1,
        negative=5,
        ns_exponent=0.75,
        sample=1e-3,
        alpha=0.025,
        min_alpha=0.0001,
        min_count=5,
        workers=1,
        seed=seed,
    )
    model.build_vocab(sentences)
    start = time.perf_counter()
    model.train(sentences, total_examples=model.corpus_count, epochs=arguments.epochs)
    seconds = time.perf_counter() - start
    # The words that gensim counts as trained leave out rare ones, as ours do.
    words = sum(model.wv.get_vecattr(word, "count") for word in model.wv.index_to_key)
    return model.wv, int(words * arguments.epochs / seconds)


def unit_vectors(vectors, words):
    rows = np.stack([vectors[word] for word in words])
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def overlap(left, right):
    def nearest(rows):
        cosines = rows[:WORDS] @ rows.T
        cosines[np.arange(WORDS), np.arange(WORDS)] = -2
        return np.argsort(-cosines, axis=1, kind="stable")[:, :NEIGHBOURS]

    pairs = zip(nearest(left), nearest(right))
    return float(np.mean([len(set(a) & set(b)) / NEIGHBOURS for a, b in pairs]))


def spearman(left, right):
    random = np.random.default_rng(1)
    first, second = random.integers(0, min(PAIR_WORDS, len(left)), (2, PAIRS))
    apart = first != second
    first, second = first[apart], second[apart]
    ranks = [np.argsort(np.argsort((rows[first] * rows[second]).sum(1))) for rows in (left, right)]
    return float(np.corrcoef(*ranks)[0, 1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tokens")
    parser.add_argument("ours")
    parser.add_argument("--train")
    parser.add_argument("--dimension", type=int, default=100)
    parser.add_argument("--window", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=5)
    arguments = parser.parse_args()

    report = {}
    if arguments.train:
        finished = subprocess.run(shlex.split(arguments.train), check=True, capture_output=True)
        report["our_words_per_s"] = int(json.loads(finished.stdout)["words_per_s"])
    with open(arguments.tokens, encoding="utf-8") as file:
        sentences = [line.split() for line in file]
    gensim, rate = train_gensim(sentences, arguments, 1)
    other_seed, other_rate = train_gensim(sentences, arguments, 2)
    report["gensim_words_per_s"] = max(rate, other_rate)
    if arguments.train:
        report["speed_ratio"] = round(report["our_words_per_s"] / report["gensim_words_per_s"], 2)

    ours = KeyedVectors.load_word2vec_format(arguments.ours, binary=False)
    words = [word for word in gensim.index_to_key if word in ours]
    report["words"] = len(words)
    report["words_in_one_only"] = len(gensim.index_to_key) + len(ours) - 2 * len(words)
    first, second = unit_vectors(gensim, words), unit_vectors(other_seed, words)
    own = unit_vectors(ours, words)
    for name, measure in (("overlap", overlap), ("spearman", spearman)):
        report[f"{name}_ours_gensim"] = round((measure(own, first) + measure(own, second)) / 2, 4)
        report[f"{name}_gensim_gensim"] = round(measure(first, second), 4)
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
