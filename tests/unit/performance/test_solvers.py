import json

import pytest
import torch
from audio_omni.core.errors import ConfigError, DataError
from audio_omni.evaluation.performance import solvers
from audio_omni.evaluation.performance.command import app
from audio_omni.evaluation.performance.solver_cases import CaseSampler
from audio_omni.evaluation.performance.solvers import (
    SolverOptions,
    measure_solvers,
    relative_error,
)
from audio_omni.plugins.manager import build_plugin_manager
from typer.testing import CliRunner


@pytest.fixture(scope="module")
def catalog():
    return build_plugin_manager(entry_points=False)


@pytest.fixture
def exponential(monkeypatch):
    """dx/dt = x in place of a network: every solver's error is known."""

    def build(_folder, catalog, clips, guidance_scale, _device):
        def sample(name, steps):
            solver = catalog.solvers.load(name)()
            noise = torch.ones(clips, 1, 2, dtype=torch.float64)
            return list(solver.integrate(lambda x, t: x, noise, steps))

        return CaseSampler("dx/dt = x", guidance_scale or 6.0, sample)

    monkeypatch.setattr(solvers, "golden_sampler", build)


@pytest.mark.usefixtures("exponential")
def test_every_solver_is_measured_at_equal_cost(catalog, tmp_path):
    options = SolverOptions(goldens=tmp_path, evaluations=(5, 10), reference_steps=200, clips=2)
    report = measure_solvers(options, catalog)
    found = {(row.solver, row.evaluations): row for row in report.rows}
    assert len(found) == 2 * len(list(catalog.solvers))
    assert found["euler", 10].steps == 10
    assert found["heun", 10].steps == 5
    assert found["heun", 5].error is None
    # (1 − 1/10)^10 against 1/e
    assert found["euler", 10].error == pytest.approx(1 - 0.9**10 * 2.718281828, rel=1e-3)
    assert found["ab2", 10].error < found["euler", 10].error / 3
    assert report.best()[5] == "ab2"
    assert report.clips == 2


@pytest.mark.usefixtures("exponential")
def test_command_prints_a_table_or_json(catalog, tmp_path):
    arguments = ["solvers", "--goldens", str(tmp_path), "--evaluations", "4, 5"]
    table = CliRunner().invoke(app, arguments, obj=catalog)
    assert table.exit_code == 0, table.output
    assert "best" in table.stdout
    report = json.loads(CliRunner().invoke(app, [*arguments, "--json"], obj=catalog).stdout)
    assert [row["evaluations"] for row in report["rows"][:2]] == [4, 5]


def test_error_is_relative_and_a_mean_over_clips():
    reference = [torch.ones(1, 4), torch.full((1, 4), 2.0)]
    assert relative_error([torch.ones(1, 4) * 1.1, reference[1]], reference) == pytest.approx(0.05)


@pytest.mark.parametrize("values", [{}, {"model": "a", "goldens": "b"}])
def test_one_thing_is_measured_at_a_time(values):
    with pytest.raises(ValueError, match="either a model or the folder of the goldens"):
        SolverOptions(**values)


def test_wrong_numbers_are_named(catalog):
    arguments = ["solvers", "--goldens", "x", "--evaluations", "ten"]
    failure = CliRunner().invoke(app, arguments, obj=catalog).exception
    assert isinstance(failure, ConfigError)
    assert "evaluations" in str(failure)


def test_goldens_that_are_not_there_are_an_error(catalog, tmp_path):
    with pytest.raises(DataError, match=r"sampler_tiny\.safetensors does not exist"):
        measure_solvers(SolverOptions(goldens=tmp_path), catalog)


def test_goldens_are_read(catalog, shared_dir):
    folder = shared_dir / "goldens"
    if not (folder / "sampler_tiny.safetensors").is_file():
        pytest.skip("needs sampler_tiny in the shared goldens")
    options = SolverOptions(
        goldens=folder, evaluations=(6,), reference_steps=30, clips=3, device="cpu"
    )
    report = measure_solvers(options, catalog)
    errors = {row.solver: row.error for row in report.rows}
    assert report.clips == 3
    assert errors["ab2"] < errors["euler"] < 1
