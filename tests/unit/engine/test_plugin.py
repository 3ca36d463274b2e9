import importlib
import subprocess
import sys

import pytest
import torch
from audio_omni.core.flow.solvers import Solver
from audio_omni.plugins.engine.plugin import (
    register_recipes,
    register_solvers,
    register_sources,
)


@pytest.mark.parametrize("spec", register_solvers(), ids=lambda spec: spec.name)
def test_solvers_cost_what_they_declare(spec):
    module, _, name = spec.factory.partition(":")
    solver = getattr(importlib.import_module(module), name)()
    assert isinstance(solver, Solver)
    calls = []
    solver.integrate(lambda x, t: calls.append(t) or x, torch.zeros(1, 1, 1), 3)
    assert len(calls) == 3 * spec.evaluations_per_step


def test_names():
    assert [spec.name for spec in register_solvers()] == ["euler", "midpoint", "heun", "ab2"]
    assert [spec.name for spec in register_sources()] == ["manifest"]


def test_recipes_are_yaml_files_in_order():
    recipes = register_recipes()
    assert recipes == sorted(recipes)
    assert {"nano", "micro"} <= {path.stem for path in recipes}
    assert all(path.is_file() and path.suffix == ".yaml" for path in recipes)


@pytest.mark.parametrize("plugin", ["engine", "codecs"])
def test_registration_loads_no_torch(plugin):
    code = (
        f"import sys, audio_omni.plugins.{plugin}.plugin as p;"
        "[getattr(p, n)() for n in dir(p) if n.startswith('register_')];"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
