"""How the checks reach the parts they check: through the catalog, as a model does.

Plugins do not import one another. A check that needs more than a plugin's class, like its
tokeniser, imports the module that lies beside the class, whose place the spec names.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

from ....core.catalog import Catalog, Lookup
from ....core.specs import Spec


def module_beside(lookup: Lookup[Any], name: str, module: str) -> ModuleType:
    """Return a module of the package that holds a registered class.

    Args:
        lookup: a registry of the catalog.
        name: of the plugin's entry in it.
        module: its name in the package.

    Raises:
        UnknownNameError: if nothing is registered under the name.
    """
    spec: Spec = lookup.get(name)
    package = spec.factory.partition(":")[0].rpartition(".")[0]
    return importlib.import_module(f"{package}.{module}")


def build_conditioner(catalog: Catalog, name: str, width: int, **options: Any) -> Any:
    """Return a conditioner of the catalog in evaluation mode.

    Args:
        catalog: the plugin host.
        name: of the conditioner.
        width: of its tokens.
        options: of its config.

    Raises:
        UnknownNameError, ConfigError: if there is none, or it has no such options.
    """
    config = catalog.conditioners.get(name).config.model_validate(options)
    return catalog.conditioners.load(name)(config, width).eval()
