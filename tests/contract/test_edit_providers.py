"""The built-in providers of editing pairs keep their contracts."""

import sys
from pathlib import Path
from typing import ClassVar

import gemini_service
import pytest
import tiny_audioldm2
import tiny_stable_audio
from audio_omni.plugins.audioedit.providers.contract import Place
from audio_omni.plugins.testing import EditProviderContract
from scripted_listener import catalog_saying
from tiny_networks.folders import save_clap
from tiny_networks.pipelines import micro_pipeline

PLUGIN = "audio_omni.plugins.audioedit.plugin"
FAKE_SAM_AUDIO = Path(__file__).resolve().parents[1] / "stand_ins" / "fake_sam_audio"


class TestSignalsmith(EditProviderContract):
    plugin = PLUGIN
    name = "signalsmith"


class TestSox(EditProviderContract):
    plugin = PLUGIN
    name = "sox"
    other_options: ClassVar = {"program": "sox_ng"}
    cannot_run = "the sox program is not needed by anything else; test_warpers has a small one"


class TestEnergy(EditProviderContract):
    plugin = PLUGIN
    name = "energy"
    other_options: ClassVar = {"window_ms": 100}


class TestClap(EditProviderContract):
    plugin = PLUGIN
    name = "clap"
    other_options: ClassVar = {"batch": 2}

    @pytest.fixture(autouse=True)
    def tiny(self, tmp_path):
        self.options = {"model": str(save_clap(tmp_path / "clap"))}


class TestSamAudio(EditProviderContract):
    plugin = PLUGIN
    name = "sam_audio"
    options: ClassVar = {"python": sys.executable, "device": "cpu", "dtype": "float32"}
    other_options: ClassVar = {"steps": 16}

    @pytest.fixture(autouse=True)
    def fake(self, monkeypatch):
        monkeypatch.setenv("PYTHONPATH", str(FAKE_SAM_AUDIO))


class TestFlowEditor(EditProviderContract):
    plugin = PLUGIN
    name = "flow_editor"
    options: ClassVar = {"model": "a-run", "steps": 4, "strengths": (0.5, 1.0)}
    other_options: ClassVar = {"guidance_scale": 2.0}

    def build(self):
        provider = super().build()
        provider.__dict__["pipeline"] = micro_pipeline(self.host)
        provider.check = lambda: None  # no file to look for: it is in memory
        return provider


class TestDiffusersEditor(EditProviderContract):
    plugin = PLUGIN
    name = "diffusers_editor"
    options: ClassVar = {"bandwidth": "transplant", "steps": 4, "strengths": (0.5, 1.0)}
    other_options: ClassVar = {"bandwidth": "match_both"}

    def build(self):
        pytest.importorskip("diffusers", reason="needs audio-omni[diffusers]")
        from audio_omni.plugins.audioedit.providers.audioldm2 import AudioLdm2

        provider = super().build()
        provider.__dict__["backbone"] = AudioLdm2(tiny_audioldm2.tiny_pipe(), "cpu")
        provider.check = lambda: None
        return provider


class TestStableAudioEditor(EditProviderContract):
    plugin = PLUGIN
    name = "stable_audio_editor"
    options: ClassVar = {"steps": 4, "strengths": (0.5, 1.0)}
    other_options: ClassVar = {"guidance_scale": 2.0}

    def build(self):
        pytest.importorskip("diffusers", reason="needs audio-omni[diffusers]")
        from audio_omni.plugins.audioedit.providers.stable_audio import StableAudio

        provider = super().build()
        provider.__dict__["backbone"] = StableAudio(tiny_stable_audio.tiny_pipe(), "cpu")
        provider.check = lambda: None
        return provider


class TestDatasetLabeler(EditProviderContract):
    plugin = PLUGIN
    name = "dataset_labeler"
    other_options: ClassVar = {"field": "class"}


class GeminiContract(EditProviderContract):
    """Runs against a server on this machine that speaks Gemini's interface."""

    plugin = PLUGIN
    other_options: ClassVar = {"temperature": 0.5}
    reply: ClassVar = gemini_service.said(gemini_service.LABELS)

    def test_does_its_work(self, tmp_path):
        pytest.importorskip("google.genai", reason="needs google-genai")
        with gemini_service.serving() as service, pytest.MonkeyPatch.context() as patch:
            patch.setenv("GEMINI_API_KEY", "a-key")
            patch.setenv("GOOGLE_GEMINI_BASE_URL", service.url)
            service.will(self.reply)
            super().test_does_its_work(tmp_path)
            assert service.requests


class TestGeminiLabeler(GeminiContract):
    name = "gemini_labeler"


class TestGeminiStyleWords(GeminiContract):
    name = "gemini_style_words"
    reply: ClassVar = gemini_service.said({"sounds": [gemini_service.DUCK]})


class MllmContract(EditProviderContract):
    """Runs with a conditioner that says what a language model should."""

    plugin = PLUGIN
    other_options: ClassVar = {"max_new_tokens": 99}
    says: ClassVar = gemini_service.LABELS

    def build(self):
        provider = super().build()
        take = provider.bind
        provider.bind = lambda place: take(Place(place.root, catalog_saying(self.says)))
        return provider


class TestMllmLabeler(MllmContract):
    name = "mllm_labeler"


class TestMllmStyleWords(MllmContract):
    name = "mllm_style_words"
    says: ClassVar = {"sounds": [gemini_service.DUCK]}


class TestTableStyleWords(EditProviderContract):
    plugin = PLUGIN
    name = "table_style_words"
    other_options: ClassVar = {"reach": "family"}
