"""How far numbers lie apart, and which outputs were looked at."""

from pathlib import Path

import pytest
import torch
from audio_omni.core.errors import DataError
from audio_omni.plugins.release.goldens.comparison import Comparison
from audio_omni.plugins.release.goldens.files import Golden
from audio_omni.plugins.release.goldens.hashfill import value
from audio_omni.plugins.release.goldens.recipe import chirp, hashed_input, padding


def golden(tensors=None, **settings):
    return Golden("made", Path("nowhere"), {"kind": "made", **settings}, tensors or {})


def compare(wanted, got, tolerance=1e-3, key="out/case/x", **options):
    comparison = Comparison(golden({key: wanted}), tolerance)
    comparison.near(key, got, **options)
    return comparison


def test_an_error_is_relative_to_the_greatest_value():
    comparison = compare(torch.tensor([100.0, 1.0]), torch.tensor([100.0, 1.05]))
    assert comparison.error == pytest.approx(5e-4, rel=1e-3)
    assert comparison.problems == []


def test_an_error_over_the_tolerance_is_a_problem():
    comparison = compare(torch.tensor([100.0, 1.0]), torch.tensor([100.0, 1.2]))
    assert comparison.problems == ["out/case/x: error 2.00e-03, expected at most 1e-03"]


def test_an_output_of_zeros_has_an_absolute_error():
    assert compare(torch.zeros(3), torch.full((3,), 0.5)).error == 0.5


@pytest.mark.parametrize("dtype", [torch.bool, torch.int64, torch.uint8])
def test_whole_numbers_are_exact(dtype):
    wanted = torch.tensor([1, 0], dtype=dtype)
    assert compare(wanted, wanted.clone()).problems == []
    assert compare(wanted, torch.tensor([1, 1], dtype=dtype)).problems


def test_masks_are_exact_though_they_are_stored_as_numbers():
    for key in ("out/case/mask", "out/case/cond.sync_feature.mask"):
        wanted = torch.ones(4)
        assert compare(wanted, torch.ones(4, dtype=torch.bool), key=key).problems == []
        assert compare(wanted, torch.full((4,), 0.9999), key=key, tolerance=0.1).problems


@pytest.mark.parametrize(("step", "fits"), [(33, True), (34, False)])
def test_samples_may_differ_by_33_steps(step, fits):
    wanted = torch.tensor([1000, -1000], dtype=torch.int16)
    assert (compare(wanted, wanted + step).problems == []) is fits


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_what_is_not_finite_never_agrees(value):
    one, other = torch.ones(2), torch.tensor([1.0, value])
    assert compare(one, other).problems
    assert compare(other, other).problems


def test_only_valid_positions_count():
    wanted, got = torch.tensor([[1.0, 2.0]]), torch.tensor([[9.0, 2.0]])
    assert compare(wanted, got, valid=torch.tensor([[False, True]])).problems == []
    assert compare(wanted, got, valid=torch.tensor([[False, False]])).problems


def test_the_comparison_nearest_to_its_tolerance_is_kept():
    comparison = Comparison(golden({"out/a/x": torch.ones(1), "out/a/y": torch.ones(1)}), 1e-3)
    got = {"x": torch.tensor([1.01]), "y": torch.tensor([1.0005])}
    comparison.case("a", got, tolerances={"x": 1.0})
    assert comparison.error == pytest.approx(5e-4, rel=1e-2)
    assert comparison.tolerance == 1e-3


def test_a_value_that_differs_is_a_problem():
    comparison = Comparison(golden(), 1e-3)
    comparison.equal("tokens of 'a'", ["a"], ["a"])
    assert comparison.problems == []
    comparison.equal("tokens of 'a'", ["b"], ["a"])
    assert comparison.problems == ["tokens of 'a': got ['b'], expected ['a']"]


def test_what_was_not_read_is_known():
    comparison = Comparison(golden({"out/a/x": torch.ones(1), "out/a/y": torch.ones(1)}), 1e-3)
    comparison.case("a", {"x": torch.ones(1), "more": torch.ones(1)})
    assert comparison.unread() == ["out/a/y"]


def test_a_recipe_is_read_with_its_sizes():
    recipe = "weights; x = value('x', (2, 8*T, n), seed, std=0.5); y=value('y',(3,),seed)"
    made = golden(recipe=recipe, hash_seed=5, T=2, n=3)
    assert torch.equal(hashed_input(made, "x"), value("x", (2, 16, 3), 5, std=0.5))
    assert torch.equal(hashed_input(made, "y"), value("y", (3,), 5))


def test_a_recipe_tells_the_padding():
    made = golden(recipe="then [:,real_tokens:12]=0.25; mask", real_tokens=4)
    assert padding(made) == (slice(4, 12), 0.25)


def test_a_recipe_tells_the_rising_tone():
    made = golden(recipe="i=arange(3) float64; wav=float32(0.5*sin(2*pi*(1*i/4+8*(i/4)**2)))")
    assert chirp(made).tolist() == pytest.approx([0.0, -0.5, 0.0], abs=1e-6)


@pytest.mark.parametrize("read", [chirp, padding, lambda made: hashed_input(made, "x")])
@pytest.mark.parametrize(
    "recipe", ["in other words", "x=value('x',(__import__('os').getpid(),),seed)"]
)
def test_a_recipe_in_other_words_is_refused_and_never_run(read, recipe):
    with pytest.raises(DataError, match="cannot be read"):
        read(golden(recipe=recipe, hash_seed=1))


@pytest.mark.parametrize("name", ["../secret.txt", "/etc/hostname", "missing.txt", ""])
def test_a_file_outside_of_the_folder_is_refused(tmp_path, name):
    (tmp_path / "secret.txt").write_text("x")
    inside = tmp_path / "inside"
    inside.mkdir()
    with pytest.raises(DataError, match="does not lie beside"):
        Golden("made", inside, {}).sibling(name)
