"""What scikit-learn and LightGBM need for the models of `training_speed`, one line of JSON each.

    peers.py DATA.csv SPLIT.json [REPEATS] [THREADS]

The table has the column `precio`; the split holds the row numbers `train` and `test`. Encoding is not measured: fits and
predictions get arrays that are ready. Times are the least of all repeats; CPU counts all threads.
"""

import json
import sys
import time

import lightgbm
import numpy as np
import pandas as pd
import sklearn
from sklearn.ensemble import RandomForestRegressor
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error
from sklearn.preprocessing import OneHotEncoder

TARGET = "precio"


def least(repeats, work):
    """Wall and CPU seconds of the quickest repeat, and what the last one returned."""
    wall, cpu = [], []
    for _ in range(repeats):
        began, used = time.perf_counter(), time.process_time()
        outcome = work()
        cpu.append(time.process_time() - used)
        wall.append(time.perf_counter() - began)
    return min(wall), min(cpu), outcome


def forest(threads):
    return RandomForestRegressor(
        n_estimators=100, max_depth=20, min_samples_split=5, min_samples_leaf=2, random_state=42, n_jobs=threads
    )


def boosting(threads):
    return lightgbm.LGBMRegressor(
        n_estimators=100, num_leaves=31, learning_rate=0.1, random_state=42, n_jobs=threads, verbose=-1
    )


def main():
    data = pd.read_csv(sys.argv[1])
    rows = json.load(open(sys.argv[2]))
    repeats = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    threads = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    target = data.pop(TARGET)
    texts = [name for name in data if not pd.api.types.is_numeric_dtype(data[name])]
    train, test = data.iloc[rows["train"]], data.iloc[rows["test"]]
    known, real = target.iloc[rows["train"]].to_numpy(float), target.iloc[rows["test"]].to_numpy(float)

    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(train[texts])
    numbers = [name for name in data if name not in texts]

    def one_hot(part):
        return np.hstack([part[numbers].to_numpy(float), encoder.transform(part[texts])])

    kinds = {name: pd.CategoricalDtype(sorted(train[name].dropna().unique())) for name in texts}
    native = [part.astype(kinds) for part in (train, test)]
    hot = [one_hot(part) for part in (train, test)]
    plain = (lambda values: values, lambda values: values)
    models = [
        ("random_forest 100/20/5/2", "scikit-learn " + sklearn.__version__, forest, hot, plain),
        ("gradient_boosting 100", "LightGBM " + lightgbm.__version__, boosting, native, plain),
        ("gradient_boosting 100, log", "LightGBM " + lightgbm.__version__, boosting, native, (np.log, np.exp)),
    ]
    for what, program, make, (fitted_on, asked), (forth, back) in models:
        targets = forth(known)
        wall, cpu, model = least(repeats, lambda: make(threads).fit(fitted_on, targets))
        batch_wall, batch_cpu, predictions = least(repeats, lambda: model.predict(asked))
        one = [asked[row : row + 1] for row in range(50)]
        row_wall, _, _ = least(repeats, lambda: [model.predict(row) for row in one])
        predictions = back(predictions)
        print(
            json.dumps(
                {
                    "program": program,
                    "what": what,
                    "threads": threads,
                    "fit_ms": wall * 1e3,
                    "fit_cpu_ms": cpu * 1e3,
                    "row_us": row_wall * 1e6 / len(one),
                    "batch_cpu_us": batch_cpu * 1e6 / len(real),
                    "r2": r2_score(real, predictions),
                    "rmse": root_mean_squared_error(real, predictions),
                    "mae": mean_absolute_error(real, predictions),
                }
            ),
            flush=True,
        )


main()
