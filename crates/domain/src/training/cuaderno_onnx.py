"""Opens this folder's model.onnx for mlflow.pyfunc.

mlflow.onnx alone hands pandas' own arrays of text over to onnxruntime, which takes only NumPy's. Texts are also tidied here as
Cuaderno does it: no spaces at their ends, and Unicode's composed form.
"""

import unicodedata

import numpy as np
import onnxruntime
import pandas as pd

WHOLE, NUMBER = "tensor(int64)", "tensor(double)"


class Model:
    """A session of onnxruntime that takes tables."""

    def __init__(self, path):
        self.session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])

    def predict(self, data, params=None):
        """Predictions for the rows of a DataFrame or of a dict of columns, as a DataFrame."""
        inputs = self.session.get_inputs()
        if isinstance(data, np.ndarray):
            data = pd.DataFrame(data.reshape(-1, len(inputs)), columns=[column.name for column in inputs])
        elif not isinstance(data, pd.DataFrame):
            data = pd.DataFrame({name: np.asarray(values).reshape(-1) for name, values in dict(data).items()})
        feed = {column.name: _column(data[column.name], column.type) for column in inputs}
        if len(inputs) == 1:
            feed = {name: values.reshape(-1, 1) for name, values in feed.items()}
        outputs = [output.name for output in self.session.get_outputs()]
        found = self.session.run(outputs, feed)
        return pd.DataFrame(dict(zip(outputs, found)), index=data.index)


def _column(values, kind):
    if kind == WHOLE:
        return pd.to_numeric(values).to_numpy(dtype=np.int64)
    if kind == NUMBER:
        return pd.to_numeric(values).to_numpy(dtype=np.float64, na_value=np.nan)
    texts = ["" if pd.isna(value) else unicodedata.normalize("NFC", str(value).strip()) for value in values]
    return np.array(texts, dtype=object)


def _load_pyfunc(path):
    return Model(path)
