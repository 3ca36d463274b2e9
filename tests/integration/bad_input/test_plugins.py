"""Plugins that break their contract, or cannot be loaded."""

import pytest

CONDITIONER = """
import torch
from audio_omni import ConditionerSpec, Injection, hookimpl
from audio_omni.core.conditioning import Condition, Conditioner


class Broken(Conditioner):
    def __init__(self, config, width):
        super().__init__(config, width)
        self.token = torch.nn.Parameter(torch.zeros(width))

    def forward(self, features):
        tokens = self.token.expand(len(features), 2, self.width)
        mask = torch.ones(len(features), 2, dtype=torch.bool)
        if "{when}" in ("always", "training" if self.training else "generating"):
            return {result}
        return Condition(tokens, mask)


@hookimpl
def register_conditioners():
    return [ConditionerSpec(name="broken", summary="s", factory="{module}:Broken",
                            reads="prompt", injection=Injection.CONTEXT)]
"""


@pytest.fixture
def distribution(tmp_path, monkeypatch):
    """Install a module as the plugin of a distribution, the way pip leaves it on disk."""

    def _distribution(module, code):
        (tmp_path / f"{module}.py").write_text(code)
        info = tmp_path / f"{module}-0.3.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 0.3\n")
        (info / "entry_points.txt").write_text(f"[audio_omni]\n{module} = {module}\n")
        monkeypatch.syspath_prepend(str(tmp_path))

    return _distribution


@pytest.mark.parametrize(
    ("module", "result", "words"),
    [
        ("acme_wide", "Condition(tokens[:, :, :7], mask)", "returned tokens (8, 2, 7); expected"),
        ("acme_mask", "Condition(tokens, mask[:, :1])", "returned a mask (8, 1) of torch.bool"),
        ("acme_plain", "tokens", "returned a Tensor; expected a Condition"),
        ("acme_long", "Condition(tokens.long(), mask)", "tokens of torch.int64; expected floating"),
    ],
)
def test_a_conditioner_that_breaks_its_contract_in_training(
    train, distribution, tmp_path, module, result, words
):
    distribution(module, CONDITIONER.format(when="training", result=result, module=module))
    use = "model.conditioners.prompt.name=broken"
    status, _, err = train(tmp_path / "run", use)
    assert status == 1
    assert f"Conditioner 'prompt' (plugin '{module}' ({module} 0.3))" in err
    assert words in err


def test_a_conditioner_that_breaks_its_contract_in_generation(run, train, distribution, tmp_path):
    code = CONDITIONER.format(
        when="generating", result="Condition(tokens[:, :, :7], mask)", module="acme_late"
    )
    distribution("acme_late", code)
    folder = tmp_path / "run"
    status, _, err = train(folder, "model.conditioners.prompt.name=broken")
    assert status == 0, err
    status, _, err = run("T2A", "--prompt", "x", model=folder)
    assert status == 1
    assert "Conditioner 'prompt' (plugin 'acme_late' (acme_late 0.3)) returned tokens" in err


@pytest.mark.parametrize(
    ("module", "code", "words"),
    [
        ("acme_absent", "import jiwer_is_absent\n", "No module named 'jiwer_is_absent'"),
        (
            "acme_clash",
            "from audio_omni import SolverSpec, hookimpl\n@hookimpl\ndef register_solvers():\n"
            "    return [SolverSpec(name='euler', summary='s', factory='a:b')]\n",
            "Solver name 'euler' is registered by plugin 'engine'",
        ),
        (
            "acme_typo",
            "from audio_omni import hookimpl\n@hookimpl\ndef register_solver():\n    return []\n",
            "unknown hook 'register_solver'. Did you mean 'register_solvers'",
        ),
    ],
)
def test_a_plugin_that_fails_is_named_and_the_rest_works_on(
    cli, run, distribution, module, code, words
):
    distribution(module, code)
    status, out, err = run("T2A", "--prompt", "x")
    assert status == 0
    assert out.startswith("out.flac")
    assert f"{module} 0.3" in err
    assert words in err
    status, _, err = cli("run", "text_to_speech")
    assert (status, f"'{module} 0.3' failed to load" in err) == (2, True)
