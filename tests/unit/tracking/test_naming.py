"""Any name and any value becomes one that MLflow takes."""

import pytest
from audio_omni.plugins.mlflow_tracking.naming import allowed_name, flatten

pytest.importorskip("mlflow")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("eval/a@b[1]/é", "eval/a_b_1_/_"),
        ("../secret//x/./y", "__/secret/_/x/_/y"),
        ("train/loss", "train/loss"),
    ],
)
def test_names_are_made_acceptable(name, expected):
    from mlflow.utils.validation import _validate_metric_name

    assert allowed_name(name) == expected
    _validate_metric_name(allowed_name(name))


def test_nested_values_become_dotted_text():
    values = {"a": {"b": [1, {"c": None}], "d": {}}, "e": True, "f": "x" * 7000}
    flat = flatten(values)
    assert flat.pop("f") == "x" * 6000
    assert flat == {"a.b.0": "1", "a.b.1.c": "null", "a.d": "{}", "e": "true"}
