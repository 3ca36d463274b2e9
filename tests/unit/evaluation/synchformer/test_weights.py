"""Names and shapes of the published file, and what is said of a file that is another."""

import math

import pytest
import torch
from audio_omni.core.cli.main import main
from audio_omni.core.errors import CheckpointError, ConfigError
from audio_omni.evaluation.embedders.config import SynchformerConfig
from audio_omni.evaluation.embedders.convert import convert_checkpoint
from audio_omni.evaluation.embedders.synchformer.embedder import SynchformerEmbedder
from audio_omni.evaluation.embedders.synchformer.network import Synchformer, SynchformerSizes
from audio_omni.evaluation.embedders.weights import FOLDER_VARIABLE
from safetensors.torch import load_file, save_file
from tiny_synchformer.parts import TINY, drawn, tiny

WIDTH = 768
LINEAR = WIDTH * WIDTH + WIDTH
LAYER = 4 * LINEAR + 2 * 4 * WIDTH * WIDTH + 5 * WIDTH + 2 * 2 * WIDTH
"""Attention, two layers that are four times as wide inside, two norms."""

RELEASE_VIDEO = 122_440_704
"""Of the video branch; see tests/golden/test_synchformer.py."""

MEBIBYTES = 907
"""What MMAudio says of the size of its file, in which a number has four bytes."""


@pytest.fixture
def published_sizes_are_tiny(monkeypatch):
    """The whole path with files that take milliseconds: the published sizes are stood in for."""
    monkeypatch.setattr(
        "audio_omni.evaluation.embedders.synchformer.network.SynchformerSizes", lambda: TINY
    )


@pytest.fixture(autouse=True)
def no_folder(monkeypatch):
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)


def test_the_counts_are_those_of_the_published_layers():
    shapes = Synchformer.shapes()
    counted = {
        "vfeat_extractor.": RELEASE_VIDEO,
        # patches of 16 x 16, two tokens, 12 x 6 places behind them; a norm; a layer with a token
        "afeat_extractor.": 12 * LAYER + (256 + 1 + 2 + 74 + 2) * WIDTH + LAYER + WIDTH,
        "vproj.": LINEAR,
        "aproj.": LINEAR,
        # two norms, two tokens, 14 x (8 + 6) places behind them; a norm; 21 offsets
        "transformer.": 3 * LAYER + (4 + 2 + 198 + 2) * WIDTH + 21 * (WIDTH + 1),
    }
    found = {
        part: sum(math.prod(shape) for name, shape in shapes.items() if name.startswith(part))
        for part in counted
    }
    assert found == counted
    total = sum(math.prod(shape) for shape in shapes.values())
    assert total == sum(counted.values()) == 237_460_245
    assert MEBIBYTES - 2 < 4 * total / 2**20 < MEBIBYTES


def test_names_are_those_that_the_published_code_gives():
    shapes = Synchformer.shapes()
    assert len(shapes) == 238 + (12 * 16 + 4 + 3 + 13) + 2 + 2 + (3 * 16 + 11)
    told = {
        "afeat_extractor.ast.embeddings.position_embeddings": (1, 74, WIDTH),
        "afeat_extractor.ast.embeddings.patch_embeddings.projection.weight": (WIDTH, 1, 16, 16),
        "afeat_extractor.ast.encoder.layer.11.attention.attention.query.weight": (WIDTH, WIDTH),
        "afeat_extractor.ast.encoder.layer.11.attention.output.dense.bias": (WIDTH,),
        "afeat_extractor.ast.encoder.layer.11.intermediate.dense.weight": (4 * WIDTH, WIDTH),
        "afeat_extractor.ast.encoder.layer.11.output.dense.weight": (WIDTH, 4 * WIDTH),
        "afeat_extractor.ast.layernorm.weight": (WIDTH,),
        "afeat_extractor.freq_attn_agg.self_attn.in_proj_weight": (3 * WIDTH, WIDTH),
        "vproj.weight": (WIDTH, WIDTH),
        "aproj.bias": (WIDTH,),
        "transformer.OFF_tok": (1, 1, WIDTH),
        "transformer.pos_emb_cfg.pos_emb": (1, 198, WIDTH),
        "transformer.blocks.2.attn.proj.weight": (WIDTH, WIDTH),
        "transformer.blocks.2.mlp.2.weight": (WIDTH, 4 * WIDTH),
        "transformer.off_head.weight": (21, WIDTH),
    }
    assert told.items() <= shapes.items()
    assert SynchformerSizes().tokens == 198


def weights(**changes):
    found = drawn(Synchformer.shapes(TINY))
    return {**found, **changes}


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda w: w.pop("aproj.bias"), r"missing: aproj\.bias"),
        (lambda w: w.update(extra=torch.zeros(1)), "unexpected: extra"),
        (
            lambda w: w.update({"vproj.bias": torch.zeros(7)}),
            r"other shapes: vproj\.bias \(7,\) instead of \(24,\)",
        ),
        (
            lambda w: [w.pop(name) for name in list(w) if not name.startswith("vfeat")],
            r"has no 'transformer\.off_head\.weight': it holds a part of Synchformer",
        ),
    ],
)
def test_weights_that_do_not_fit_are_named(spoil, told):
    given = weights()
    spoil(given)
    with pytest.raises(CheckpointError, match=rf"here.*{told}"):
        Synchformer(given, TINY, where="here")


def test_a_tiny_file_is_not_the_published_network():
    with pytest.raises(CheckpointError, match=r"missing: .*Expected the whole Synchformer"):
        Synchformer(weights())


@pytest.mark.usefixtures("published_sizes_are_tiny")
@pytest.mark.parametrize(
    "nested",
    [
        lambda w: w,
        lambda w: {"model": w, "epoch": 61},
        lambda w: {"model": {f"module.{name}": tensor for name, tensor in w.items()}},
    ],
    ids=["flat", "of training", "of several devices"],
)
def test_a_pickle_is_converted_once_and_found_in_the_folder(nested, tmp_path, monkeypatch, capfd):
    pickle = tmp_path / "synchformer_state_dict.pth"
    torch.save(nested(weights()), pickle)
    with pytest.raises(CheckpointError, match=r"is a pickle.*metrics convert .* synchformer\.safe"):
        SynchformerEmbedder(SynchformerConfig(weights=pickle))
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    with pytest.raises(SystemExit) as ended:
        main(["metrics", "convert", str(pickle)])
    said = capfd.readouterr()
    assert not ended.value.code
    assert f"synchformer, {len(weights())} tensors" in said.out
    assert "this is not the published synchformer_state_dict.pth" in " ".join(said.err.split())
    embedder = SynchformerEmbedder()
    stored = load_file(tmp_path / "synchformer.safetensors")
    assert all(torch.equal(stored[name], tensor) for name, tensor in weights().items())
    assert len(embedder.weights) == 32
    assert embedder.weights == SynchformerEmbedder().weights != tiny().state_dict()


@pytest.mark.usefixtures("published_sizes_are_tiny")
def test_a_digest_that_its_authors_tell_is_recognised(tmp_path, monkeypatch):
    from dataclasses import replace
    from hashlib import md5

    from audio_omni.evaluation.embedders import published

    pickle = tmp_path / "synchformer_state_dict.pth"
    torch.save(weights(), pickle)
    told = md5(pickle.read_bytes()).hexdigest()[:16]
    own = replace(published.PUBLISHED["synchformer"], md5=told)
    monkeypatch.setitem(published.PUBLISHED, "synchformer", own)
    assert convert_checkpoint(pickle, tmp_path / "a.safetensors").as_published is True


def test_a_part_of_the_network_is_not_converted(tmp_path):
    pickle = tmp_path / "video.pth"
    torch.save({k: v for k, v in weights().items() if k.startswith("vfeat")}, pickle)
    with pytest.raises(CheckpointError, match="it holds a part of Synchformer"):
        convert_checkpoint(pickle, tmp_path / "out.safetensors")
    assert not (tmp_path / "out.safetensors").exists()


def test_missing_weights_say_what_to_fetch_and_where_to_put_it(tmp_path):
    with pytest.raises(
        ConfigError,
        match=r"'synchformer' has no weights.*Fetch synchformer_state_dict\.pth .*MMAudio.*"
        r"metrics convert synchformer_state_dict\.pth",
    ):
        SynchformerEmbedder()
    other = tmp_path / "vggish.safetensors"
    save_file({"a": torch.zeros(1)}, other, metadata={"network": "vggish"})
    with pytest.raises(CheckpointError, match="holds the weights of 'vggish'"):
        SynchformerEmbedder(SynchformerConfig(weights=other))


@pytest.mark.usefixtures("published_sizes_are_tiny")
def test_the_same_file_serves_the_conditioner(tmp_path):
    from audio_omni.conditioners.synchformer.frozen import load_extractor

    path = tmp_path / "synchformer.safetensors"
    save_file(weights(), path)
    found = load_extractor(path, TINY.video).network.state_dict()
    own = SynchformerEmbedder(SynchformerConfig(weights=path)).network.vfeat_extractor.state_dict()
    assert found.keys() == own.keys()
    assert all(torch.equal(found[name], own[name]) for name in own)
