"""Voices are edited only where their speakers agreed, and speech can be left out (risk 36)."""

import numpy as np
import pytest
from audio_omni.plugins.audioedit.config import AudioEditConfig
from audio_omni.plugins.audioedit.ingredients.stage import IngredientStage
from audio_omni.plugins.audioedit.providers.contract import Clip
from audio_omni.plugins.audioedit.providers.dataset_labeler import DatasetLabeler
from audio_omni.plugins.audioedit.stages.outcomes import Kept, Rejected
from audio_omni.plugins.audioedit.stages.workshop import Workshop
from audio_omni.plugins.audioedit.words.spoken import WITHOUT_CONSENT, is_voice
from real_parts.scenes import Scenes, open_catalog


@pytest.mark.parametrize(
    "words",
    ["male speech, man speaking", "female singing", "people whispering", "rapping", "a narrator",
     "child speech, kid speaking", "two people in conversation", "choir", "crowd shouting",
     "a woman talking while birds sing", "speech in the wind"],
)  # fmt: skip
def test_speech_and_song_are_voices(words):
    assert is_voice(words)


@pytest.mark.parametrize(
    "words",
    ["dog barking", "baby crying", "people laughing", "someone sneezing", "bird singing",
     "parrot talking", "singing bowl", "wrapping paper", "a conveyor", "pop song", "insulting"],
)  # fmt: skip
def test_other_sounds_are_none(words):
    assert not is_voice(words)


def test_the_reason_says_what_to_do():
    assert "voice_consent: true" in WITHOUT_CONSENT


@pytest.fixture
def talking(scenes):
    """Somebody speaks, alone and beside a dog; what is heard of it plays no part here."""
    scenes.add("only", ("man speaking",), sounding=("cat meowing",))
    scenes.add("beside", ("man speaking", "dog barking"), sounding=("cat meowing", "dog barking"))
    return scenes


def test_real_pairs_are_of_no_voice_without_consent(talking, run):
    ran = run(talking.config())
    assert ran.verdicts("expand") == {"only": "voice_without_consent", "beside": "kept"}
    counted = ran.lines("expand")["scenes:beside"].scores
    assert counted["voices_without_consent"] == 1.0
    labels = {record.scene["label"] for record in ran.records()}
    assert labels == {"dog barking"}


def test_with_consent_they_are_made_and_it_is_recorded(talking, run):
    chosen = talking.config()
    agreed = [s.model_copy(update={"voice_consent": True}) for s in chosen.real.scenes]
    real = chosen.real.model_copy(update={"scenes": agreed})
    ran = run(chosen.model_copy(update={"real": real}))
    assert set(ran.verdicts("expand").values()) == {"kept"}
    kept = [line.items[0].data for line in ran.lines("index").values()]
    assert all(data["voice_consent"] for data in kept)
    for record in ran.records():
        assert record.provenance.ingredients[0].voice_consent is True


def workshop(tmp_path, *, consent=False, drop=False, **row):
    scenes = Scenes(tmp_path / "sounds")
    scenes.add("one", row={"label": "dog barking", **row})
    source = {"uri": scenes.manifest(), "voice_consent": consent}
    config = AudioEditConfig.model_validate({
        "sample_rate_hz": 32000, "clip_seconds": 3.0,
        "synthesis": {"scenes": 1, "foreground": [source], "background": [source],
                      "drop_speech": drop, "warper": None, "pitch_semitones": [0, 0],
                      "stretch": [1, 1]},
    })  # fmt: skip
    return Workshop(tmp_path / "set", config, open_catalog())


def outcomes(made):
    stage = IngredientStage(made)
    return stage.process([IngredientStage.item(0), IngredientStage.item(1)])


def test_a_voice_is_no_event_without_consent_and_may_be_a_background(tmp_path):
    event, background = outcomes(workshop(tmp_path, label="woman speaking"))
    assert isinstance(event, Rejected)
    assert (event.reason, event.detail) == ("voice_without_consent", "sounds: one; woman speaking")
    assert isinstance(background, Kept)


def test_with_consent_a_voice_is_an_event(tmp_path):
    event, _ = outcomes(workshop(tmp_path, consent=True, label="woman speaking"))
    assert event.items[0].data["voice_consent"] is True


@pytest.mark.parametrize("drop", [False, True])
def test_speech_is_recorded_and_dropped_if_asked(tmp_path, drop):
    for found in outcomes(workshop(tmp_path, drop=drop, has_speech=True)):
        if drop:
            assert (type(found), found.reason) == (Rejected, "speech")
        else:
            assert found.items[0].data["has_speech"] is True


@pytest.mark.parametrize(
    ("facts", "speaks"),
    [
        ({"label": "dog barking"}, False),
        ({"label": "dog barking", "has_speech": True}, True),
        ({"label": "male speech, man speaking"}, True),
        ({"label": "female singing"}, False),
    ],
)
def test_the_data_set_s_own_label_tells_of_speech(facts, speaks):
    labeler = DatasetLabeler(DatasetLabeler.config())
    clip = Clip("one", np.zeros(8, np.float32), 16000, "0" * 64, facts)
    assert labeler.label(clip).has_speech is speaks
