"""Forecasts series with a model of statsforecast, on one core. Called by `m4`.

    python peer_forecast.py SERIES.csv OUT.json MODEL HORIZON PERIOD LEVELS

SERIES has the columns series, timestamp and value. OUT gets of every series its forecasts with the ends of their intervals, and the seconds
that the model took; what it compiles on the first call is done before on two short series.
"""

import json
import sys
import time

import pandas as pd
from statsforecast import StatsForecast, models


def main() -> None:
    file, out, name, horizon, period, levels = sys.argv[1:]
    horizon, period, levels = int(horizon), int(period), [int(level) for level in levels.split(",")]
    frame = pd.read_csv(file).rename(columns={"series": "unique_id", "timestamp": "ds", "value": "y"})
    frame["ds"] = frame.groupby("unique_id").cumcount()
    model = getattr(models, name)(season_length=period)
    forecaster = StatsForecast(models=[model], freq=1, n_jobs=1, fallback_model=models.SeasonalNaive(season_length=period))
    few = frame[frame["unique_id"].isin(frame["unique_id"].unique()[:2])].groupby("unique_id").tail(4 * period)
    forecaster.forecast(df=few, h=horizon, level=levels)
    begun = time.time()
    found = forecaster.forecast(df=frame, h=horizon, level=levels)
    seconds = time.time() - begun
    rows = {}
    for row in found.to_dict("records"):
        ends = [(row[f"{name}-lo-{level}"], row[f"{name}-hi-{level}"]) for level in levels]
        rows.setdefault(row["unique_id"], []).append((row[name], *ends))
    json.dump({"found": rows, "seconds": seconds}, open(out, "w"))


if __name__ == "__main__":
    main()
