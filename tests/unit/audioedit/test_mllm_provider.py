"""A language model on this machine: JSON in three tries, and the real network hears the clip."""

import hashlib
import json

import numpy as np
import pytest
import torch
from audio_omni.conditioners.mllm.conditioner import MllmConditioner
from audio_omni.conditioners.mllm.config import MllmConfig
from audio_omni.core.answering import AnswersTogether
from audio_omni.core.errors import ConfigError, RequestError
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.payloads import Prompt
from audio_omni.plugins.audioedit.providers.contract import Clip, Place, ProviderFailure
from audio_omni.plugins.audioedit.providers.mllm.config import (
    MllmLabelerConfig,
    MllmStyleWordsConfig,
)
from audio_omni.plugins.audioedit.providers.mllm.labeler import MllmLabeler
from audio_omni.plugins.audioedit.providers.mllm.style_words import MllmStyleWords
from audio_omni.plugins.manager import build_plugin_manager
from gemini_service import DUCK, LABELS
from scripted_listener import Listener, ListenerOfMany, catalog_of

GOOD = json.dumps(LABELS)
RNG = np.random.default_rng(0)
CLIPS = [
    Clip(f"{n}", RNG.normal(0, 0.1, 16000).astype(np.float32), 16000, f"{n:064x}") for n in range(3)
]


def labeler(listener, tmp_path, **options):
    provider = MllmLabeler(MllmLabelerConfig(**options))
    provider.bind(Place(tmp_path, catalog_of(listener)))
    return provider


def test_a_good_answer_needs_one_try(tmp_path):
    listener = Listener([f"Sure:\n```json\n{GOOD}\n```"])
    heard = labeler(listener, tmp_path).label(CLIPS[0])
    assert [source.label for source in heard.sources] == ["dog barking"]
    ((prompt, warmth, _),) = listener.asked
    assert "at most five" in prompt.text
    assert '"sources"' in prompt.text
    assert torch.equal(prompt.audio.samples[0], torch.from_numpy(CLIPS[0].samples))
    assert warmth == 0


def test_what_was_wrong_is_told_and_the_third_try_is_drawn(tmp_path):
    listener = Listener(["a dog", '{"sources": 3}', GOOD])
    assert labeler(listener, tmp_path).label(CLIPS[0]).sources
    (_, second, third) = listener.asked
    assert "a dog" in second[0].text
    assert "no JSON object" in second[0].text
    assert "sources: Input should be a valid list" in third[0].text
    assert second[1:] == (0.0, None)
    assert third[1] > 0
    assert third[2] is not None


def test_three_answers_without_json_are_a_failure_for_good(tmp_path):
    listener = Listener(["woof"])
    with pytest.raises(ProviderFailure, match="3 answers") as failure:
        labeler(listener, tmp_path).label(CLIPS[0])
    assert (failure.value.retryable, failure.value.reason) == (False, "bad_json")
    assert len(listener.asked) == 3


def test_many_clips_are_heard_side_by_side_and_one_bad_answer_is_its_own(tmp_path):
    listener = ListenerOfMany([GOOD, "woof", GOOD, GOOD])
    heard = labeler(listener, tmp_path).label_many(CLIPS)
    assert listener.batches == [3]
    assert all(one.sources for one in heard)
    assert len(listener.asked) == 4


def test_a_clip_that_cannot_be_heard_fails_alone(tmp_path):
    listener = ListenerOfMany([RequestError("too long"), RequestError("too long"), GOOD, GOOD])
    heard = labeler(listener, tmp_path).label_many(CLIPS)
    assert isinstance(heard[0], ProviderFailure)
    assert not heard[0].retryable
    assert all(one.sources for one in heard[1:])


def test_style_words(tmp_path):
    writer = MllmStyleWords(MllmStyleWordsConfig())
    listener = Listener([json.dumps({"sounds": [DUCK, {**DUCK, "label": "cat meowing"}]})])
    writer.bind(Place(tmp_path, catalog_of(listener)))
    words = writer.suggest("dog barking", 4, ["cat meowing"], 3)
    assert [word.label for word in words] == ["duck quacking"]
    assert "cat meowing" in listener.asked[0][0].text


def test_a_conditioner_that_cannot_answer_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="'mllm' cannot answer"):
        labeler(torch.nn.Identity(), tmp_path).check()


def test_weights_that_are_not_there_are_asked_for_before_work(tmp_path):
    provider = MllmLabeler(MllmLabelerConfig(model={"model": "nobody/nothing"}))
    provider.bind(Place(tmp_path, build_plugin_manager(entry_points=False)))
    with pytest.raises(ConfigError, match="hf download nobody/nothing"):
        provider.check()


def test_the_real_network_is_asked_three_times_for_json_it_was_never_taught(tmp_path):
    options = {"model": {"local": {"width": 32}}, "max_new_tokens": 6}
    provider = MllmLabeler(MllmLabelerConfig(**options))
    provider.bind(Place(tmp_path, build_plugin_manager(entry_points=False)))
    provider.check()
    heard = provider.label_many(CLIPS[:2])
    assert [failure.reason for failure in heard] == ["bad_json"] * 2


def test_the_folder_of_weights_is_part_of_the_fingerprint(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    options = MllmLabelerConfig(model={"model": str(tmp_path)})
    before = MllmLabeler(options).fingerprint()
    assert MllmLabeler(options.model_copy(update={"together": 1})).fingerprint() == before
    (tmp_path / "config.json").write_text('{"layers": 3}')
    assert MllmLabeler(options).fingerprint() != before


def test_weights_have_the_hash_of_their_file_if_they_are_one(tmp_path):
    options = MllmLabelerConfig(model={"model": str(tmp_path)})
    assert MllmLabeler(options).weights_sha256() is None
    assert MllmLabeler(MllmLabelerConfig(model={"local": {}})).weights_sha256() is None
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    wanted = hashlib.sha256(b"weights").hexdigest()
    assert MllmLabeler(options).weights_sha256() == wanted


@pytest.fixture(scope="module")
def network():
    return MllmConditioner(MllmConfig(local={"width": 32}), 24)


def test_answers_side_by_side_are_those_of_each_alone(network):
    assert isinstance(network, AnswersTogether)
    clips = [Waveform(torch.from_numpy(c.samples)[None], 16000) for c in CLIPS]
    short = Waveform(clips[0].samples[:, :8000], 16000)
    prompts = [Prompt("What is heard?", audio=clip) for clip in (*clips, short)]
    prompts.append(Prompt("What is a dog?"))
    together = network.answer_together(prompts, max_new_tokens=8, together=2)
    alone = ["".join(network.answer(prompt, max_new_tokens=8)) for prompt in prompts]
    assert together == alone
    assert len(set(together)) > 1
