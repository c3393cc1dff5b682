"""Makes hourly counts of many series, and scans them by a rolling z-score of pandas. Called by `scan`.

    python peer_scan.py counts|scan SERIES BUCKETS FILE

`counts` writes SERIES times BUCKETS counts as little-endian f32: Poisson of 2 to 300 an hour with a rhythm of the day. `scan` prints the
seconds, and how many counts lie more than 4 standard deviations over the mean of the week before.
"""

import sys
import time

import numpy as np
import pandas as pd


def write(series, buckets, file) -> None:
    random = np.random.default_rng(42)
    level = random.choice([2, 10, 50, 300], size=(series, 1))
    rhythm = 1 + 0.6 * np.sin(np.arange(buckets) / 24 * 2 * np.pi)
    with open(file, "wb") as out:
        for start in range(0, series, 1000):
            out.write(random.poisson(level[start : start + 1000] * rhythm).astype("<f4").tobytes())


def scan(series, buckets, file) -> None:
    frame = pd.DataFrame(np.fromfile(file, "<f4").reshape(series, buckets).T.astype("f8"))
    begun = time.time()
    past = frame.shift(1).rolling(168, min_periods=24)
    found = int(((frame - past.mean()) / past.std() > 4).to_numpy().sum())
    print(f"{time.time() - begun:.2f} {found}")


if __name__ == "__main__":
    what = {"counts": write, "scan": scan}[sys.argv[1]]
    what(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
