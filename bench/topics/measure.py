"""Measures topics, whoever found them, by the same code: coherence of gensim, agreement of scikit-learn. Called by `run`.

    python measure.py TEXTS.jsonl FOUND.json…

FOUND holds `assigned` and `terms` as `peers.py` writes them; several of them are fits from different seeds. Prints JSON: the mean of every
measure over the fits, the most memory of any, and their stability (the mean over pairs of fits of the share of texts that agree once topics
are matched).
"""

import itertools
import json
import re
import sys

import numpy as np
from gensim.corpora import Dictionary
from gensim.models.coherencemodel import CoherenceModel
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_mutual_info_score, normalized_mutual_info_score
from sklearn.metrics.cluster import contingency_matrix

WORD = re.compile(r"[a-z0-9][a-z0-9'&+#.-]*[a-z0-9+#]|[a-z0-9]")


def accuracy(left, right):
    counts = contingency_matrix(left, right)
    rows, columns = linear_sum_assignment(-counts)
    return counts[rows, columns].sum() / counts.sum()


def coherence(terms, words, dictionary, measure, window):
    known = [[term for term in topic if term in dictionary.token2id] for topic in terms]
    known = [topic for topic in known if len(topic) > 1]
    if not known:
        return None
    model = CoherenceModel(topics=known, texts=words, dictionary=dictionary, coherence=measure, window_size=window, topn=10, processes=1)
    values = [value for value in model.get_coherence_per_topic() if not np.isnan(value)]
    return float(np.mean(values)) if values else None


def measured(fit, labels, words, dictionary):
    terms = [topic[:10] for topic in fit["terms"] if topic]
    # Texts without a topic are a class of their own.
    assigned = [-1 if topic is None else topic for topic in fit["assigned"]]
    every = [term for topic in terms for term in topic]
    return {
        "topics": len(fit["terms"]),
        "npmi": coherence(terms, words, dictionary, "c_npmi", 10),
        "c_v": coherence(terms, words, dictionary, "c_v", 110),
        "diversity": len(set(every)) / max(1, len(every)),
        "nmi": normalized_mutual_info_score(labels, assigned),
        "ami": adjusted_mutual_info_score(labels, assigned),
        "accuracy": float(accuracy(labels, assigned)),
        "coverage": 1 - assigned.count(-1) / len(assigned),
        "seconds": fit["seconds"],
    }


def mean(values):
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def stability(fits):
    agreements = []
    for one, other in itertools.combinations(fits, 2):
        both = [(a, b) for a, b in zip(one["assigned"], other["assigned"]) if a is not None and b is not None]
        if both:
            agreements.append(accuracy(*zip(*both)))
    return mean(agreements)


def main() -> None:
    rows = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
    fits = [json.load(open(name)) for name in sys.argv[2:]]
    words = [WORD.findall(row["text"].lower()) for row in rows]
    dictionary = Dictionary(words)
    labels = [row["label"] for row in rows]
    of_fits = [measured(fit, labels, words, dictionary) for fit in fits]
    measures = {measure: mean([of_fit[measure] for of_fit in of_fits]) for measure in of_fits[0]}
    measures["topics"] = round(measures["topics"], 1)
    measures["stability"] = stability(fits)
    measures["peak_memory_bytes"] = max(fit["peak_memory_bytes"] for fit in fits)
    print(json.dumps(measures))


if __name__ == "__main__":
    main()
