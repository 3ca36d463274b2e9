"""Every golden case of metrics; those of networks take their weights from a recipe, and seconds."""

import pytest
from audio_omni.evaluation.goldens.cases import read_cases
from audio_omni.evaluation.goldens.network_cases import forget_networks
from audio_omni.evaluation.goldens.running import run_case

NETWORKS = {"panns_cnn14", "vggish", "suite"}


@pytest.fixture(scope="module")
def cases(shared_dir):
    yield read_cases(shared_dir / "goldens")
    forget_networks()


def failures(cases) -> dict[str, tuple[str, ...]]:
    found = [run_case(case) for case in cases]
    assert found
    return {each.id: each.problems for each in found if each.status != "pass"}


def test_every_case_without_a_network_agrees(cases):
    assert failures(case for case in cases if case.group not in NETWORKS) == {}


@pytest.mark.slow
def test_every_case_of_a_network_agrees(cases):
    assert failures(case for case in cases if case.group in NETWORKS) == {}
