"""The published sizes, counted on the meta device, beside the published figures."""

import json

import pytest
from audio_omni.core.config import parse_config
from audio_omni.core.models.config import ModelConfig
from audio_omni.core.models.presets import expand_preset
from audio_omni.core.models.sizes import build_empty, parameter_counts, trainable_count
from audio_omni.plugins.release.expected import expected_tensors
from audio_omni.plugins.release.layout import PREFIXES

COUNTS = {
    "dit": 3_037_311_104,
    "codec": 156_112_514,
    "conditioner-omni_prompt": 1_573_632,
    "conditioner-sync_feature": 622_976,
    "conditioner-speech_prompt": 6_785_024,
    "conditioner-audio_input_prompt": 665_680,
    "omni_prompt.thinker": 4_703_464_448,
    "sync_feature.extractor": 122_440_704,
}


@pytest.fixture(scope="module")
def release(host):
    values = expand_preset({"preset": "release"})
    return build_empty(parse_config(ModelConfig, values, where="preset"), host)


def test_every_component_has_the_published_number_of_parameters(release):
    assert parameter_counts(release) == COUNTS
    assert trainable_count(release) == 3_046_958_416
    assert f"{trainable_count(release) / 1e9:.2f}" == "3.05"  # the paper, section 5.1


def test_every_key_and_shape_is_the_published_one(release, shared_dir):
    manifest = json.loads((shared_dir / "spec" / "release-manifest.json").read_text())["tensors"]
    found = {
        PREFIXES[component] + name: list(tensor.shape)
        for component, part in expected_tensors(release, with_thinker=True).items()
        for name, tensor in part.items()
    }
    assert found == {name: entry["shape"] for name, entry in manifest.items()}


def test_clips_have_the_published_length(release):
    assert release.geometry.clip_frames == 236
    assert release.geometry.clip_samples == 483_328
    assert release.window_seconds == 10.0
