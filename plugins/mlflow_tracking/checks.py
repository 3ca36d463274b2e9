"""What of the settings cannot work is said before a run begins."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Any
from urllib.parse import urlsplit

from ...core.errors import ConfigError, suggestion
from .settings import WHERE, read_options

VARIABLE = "MLFLOW_TRACKING_URI"
DATABASES = ("sqlite", "postgresql", "mysql", "mssql")
SERVERS = ("http", "https")
OTHERS = ("databricks", "databricks-uc", "uc")
FOLDERS = "MLFLOW_ALLOW_FILE_STORE"
EXAMPLES = "http://localhost:5000 or sqlite:///mlflow.db"


def check(recipe: Mapping[str, Any], environ: Mapping[str, str]) -> None:
    """Look at the options of a recipe, and at the tracking URI of the environment.

    Whether a server answers is not asked: it may come later, and training goes on without it.

    Raises:
        ConfigError: for options that do not fit, or a URI that MLflow could not use.
    """
    options = read_options(recipe)
    every = recipe.get("evaluation", {}).get("every")
    if options.registered_model is not None and every is None:
        raise ConfigError(
            f"{WHERE}.registered_model registers the best checkpoint, but nothing is measured: "
            "evaluation.every is not set. Set it to a number of steps, or leave the model out."
        )
    uri = environ.get(VARIABLE)
    if uri:
        check_uri(uri, environ)


def check_uri(uri: str, environ: Mapping[str, str]) -> None:
    """Refuse what MLflow has no store for; which ones there are is known without importing it.

    Raises:
        ConfigError: for an address that MLflow could not use.
    """
    parts = urlsplit(uri)
    scheme = parts.scheme.partition("+")[0]  # a database's driver may follow
    added = [point.name for point in entry_points(group="mlflow.tracking_store")]
    known = [*SERVERS, *DATABASES, *OTHERS, *added]
    if uri in OTHERS or scheme in (*OTHERS, *added):
        return
    if scheme in ("", "file"):
        if environ.get(FOLDERS, "").lower() not in ("true", "1"):
            raise _refused(uri, f"MLflow refuses folders, unless {FOLDERS} is true.")
    elif scheme not in known:
        raise _refused(uri, f"there is no '{parts.scheme}:'.{suggestion(scheme, known)}")
    elif scheme in SERVERS and not parts.hostname:
        raise _refused(uri, "it names no host.")
    elif scheme == "sqlite" and (parts.netloc or not parts.path.strip("/")):
        raise _refused(uri, "a file follows three slashes, an absolute path four.")


def _refused(uri: str, reason: str) -> ConfigError:
    return ConfigError(
        f"{VARIABLE} is '{uri}', but {reason} Expected a server or a database, such as "
        f"{EXAMPLES}; or unset it, then the run's own folder has a database."
    )
