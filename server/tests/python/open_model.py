"""Opens a model folder with mlflow.pyfunc and prints what it predicts for rows of JSON, as JSON."""

import json
import sys

import mlflow
import pandas as pd

folder, rows = sys.argv[1], json.loads(sys.argv[2])
model = mlflow.pyfunc.load_model(folder)
print(model.predict(pd.DataFrame(rows)).to_json(orient="records", double_precision=15))
