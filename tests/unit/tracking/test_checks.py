"""Settings that cannot work are refused before a run begins."""

import logging
import subprocess
import sys

import pytest
from audio_omni.core.errors import ConfigError
from audio_omni.core.recipe import find_recipe, resolve_recipe
from audio_omni.core.training.session import train
from audio_omni.plugins.manager import build_plugin_manager
from audio_omni.plugins.mlflow_tracking.checks import VARIABLE, check

BEST = {"name": "sounds", "metric": "eval/add/lsd"}


def recipe(options=None, every=10, observers=("mlflow",)):
    tracking = {"observers": list(observers), "options": {"mlflow": options}}
    return {"evaluation": {"every": every}, "tracking": tracking}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"retry": 5}, r"unknown field 'retry'\. Did you mean 'retry_s'"),
        ({"upload_checkpoint": True}, "Did you mean 'upload_checkpoints'"),
        ({"wait_s": -1}, "field 'wait_s'"),
        (["wait_s"], "expected fields with values"),
        ({"registered_model": {"name": "sounds"}}, "'registered_model.metric' is required"),
        ({"registered_model": {**BEST, "name": "my/sounds"}}, "takes no '/' or ':'"),
        ({"registered_model": {**BEST, "alias": "latest"}}, "neither 'latest' nor 'v1'"),
        ({"registered_model": {**BEST, "alias": "v12"}}, "such as champion"),
        ({"registered_model": {**BEST, "metric": "add/lsd"}}, "expected eval/TASK/METRIC"),
    ],
)
def test_options_that_do_not_fit(options, said):
    with pytest.raises(ConfigError, match=f"tracking.options.mlflow.*{said}"):
        check(recipe(options), {})


def test_a_best_that_nothing_measures():
    with pytest.raises(ConfigError, match=r"evaluation\.every is not set"):
        check(recipe({"registered_model": BEST}, every=None), {})


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("htp://localhost:5000", "there is no 'htp:'. Did you mean 'http'"),
        ("localhost:5000", "there is no 'localhost:'"),
        ("http://", "names no host"),
        ("sqlite://runs/mlflow.db", "three slashes"),
        ("sqlite:///", "three slashes"),
        ("./mlruns", "refuses folders"),
        ("file:///srv/mlruns", "refuses folders"),
    ],
)
def test_addresses_that_mlflow_could_not_use(uri, said):
    with pytest.raises(ConfigError) as failure:
        check(recipe(), {VARIABLE: uri})
    message = str(failure.value)
    assert message.startswith(f"MLFLOW_TRACKING_URI is '{uri}'")
    assert said in message
    assert "http://localhost:5000 or sqlite:///mlflow.db" in message


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {VARIABLE: ""},
        {VARIABLE: "http://127.0.0.1:9"},  # nobody is there: it may come later
        {VARIABLE: "https://tracking.example.org/mlflow"},
        {VARIABLE: "sqlite:///runs/mlflow.db"},
        {VARIABLE: "sqlite:////srv/mlflow.db"},
        {VARIABLE: "postgresql+psycopg2://user:secret@host/mlflow"},
        {VARIABLE: "databricks"},
        {VARIABLE: "databricks://profile"},
        {VARIABLE: "./mlruns", "MLFLOW_ALLOW_FILE_STORE": "true"},
    ],
)
def test_what_may_work_passes(environ):
    check(recipe({"wait_s": 5, "registered_model": BEST}), environ)


@pytest.mark.parametrize("uri", ["htp://a", "sqlite://runs/a.db", "./mlruns"])
def test_mlflow_itself_cannot_use_what_is_refused(uri, tmp_path, monkeypatch):
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.delenv("MLFLOW_ALLOW_FILE_STORE", raising=False)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Exception, match=r"(?i)unsupported|url|maintenance"):
        mlflow.MlflowClient(tracking_uri=uri).search_experiments()


@pytest.fixture(scope="module")
def host():
    return build_plugin_manager(entry_points=False)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("tracking.options.mlflow.retry=5", "Did you mean 'retry_s'"),
        ("tracking.options.jsonl.file=a", r"tracking\.options\.jsonl: unknown field 'file'"),
    ],
)
def test_training_says_so_before_it_reads_any_data(host, tmp_path, change, said):
    """The recipe's data is not there either, which is found out only when it is opened."""
    gone = f"mixture.sources=[{{uri: 'manifest:{tmp_path}/gone.jsonl', task: text_to_audio}}]"
    values = find_recipe("micro", host.recipes)
    with pytest.raises(ConfigError, match=said):
        train(resolve_recipe(values, [gone, change]), host, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_training_refuses_an_address_before_it_reads_any_data(host, tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, "htp://localhost:5000")
    with pytest.raises(ConfigError, match="there is no 'htp:'"):
        train(resolve_recipe(find_recipe("micro", host.recipes), []), host, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_an_untracked_run_may_have_any_options(host):
    host.check_recipe(recipe({"retry": 5}, observers=()))


def test_options_of_an_unknown_observer_are_told(host, caplog):
    from audio_omni.core.training.preflight import check_names

    values = find_recipe("micro", host.recipes)
    with caplog.at_level(logging.WARNING):
        check_names(resolve_recipe(values, ["tracking.options.mlfow.wait_s=5"]), host, "cpu")
    assert "as 'mlfow' (tracking.options)" in caplog.text
    assert "Did you mean 'mlflow'" in caplog.text


def test_the_check_loads_nothing_heavy():
    code = (
        "import sys; from audio_omni.plugins.mlflow_tracking.plugin import check_recipe; "
        "check_recipe({'tracking': {'observers': ['mlflow']}}); "
        "print([m for m in ('torch', 'mlflow', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
