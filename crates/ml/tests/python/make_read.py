"""Trains models as data scientists do, converts them to ONNX and writes down what onnxruntime says."""

import json
import pathlib
import sys
import warnings

import lightgbm
import numpy as np
import onnx.helper
import onnxmltools
import onnxruntime
import pandas as pd
import xgboost
from onnxmltools.convert.common.data_types import FloatTensorType as ToolsFloat
from skl2onnx import to_onnx, update_registered_converter
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType
from skl2onnx.common.shape_calculator import (
    calculate_linear_classifier_output_shapes,
    calculate_linear_regressor_output_shapes,
)
from onnxmltools.convert.lightgbm.operator_converters.LightGbm import convert_lightgbm
from onnxmltools.convert.xgboost.operator_converters.XGBoost import convert_xgboost
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    AdaBoostRegressor,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingRegressor,
    VotingRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import ElasticNet, LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    RobustScaler,
    StandardScaler,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

warnings.filterwarnings("ignore")
TEXTS = ["brand", "fuel"]
NUMBERS = ["year", "km", "power"]


make_attribute = onnx.helper.make_attribute


def make_whole_attribute(key, value, *more, **options):
    """skl2onnx 1.20 writes flags, which onnx takes as numbers only."""
    if isinstance(value, list) and any(isinstance(flag, (bool, np.bool_)) for flag in value):
        value = [int(flag) for flag in value]
    return make_attribute(key, value, *more, **options)


onnx.helper.make_attribute = make_whole_attribute


def cars(count, seed):
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "brand": random.choice(["Kia", "Seat", "Ford", "Ñandú", "BMW"], count),
            "fuel": random.choice(["gas", "diesel", "electric"], count),
            "year": random.integers(2000, 2026, count),
            "km": random.uniform(0, 300_000, count).round(),
            "power": random.normal(120, 35, count).round(1),
        }
    )
    price = 9000 + 700 * (frame.year - 2000) - 0.02 * frame.km + 40 * frame.power
    price *= frame.brand.map({"Kia": 1, "Seat": 0.9, "Ford": 1.1, "Ñandú": 0.8, "BMW": 1.7})
    return frame, price * random.lognormal(0, 0.1, count)


def columns(scaler, encoder=None, missing=False):
    numbers = [SimpleImputer(strategy="median")] if missing else []
    if scaler is not None:
        numbers.append(scaler)
    encoder = encoder or OneHotEncoder(handle_unknown="ignore")
    return ColumnTransformer(
        [("text", encoder, TEXTS), ("number", make_pipeline(*numbers) if numbers else "passthrough", NUMBERS)]
    )


def main(folder):
    folder = pathlib.Path(folder)
    frame, price = cars(600, 1)
    test, _ = cars(150, 2)
    test.loc[0, "brand"] = "nave"
    test.loc[1, "fuel"] = ""
    gaps = test.astype({"year": float})
    gaps.loc[3, "km"] = np.nan
    gaps.loc[5, ["year", "power"]] = np.nan
    bands = pd.cut(price, 3, labels=["cheap", "middle", "dear"]).astype(str)
    is_dear = (price > price.median()).astype(int)
    types = [(name, StringTensorType([None, 1])) for name in TEXTS]
    types += [(name, FloatTensorType([None, 1])) for name in NUMBERS]

    def write(name, model, rows):
        """Keeps the model, the rows and the answers of onnxruntime."""
        place = folder / name
        place.mkdir()
        (place / "model.onnx").write_bytes(model.SerializeToString())
        session = onnxruntime.InferenceSession(place / "model.onnx", providers=["CPUExecutionProvider"])
        inputs = session.get_inputs()
        if len(inputs) == 1:
            feed = {inputs[0].name: rows.to_numpy(np.float32)}
        else:
            kinds = {"tensor(string)": object, "tensor(float)": np.float32, "tensor(int64)": np.int64}
            kinds["tensor(double)"] = np.float64
            feed = {i.name: rows[i.name].to_numpy(kinds[i.type]).reshape(-1, 1) for i in inputs}
        answers = {}
        for output, values in zip(session.get_outputs(), session.run(None, feed)):
            if isinstance(values, list):
                values = np.array([list(row.values()) for row in values])
            answers[output.name] = np.asarray(values).reshape(len(rows), -1).tolist()
        given = {key: value.reshape(len(rows), -1).tolist() for key, value in feed.items()}
        text = json.dumps({"inputs": given, "outputs": answers}).replace("NaN", "null")
        (place / "expected.json").write_text(text)

    def pipeline(name, steps, target=price, rows=test, options=None):
        model = make_pipeline(*steps).fit(frame.astype({"year": rows.year.dtype}), target)
        last = model[-1]
        write(name, to_onnx(model, initial_types=types, options={id(last): options} if options else None), rows)

    ordinal = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    pipeline("linear", [columns(StandardScaler()), LinearRegression()])
    pipeline("ridge_minmax", [columns(MinMaxScaler()), Ridge()])
    pipeline("elastic_robust", [columns(RobustScaler()), ElasticNet(alpha=0.1)])
    pipeline("imputed", [columns(StandardScaler(), missing=True), Ridge()], rows=gaps)
    pipeline("tree", [columns(None), DecisionTreeRegressor(max_depth=8)])
    pipeline("forest", [columns(None), RandomForestRegressor(20, random_state=0)])
    pipeline("forest_scaled", [columns(StandardScaler()), RandomForestRegressor(10, random_state=0)])
    pipeline("extra_trees", [columns(None, ordinal), ExtraTreesRegressor(10, random_state=0)])
    pipeline("boosting", [columns(None), GradientBoostingRegressor(random_state=0)])
    pipeline("hist_boosting", [columns(None, ordinal), HistGradientBoostingRegressor()], rows=gaps)
    pipeline("normalized", [columns(Normalizer()), Ridge()])
    pipeline("polynomial", [columns(StandardScaler()), PolynomialFeatures(2), Ridge()])
    voting = VotingRegressor([("a", Ridge()), ("b", GradientBoostingRegressor(n_estimators=10))])
    pipeline("voting", [columns(StandardScaler()), voting])
    stack = StackingRegressor([("a", Ridge()), ("b", DecisionTreeRegressor(max_depth=3))], LinearRegression())
    pipeline("stacking", [columns(StandardScaler()), stack])
    flat = {"zipmap": False}
    pipeline("logistic", [columns(StandardScaler()), LogisticRegression(max_iter=500)], bands)
    pipeline("logistic_two", [columns(StandardScaler()), LogisticRegression()], is_dear, options=flat)
    pipeline("tree_classes", [columns(None), DecisionTreeClassifier(max_depth=6)], bands, options=flat)
    pipeline("forest_classes", [columns(None), RandomForestClassifier(20, random_state=0)], bands)
    # An odd number of trees: half of the votes would leave the label to how 32-bit numbers are rounded.
    pipeline("forest_two", [columns(None), RandomForestClassifier(21, random_state=0)], is_dear, options=flat)
    pipeline("boosting_classes", [columns(None), GradientBoostingClassifier(n_estimators=20)], bands)
    pipeline("boosting_two", [columns(None), GradientBoostingClassifier(n_estimators=20)], is_dear)
    pipeline("hist_classes", [columns(None, ordinal), HistGradientBoostingClassifier(max_iter=20)], bands)
    pipeline("hist_two", [columns(None, ordinal), HistGradientBoostingClassifier(max_iter=20)], is_dear)

    update_registered_converter(
        lightgbm.LGBMRegressor, "Lgbm", calculate_linear_regressor_output_shapes, convert_lightgbm,
        options={"split": None},
    )
    update_registered_converter(
        xgboost.XGBRegressor, "Xgb", calculate_linear_regressor_output_shapes, convert_xgboost
    )
    pipeline_opset = {"": 15, "ai.onnx.ml": 3}
    quiet = {"n_estimators": 40, "verbose": -1}
    for name, estimator in [
        ("lightgbm_pipeline", lightgbm.LGBMRegressor(**quiet)),
        ("xgboost_pipeline", xgboost.XGBRegressor(n_estimators=40)),
    ]:
        model = make_pipeline(columns(None), estimator).fit(frame, price)
        write(name, to_onnx(model, initial_types=types, target_opset=pipeline_opset), test)

    numbers, rows = frame[NUMBERS].to_numpy(np.float32), test[NUMBERS]
    wide = [("x", ToolsFloat([None, len(NUMBERS)]))]
    for name, estimator, target in [
        ("lightgbm", lightgbm.LGBMRegressor(**quiet), price),
        ("lightgbm_classes", lightgbm.LGBMClassifier(**quiet), bands),
        ("lightgbm_two", lightgbm.LGBMClassifier(**quiet), is_dear),
    ]:
        model = estimator.fit(numbers, target)
        write(name, onnxmltools.convert_lightgbm(model, initial_types=wide), rows)
    codes = frame.assign(brand=frame.brand.astype("category").cat.codes)[["brand", *NUMBERS]]
    model = lightgbm.LGBMRegressor(**quiet).fit(codes, price, categorical_feature=["brand"])
    wider = [("x", ToolsFloat([None, 4]))]
    write("lightgbm_categories", onnxmltools.convert_lightgbm(model, initial_types=wider), codes.head(150))
    for name, estimator, target in [
        ("xgboost", xgboost.XGBRegressor(n_estimators=40), price),
        ("xgboost_two", xgboost.XGBClassifier(n_estimators=20), is_dear),
        ("xgboost_classes", xgboost.XGBClassifier(n_estimators=20), bands.astype("category").cat.codes),
    ]:
        model = estimator.fit(numbers, target)
        write(name, onnxmltools.convert_xgboost(model, initial_types=wide), rows)
    model = xgboost.XGBRegressor(n_estimators=20).fit(numbers, price)
    write("xgboost_missing", onnxmltools.convert_xgboost(model, initial_types=wide), gaps[NUMBERS])


main(sys.argv[1])
