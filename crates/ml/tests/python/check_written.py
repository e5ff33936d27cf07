"""Runs every model.onnx below a folder in onnxruntime and compares with what Cuaderno expects of it."""

import json
import math
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime

ELEMENTS = {"tensor(double)": np.float64, "tensor(int64)": np.int64, "tensor(string)": object}


def feed(session, rows):
    """Inputs as MLflow's loader hands them over: lists, or the whole table if there is just one column."""
    inputs = session.get_inputs()
    columns = {}
    for place, column in enumerate(inputs):
        values = [math.nan if row[place] is None else row[place] for row in rows]
        array = np.array(values, dtype=ELEMENTS[column.type])
        columns[column.name] = array.reshape(-1, 1) if len(inputs) == 1 else array
    return columns


def difference(found, expected):
    """The largest difference, relative to the expected number."""
    return max(abs(a - b) / max(abs(b), 1e-9) for a, b in zip(found, expected))


def main(folder):
    checked = 0
    for case in sorted(pathlib.Path(folder).iterdir()):
        onnx.checker.check_model(onnx.load(case / "model.onnx"), full_check=True)
        session = onnxruntime.InferenceSession(case / "model.onnx", providers=["CPUExecutionProvider"])
        expected = json.loads((case / "expected.json").read_text())
        outputs = [output.name for output in session.get_outputs()]
        assert outputs == [name for name, _ in expected["outputs"]], (case.name, outputs)
        found = session.run(None, feed(session, expected["rows"]))
        for values, (name, wanted) in zip(found, expected["outputs"]):
            assert values.shape == (len(wanted),), (case.name, name, values.shape)
            if isinstance(wanted[0], str):
                wrong = [pair for pair in zip(values, wanted) if pair[0] != pair[1]]
                assert len(wrong) * 50 <= len(wanted), (case.name, name, wrong[:5])
            elif name.startswith("probability_"):
                worst = max(abs(a - b) for a, b in zip(values, wanted))
                assert worst < 1e-5, (case.name, name, worst)
            else:
                worst = difference(values, wanted)
                print(f"{case.name}: {worst:.1e}")
                assert worst < 1e-5, (case.name, name, worst)
        checked += 1
    print(f"checked {checked} models with onnxruntime {onnxruntime.__version__}")


main(sys.argv[1])
