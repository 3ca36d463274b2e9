"""The transcript conditioner against numbers of the released implementation."""

import hashlib
import importlib.util
import json
import math
import os
from pathlib import Path

import pytest
import torch
from audio_omni.conditioners.transcript.conditioner import TranscriptConditioner
from audio_omni.conditioners.transcript.config import TranscriptConfig
from audio_omni.conditioners.transcript.encoder import position_table
from audio_omni.conditioners.transcript.tokens import tokenise
from audio_omni.conditioners.transcript.vocabulary import load_vocabulary
from audio_omni.core.payloads import Transcript
from safetensors.torch import load_file

PREFIX = "conditioner.conditioners.speech_prompt."
RELEASE_ENTRIES = 2545
RELEASE_VOCABULARY_SHA256 = "2a05f992e00af9b0bd3800a8d23e78d520dbd705284ed2eedb5f4bd29398fa3c"
GROUPS = ["batch", "single0", "single2", "mixed_none", "all_none", "empty_string"]


def golden_file(shared_dir, name):
    path = shared_dir / "goldens" / name
    if not path.is_file():
        pytest.skip(f"needs {name} in the shared goldens")
    return path


def assert_near(got, wanted, tolerance):
    assert got.shape == wanted.shape
    assert (got - wanted).abs().max() / wanted.abs().max() < tolerance


@pytest.fixture(scope="module")
def tiny(shared_dir):
    spec = json.loads(golden_file(shared_dir, "transcript_tiny.json").read_text())
    tensors = load_file(golden_file(shared_dir, "transcript_tiny.safetensors"))
    config = TranscriptConfig(
        vocabulary=str(golden_file(shared_dir, spec["vocab_file"])),
        text_width=spec["text_dim"],
        blocks=spec["conv_blocks"],
        positions=spec["seq_len"],
        tokens=spec["proj_seq_len"],
        too_long="cut",
        null_in_mixed_batch="normalised",
    )
    conditioner = TranscriptConditioner(config, spec["out_dim"]).eval()
    weights = {k.removeprefix("w/" + PREFIX): v for k, v in tensors.items() if k[:2] == "w/"}
    conditioner.load_state_dict(weights, strict=True)
    return spec, tensors, conditioner


def test_every_group_of_the_release_is_tested(tiny):
    assert sorted(tiny[0]["groups"]) == sorted(GROUPS)


@pytest.mark.parametrize("name", GROUPS)
@torch.no_grad()
def test_condition_is_the_releases(tiny, name):
    spec, tensors, conditioner = tiny
    prepared = [
        None if text is None else conditioner.prepare(Transcript(text))
        for text in spec["groups"][name]
    ]
    condition = conditioner(prepared)
    assert_near(condition.tokens, tensors[f"out/{name}/embed"], 2e-5)
    assert torch.equal(condition.mask.float(), tensors[f"out/{name}/mask"])


def test_segmentation_and_numbers_are_the_releases(tiny):
    spec, tensors, conditioner = tiny
    for row, text in enumerate(spec["texts"]):
        assert tokenise(text) == spec["tokens"][row]
        wanted = tensors["in/parts/token_ids"][row]
        wanted = wanted[wanted >= 0][: spec["seq_len"]]
        assert torch.equal(conditioner.prepare(Transcript(text)), wanted)


@torch.no_grad()
def test_parts_are_the_releases(tiny):
    spec, tensors, conditioner = tiny
    table = tensors["in/parts/note_pos_table_0_8"]
    assert_near(position_table(8, spec["text_dim"]), table, 1e-6)
    ids = tensors["in/parts/token_ids"][:, : spec["seq_len"]] + 1
    assert_near(conditioner.text_embed(ids), tensors["out/parts/text_embedding_stack"], 2e-5)


def test_segmentation_of_the_release_vocabulary(shared_dir):
    items = json.loads(golden_file(shared_dir, "transcript_tokens_release.json").read_text())
    for item in items["items"]:
        assert tokenise(item["text"]) == item["tokens"]


def test_numbers_of_the_release_vocabulary(shared_dir):
    folder = os.environ.get("AUDIO_OMNI_RELEASE_ASSETS")
    if not folder:
        pytest.skip("needs AUDIO_OMNI_RELEASE_ASSETS, a folder with the release's vocab.txt")
    path = Path(folder) / "vocab.txt"
    assert hashlib.sha256(path.read_bytes()).hexdigest() == RELEASE_VOCABULARY_SHA256
    vocabulary = load_vocabulary(path)
    spec = json.loads(golden_file(shared_dir, "transcript_tokens_release.json").read_text())
    assert len(vocabulary) == spec["vocab_size"]
    for item in spec["items"]:
        assert vocabulary.ids(item["tokens"]) == item["ids"]


def test_weights_have_the_releases_names_and_shapes(shared_dir):
    manifest = shared_dir / "spec" / "release-manifest.json"
    if not manifest.is_file():
        pytest.skip("needs the release's manifest in the shared folder")
    wanted = {
        key.removeprefix(PREFIX): tuple(entry["shape"])
        for key, entry in json.loads(manifest.read_text())["tensors"].items()
        if key.startswith(PREFIX)
    }
    with torch.device("meta"):
        ours = TranscriptConditioner(TranscriptConfig(vocabulary_size=RELEASE_ENTRIES), 768)
    state = {key: tuple(value.shape) for key, value in ours.state_dict().items()}
    assert state == wanted
    assert sum(map(math.prod, state.values())) == 6_785_024


@pytest.fixture(scope="module")
def full_width(shared_dir):
    spec = json.loads(golden_file(shared_dir, "transcript_full_width.json").read_text())
    tensors = load_file(golden_file(shared_dir, "transcript_full_width.safetensors"))
    module = importlib.util.spec_from_file_location(
        "hashfill", golden_file(shared_dir, "hashfill.py")
    )
    hashfill = importlib.util.module_from_spec(module)
    module.loader.exec_module(hashfill)
    with torch.device("meta"):  # all that is not in the state must survive being built there
        conditioner = TranscriptConditioner(TranscriptConfig(vocabulary_size=RELEASE_ENTRIES), 768)
    shapes = {PREFIX + key: value.shape for key, value in conditioner.state_dict().items()}
    filled = hashfill.fill_state_dict(shapes, spec["hash_seed"])
    weights = {key.removeprefix(PREFIX): value for key, value in filled.items()}
    conditioner.load_state_dict(weights, strict=True, assign=True)
    return spec, tensors, conditioner.eval()


@pytest.mark.parametrize("name", ["en", "zh", "mix"])
@torch.no_grad()
def test_condition_at_release_width_is_the_releases(full_width, name):
    spec, tensors, conditioner = full_width
    (ids,) = tensors[f"in/{name}/token_ids"]
    tokens = conditioner([ids]).tokens[:, :: spec["embed_token_stride"]]
    assert_near(tokens, tensors[f"out/{name}/embed_strided"], 1e-4)
