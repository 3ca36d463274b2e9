"""Forced alignment: spelling, the path through made-up probabilities, and real loading code."""

import numpy as np
import pytest
import tiny_aligner
import torch
from audio_omni.core.errors import CheckpointError, ConfigError
from audio_omni.plugins.audioedit.providers import ctc_aligner
from audio_omni.plugins.audioedit.providers.contract import Clip, Refusal
from audio_omni.plugins.audioedit.providers.ctc_aligner import (
    LABELS,
    CtcAligner,
    CtcAlignerConfig,
)
from audio_omni.plugins.audioedit.stages.stopping import StopRun
from safetensors.torch import save_file

WILD = len(LABELS) + 1


def aligner(**options):
    return CtcAligner(CtcAlignerConfig(**options))


def clip(seconds=2.0, rate=16000):
    samples = np.random.default_rng(0).normal(0, 0.1, round(seconds * rate)).astype(np.float32)
    return Clip("a", samples, rate, "0" * 64)


def test_labels_are_those_of_the_published_network():
    from torchaudio.pipelines import MMS_FA

    assert MMS_FA.get_labels(star=None) == ("-", *LABELS)
    assert MMS_FA.sample_rate == ctc_aligner.RATE_HZ


def test_sizes_are_those_of_the_published_network():
    """Built without its 1.2 GB of weights, on no device."""
    from torchaudio.models import wav2vec2_model
    from torchaudio.pipelines import MMS_FA

    with torch.device("meta"):
        ours = ctc_aligner.build_network(CtcAlignerConfig().sizes).state_dict()
        theirs = wav2vec2_model(**MMS_FA._params).state_dict()
    assert {name: t.shape for name, t in ours.items()} == {n: t.shape for n, t in theirs.items()}


def spelt(word):
    return [("*" if token == WILD else LABELS[token - 1]) for token in ctc_aligner._letters(word)]


@pytest.mark.parametrize(
    ("word", "letters"),
    [("Café!", "cafe"), ("don\u2019t", "don't"), ("1999", "*"), ("'", "*"), ("Ünder", "under")],
)
def test_words_are_spelt_in_the_letters_that_the_network_knows(word, letters):
    assert spelt(word) == list(letters)


def planted(*frames):
    """Log-probabilities (1, T, K + 2) of a network that is sure of each frame's letter."""
    found = torch.full((1, len(frames), WILD + 1), -20.0)
    for place, letter in enumerate(frames):
        found[0, place, 0 if letter == "-" else LABELS.index(letter) + 1] = -0.01
    found[..., WILD] = 0.0
    return found


def times(frames, words, seconds=None):
    letters = [ctc_aligner._letters(word) for word in words]
    seconds = seconds or len(frames) / 50
    found = ctc_aligner._times(planted(*frames), letters, words, seconds)
    return [(word.text, round(word.start_s * 50, 6), round(word.end_s * 50, 6)) for word in found]


def test_words_last_from_their_first_letter_to_their_last():
    found = times("--hhii----oo-ff--", ["Hi,", "of"])
    assert found == [("Hi,", 2, 6), ("of", 10, 15)]


def test_a_letter_twice_is_two_letters():
    assert times("-o-f-f--", ["off"]) == [("off", 1, 6)]


def test_a_word_that_cannot_be_spelt_takes_what_is_left():
    (first, wild, last) = times("-aa-bbbb-cc-", ["a", "42", "c"])
    assert first[:2] == ("a", 1)
    assert last[0] == "c"
    assert first[2] <= wild[1] < wild[2] <= last[1]


def test_weights_are_read_as_they_are_published_and_as_safetensors(tmp_path):
    options = tiny_aligner.save(tmp_path / "model.pt")
    first = aligner(**options)
    first.check()
    mine = tiny_aligner.network().state_dict()
    for name, tensor in first.network.state_dict().items():
        assert torch.equal(tensor, mine[name])
    save_file(tiny_aligner.network().state_dict(), tmp_path / "model.safetensors")
    second = aligner(**{**options, "weights": str(tmp_path / "model.safetensors")})
    words = ["hello", "there", "42"]
    told = first.align(clip(), words)
    assert told == second.align(clip(), words)
    assert [word.text for word in told] == words
    assert first.fingerprint() != second.fingerprint()  # files are told apart by their bytes


def test_a_clip_of_another_rate_is_brought_to_the_networks(tmp_path):
    found = aligner(**tiny_aligner.save(tmp_path / "model.pt")).align(clip(2.0, 24000), ["hi"])
    assert 0 <= found[0].start_s < found[0].end_s <= 2.0


def test_more_letters_than_frames_are_refused(tmp_path):
    found = aligner(**tiny_aligner.save(tmp_path / "m.pt")).align(clip(0.2), ["pneumonias"])
    assert isinstance(found, Refusal)
    assert found.reason == "too_many_words"
    assert isinstance(aligner(**tiny_aligner.save(tmp_path / "m.pt")).align(clip(), []), Refusal)


def test_missing_weights_say_where_they_are_had(tmp_path):
    with pytest.raises(ConfigError, match=r"no file of weights is named.*dl\.fbaipublicfiles"):
        aligner().check()
    with pytest.raises(ConfigError, match=r"there is no file .*gone.pt"):
        aligner(weights=str(tmp_path / "gone.pt")).check()


def test_weights_that_do_not_fit_are_told(tmp_path):
    tiny_aligner.save(tmp_path / "model.pt")
    deeper = {**tiny_aligner.SIZES, "layers": 2}
    unlike = aligner(weights=str(tmp_path / "model.pt"), sizes=deeper)
    with pytest.raises(StopRun, match="does not fit the aligner's network"):
        unlike.align(clip(), ["hi"])
    for name in ("broken.pt", "broken.safetensors"):
        (tmp_path / name).write_bytes(b"nothing of the kind")
        with pytest.raises(CheckpointError, match=name):
            ctc_aligner.read_tensors(tmp_path / name)
    torch.save([1, 2], tmp_path / "list.pt")
    with pytest.raises(CheckpointError, match="holds a list"):
        ctc_aligner.read_tensors(tmp_path / "list.pt")


def test_a_pickle_that_would_run_code_is_refused(tmp_path):
    class Runs:
        def __reduce__(self):
            return (print, ("ran",))

    torch.save({"a": Runs()}, tmp_path / "evil.pt")
    with pytest.raises(CheckpointError, match=r"evil\.pt"):
        ctc_aligner.read_tensors(tmp_path / "evil.pt")
