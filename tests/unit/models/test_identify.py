import pytest
import torch
from audio_omni.core.codec_identity import CodecIdentity
from audio_omni.core.models.build import build_codec, build_model
from audio_omni.core.models.identify import identify_codec
from audio_omni.core.recipe import find_recipe, resolve_recipe
from audio_omni.plugins.manager import build_plugin_manager
from safetensors.torch import save_file

SIZES = "sample_rate_hz: 16000, width: 4, multipliers: [1], strides: [4], latent_dim: 6"


@pytest.fixture(scope="module")
def host():
    return build_plugin_manager(entry_points=False, strict=True)


@pytest.fixture(scope="module")
def identity(host):
    values = find_recipe("micro", host.recipes)

    def of(*changes, seed=0):
        model = resolve_recipe(values, changes).model
        return identify_codec(build_codec(model, host, seed), model.codec, host)

    return of


def test_a_codec_is_its_options_with_defaults_filled_in(identity):
    own = identity()
    assert own == identity("model.codec.options.channels=1", "model.dit.depth=1", seed=5)
    other = identity("model.codec.options.mean_db=-40")
    assert other.key != own.key
    assert own.differences(other) == ["options.mean_db: -47.0, -40.0"]
    assert own.describe() == f"mel {own.key}"
    assert (own.frames(0), own.frames(1), own.frames(512), own.frames(513)) == (0, 1, 1, 2)
    assert own.frames_per_second == 31.25
    assert CodecIdentity.model_validate(own.model_dump(mode="json")).key == own.key


def test_weights_count_by_their_values_wherever_they_lie(identity, host, tmp_path):
    drawn = identity(f"model.codec={{name: oobleck, options: {{{SIZES}}}}}")
    values = find_recipe("micro", host.recipes)
    model = resolve_recipe(values, [f"model.codec={{name: oobleck, options: {{{SIZES}}}}}"]).model
    state = build_codec(model, host).state_dict()
    keys = set()
    for name, tensors in (
        ("one", state), ("same", state), ("other", {k: v + 1 for k, v in state.items()}),
    ):  # fmt: skip
        path = tmp_path / f"{name}.safetensors"
        save_file({key: value.contiguous() for key, value in tensors.items()}, path)
        use = f"model.codec={{name: oobleck, options: {{{SIZES}, weights: '{path}'}}}}"
        found = identity(use)
        assert "weights" not in found.options
        keys.add(found.key)
    assert len(keys) == 2
    assert drawn.key in keys
    assert identity(f"model.codec={{name: oobleck, options: {{{SIZES}}}}}", seed=1).key not in keys


def test_a_codec_alone_is_that_of_the_whole_model(host):
    values = find_recipe("micro", host.recipes)
    model = resolve_recipe(values, [f"model.codec={{name: oobleck, options: {{{SIZES}}}}}"]).model
    torch.manual_seed(7)
    before = torch.get_rng_state()
    alone, whole = build_codec(model, host, 3), build_model(model, host, 3).codec
    assert torch.equal(torch.get_rng_state(), before)
    for name, tensor in whole.state_dict().items():
        assert torch.equal(alone.state_dict()[name], tensor)
