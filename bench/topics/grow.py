"""Time and memory of topics as posts grow in number, beside BERTopic, on the same embeddings; draws both.

    bench/topics/grow.py DATA PROGRAM --python PYTHON --place DIR [--sizes 1000,…] [--longest 900] [--out FILE.md] [--plot FILE.svg]

DATA holds `reddit_college` (posts and comments, English) and `ced_weibo_rumor` (reposts, Chinese; one without words of its own reads as
the post it repeats), PROGRAM is the built program, PYTHON an interpreter with bench/peers/topics-requirements.txt, pandas and zstandard.
Embeddings are those of latent semantic analysis (TF-IDF and 256 components, scikit-learn), which both are given: to encode the texts
would take longer than all the rest. Sizes up to the first set's are its first posts in an order by chance; the largest is all of the second.
Every fit is a process of its own, one after the other; numbers of topics are left to the program and to BERTopic. `seconds` are fit and
assignment, without the terms; `whole` is the process with reading, terms and, of the program, all measures of quality. A peer that takes
longer than --longest seconds is not tried on more.
"""

import argparse
import gzip
import io
import json
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SIZES = [1_000, 3_000, 10_000, 30_000, 100_000, 374_572, 1_275_180]


def decompressed(file: Path) -> io.TextIOBase:
    import zstandard

    return io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(open(file, "rb")), encoding="utf-8", errors="replace", newline="\n")


def plain(field: str) -> str:
    return " ".join(field.replace("\\n", " ").replace("\\t", " ").split())


def english(data: Path) -> list[str]:
    lines = decompressed(data / "reddit_college/posts.tsv.zst")
    names = next(lines).rstrip("\n").split("\t")
    title, text = names.index("title"), names.index("text")
    rows = (line.rstrip("\n").split("\t") for line in lines)
    return [plain(" ".join([row[title], row[text]])) or "-" for row in rows]


def chinese(data: Path) -> list[str]:
    originals = [json.loads(line)["text"] for line in gzip.open(data / "ced_weibo_rumor/originals.jsonl.gz", "rt", encoding="utf-8")]
    lines = decompressed(data / "ced_weibo_rumor/reposts.tsv.zst")
    names = next(lines).rstrip("\n").split("\t")
    event, text = names.index("event"), names.index("text")
    rows = (line.rstrip("\n").split("\t") for line in lines)
    return [plain(row[text]) or plain(originals[int(row[event])]) or "-" for row in rows]


def embedded(texts: list[str], is_chinese: bool):
    """Embeds texts by latent semantic analysis, learnt from 50,000 of them; rows are one long."""
    import numpy as np
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    words = {"analyzer": "char", "ngram_range": (1, 2)} if is_chinese else {"stop_words": "english"}
    vectorizer = TfidfVectorizer(min_df=5, max_features=50_000, sublinear_tf=True, **words)
    reduced = TruncatedSVD(256, n_iter=2, random_state=42)
    some = np.random.RandomState(42).permutation(len(texts))[:50_000]
    reduced.fit(vectorizer.fit_transform([texts[row] for row in some]))
    found = np.empty((len(texts), 256), np.float32)
    for first in range(0, len(texts), 20_000):
        found[first : first + 20_000] = reduced.transform(vectorizer.transform(texts[first : first + 20_000]))
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    # A text of unknown words only has no direction: it gets the same one as others of them.
    found[lengths[:, 0] < 1e-6] = 1 / 16
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-6)


def prepare(data: Path, place: Path, sizes: list[int]) -> None:
    import numpy as np

    for is_chinese, read in [(False, english), (True, chinese)]:
        ours = [size for size in sizes if (size > SIZES[-2]) == is_chinese]
        if all((place / f"{size}.npy").exists() for size in ours):
            continue
        texts = read(data)
        order = np.random.RandomState(1).permutation(len(texts))
        vectors = embedded(texts, is_chinese)
        for size in ours:
            rows = order[:size]
            with open(place / f"{size}.jsonl", "w", encoding="utf-8") as file:
                file.writelines(json.dumps({"text": texts[row]}, ensure_ascii=False) + "\n" for row in rows)
            np.save(place / f"{size}.npy", vectors[rows])
            print(f"prepared {size}", flush=True)


def ran(command: list, longest: float) -> tuple[str, float] | None:
    begun = time.time()
    try:
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=longest)
    except subprocess.TimeoutExpired:
        return None
    if done.returncode:
        print(f"{' '.join(map(str, command))}\n{done.stderr[-1000:]}", file=sys.stderr)
        return None
    return done.stdout, time.time() - begun


def measure(who: str, size: int, options: argparse.Namespace) -> dict | None:
    """Fits once, or reads what an earlier run found; None if it did not finish."""
    file = options.place / f"{size}-{who}.json"
    if file.exists():
        return json.loads(file.read_text())
    texts, vectors = options.place / f"{size}.jsonl", options.place / f"{size}.npy"
    if who == "Groundswell":
        done = ran([options.program, "topics", "evaluate", "--data", texts, "--embeddings", vectors, "--fits", 1, "--format", "json"], 3600)
        found = json.loads(done[0]) if done else None
    else:
        out = options.place / f"{size}-peer.json"
        done = ran([options.python, HERE / "peers.py", "bertopic", texts, out, "--embeddings", vectors], options.longest)
        found = json.loads(out.read_text()) if done else None
        if found:
            found |= {"seconds": found["seconds"] - found["terms_seconds"], "topics": len(found["terms"])}
    if found:
        found = {name: found[name] for name in ("topics", "seconds", "peak_memory_bytes")} | {"whole": done[1]}
    file.write_text(json.dumps(found))
    return found


def plot(rows: list, file: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams.update({"svg.hashsalt": "growth", "svg.fonttype": "none"})
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4))
    for who, marker in [("Groundswell", "o"), ("BERTopic", "s")]:
        known = [(size, found[who]) for size, found in rows if found.get(who)]
        posts = [size for size, _ in known]
        left.loglog(posts, [found["seconds"] for _, found in known], marker=marker, label=who)
        right.loglog(posts, [found["peak_memory_bytes"] / 1e9 for _, found in known], marker=marker, label=who)
    left.set(xlabel="posts", ylabel="seconds of fit and assignment")
    right.set(xlabel="posts", ylabel="peak memory of the process, GB")
    for axes in (left, right):
        axes.grid(True, which="both", alpha=0.3)
        axes.legend()
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("program", type=Path)
    parser.add_argument("--python", type=Path, required=True)
    parser.add_argument("--place", type=Path, required=True)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--longest", type=float, default=900)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--only-prepare", action="store_true")
    options = parser.parse_args()
    options.place.mkdir(parents=True, exist_ok=True)
    sizes = [int(size) for size in options.sizes.split(",")]
    prepare(options.data, options.place, sizes)
    if options.only_prepare:
        return
    lines = ["| posts | | topics | seconds | whole, seconds | peak memory, GB | times as fast |", "|---|---|---|---|---|---|---|"]
    rows, too_long = [], False
    for size in sizes:
        found = {"Groundswell": measure("Groundswell", size, options)}
        if not too_long:
            found["BERTopic"] = measure("BERTopic", size, options)
            too_long = found["BERTopic"] is None
        rows.append((size, found))
        for who, values in found.items():
            if not values:
                lines.append(f"| {size} | {who} | | not in {options.longest:.0f} s | | | |")
                continue
            peer = found.get("BERTopic") if who == "Groundswell" else None
            ratio = f"{peer['seconds'] / values['seconds']:.1f}" if peer else ""
            memory = values["peak_memory_bytes"] / 1e9
            lines.append(f"| {size} | {who} | {values['topics']} | {values['seconds']:.1f} | {values['whole']:.1f} | {memory:.2f} | {ratio} |")
        print("\n".join(lines[-len(found) :]), flush=True)
    if options.out:
        options.out.write_text("\n".join(lines) + "\n")
    if options.plot:
        plot(rows, options.plot)


if __name__ == "__main__":
    main()
