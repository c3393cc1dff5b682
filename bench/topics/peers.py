"""Finds topics with one of the peers: BERTopic, or LDA or NMF of scikit-learn. Called by `run`, a process for each fit.

    python peers.py PEER TEXTS.jsonl OUT.json [--topics K] [--seed S] [--embeddings FILE.npy]

PEER is bertopic, lda or nmf. OUT gets the topic of every text (null for none), the ten terms of every topic, the seconds of the fit, how
many of them BERTopic spent on terms, and the most memory the process held. BERTopic reads the embeddings it is given; stop words are taken out of the terms of every peer.
"""

import argparse
import json
import resource
import time
from pathlib import Path

import numpy as np

TERMS = 10


def with_bertopic(texts, topics, seed, embeddings):
    from bertopic import BERTopic
    from sklearn.feature_extraction.text import CountVectorizer
    from umap import UMAP

    begun = time.time()
    model = BERTopic(
        # One more, since texts without a topic count as one.
        nr_topics=topics + 1 if topics else None,
        umap_model=UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=seed),
        vectorizer_model=CountVectorizer(stop_words="english"),
        calculate_probabilities=False,
    )
    extract, spent = model._extract_topics, []

    def timed(*arguments, **options):
        started = time.time()
        extract(*arguments, **options)
        spent.append(time.time() - started)

    model._extract_topics = timed
    found, _ = model.fit_transform(texts, embeddings)
    seconds = time.time() - begun
    numbers = sorted(number for number in model.get_topics() if number >= 0)
    terms = [[word for word, score in model.get_topic(number) if word] for number in numbers]
    return [None if topic < 0 else numbers.index(topic) for topic in found], terms, seconds, sum(spent)


def with_words(texts, topics, seed, peer):
    from sklearn.decomposition import NMF, LatentDirichletAllocation
    from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

    begun = time.time()
    if peer == "lda":
        vectorizer = CountVectorizer(stop_words="english", min_df=2)
        model = LatentDirichletAllocation(n_components=topics, random_state=seed)
    else:
        vectorizer = TfidfVectorizer(stop_words="english", min_df=2)
        model = NMF(n_components=topics, random_state=seed, init="nndsvda", max_iter=400)
    weights = model.fit_transform(vectorizer.fit_transform(texts))
    seconds = time.time() - begun
    names = vectorizer.get_feature_names_out()
    terms = [[names[word] for word in np.argsort(-row)[:TERMS]] for row in model.components_]
    return [int(row.argmax()) if row.max() > 0 else None for row in weights], terms, seconds, 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peer", choices=["bertopic", "lda", "nmf"])
    parser.add_argument("texts", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--topics", type=int)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--embeddings", type=Path)
    options = parser.parse_args()
    texts = [json.loads(line)["text"] for line in open(options.texts, encoding="utf-8")]
    if options.peer == "bertopic":
        embeddings = np.load(options.embeddings)
        assigned, terms, seconds, terms_seconds = with_bertopic(texts, options.topics, options.seed, embeddings)
    else:
        assigned, terms, seconds, terms_seconds = with_words(texts, options.topics, options.seed, options.peer)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    found = {"assigned": assigned, "terms": terms, "seconds": seconds, "terms_seconds": terms_seconds, "peak_memory_bytes": peak}
    options.out.write_text(json.dumps(found))


if __name__ == "__main__":
    main()
