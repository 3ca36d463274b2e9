"""The built-in providers of editing pairs keep their contracts."""

import json
import sys
from pathlib import Path
from typing import ClassVar

import gemini_service
import pytest
import tiny_aligner
import tiny_audioldm2
import tiny_stable_audio
from audio_omni.plugins.audioedit.providers.contract import Place
from audio_omni.plugins.testing import EditProviderContract
from scripted_listener import catalog_saying
from tiny_networks.folders import save_clap, save_pe_audio
from tiny_networks.pipelines import micro_pipeline

PLUGIN = "audio_omni.plugins.audioedit.plugin"
STAND_INS = Path(__file__).resolve().parents[1] / "stand_ins"
FAKE_SAM_AUDIO = STAND_INS / "fake_sam_audio"


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


class TestPeAudio(EditProviderContract):
    plugin = PLUGIN
    name = "pe_audio"
    other_options: ClassVar = {"threshold": 0.6}

    @pytest.fixture(autouse=True)
    def tiny(self, tmp_path):
        self.options = {"model": str(save_pe_audio(tmp_path / "frames")), "threshold": 0.5}


class TestSamAudio(EditProviderContract):
    plugin = PLUGIN
    name = "sam_audio"
    options: ClassVar = {"python": sys.executable, "device": "cpu", "dtype": "float32"}
    other_options: ClassVar = {"steps": 16}

    @pytest.fixture(autouse=True)
    def fake(self, monkeypatch):
        monkeypatch.setenv("PYTHONPATH", str(FAKE_SAM_AUDIO))


class TestSamAudioJudge(EditProviderContract):
    plugin = PLUGIN
    name = "sam_audio_judge"
    other_options: ClassVar = {"revision": "1234abc"}

    @pytest.fixture(autouse=True)
    def fake(self, monkeypatch, tmp_path):
        monkeypatch.setenv("PYTHONPATH", str(FAKE_SAM_AUDIO))
        (tmp_path / "config.json").write_text("{}")
        (tmp_path / "checkpoint.pt").write_bytes(b"weights")
        self.options = {
            "python": sys.executable, "device": "cpu", "model": str(tmp_path), "batch": 2
        }  # fmt: skip


class TestAesthetics(EditProviderContract):
    plugin = PLUGIN
    name = "audiobox_aesthetics"
    other_options: ClassVar = {"revision": "1234abc"}

    @pytest.fixture(autouse=True)
    def fake(self, monkeypatch, tmp_path):
        monkeypatch.setenv("PYTHONPATH", str(STAND_INS / "fake_aesthetics"))
        scales = {axis: {"mean": 5.0, "std": 2.0} for axis in ("CE", "CU", "PC", "PQ")}
        (tmp_path / "config.json").write_text(json.dumps({"target_transform": scales}))
        (tmp_path / "model.safetensors").write_bytes(b"weights")
        self.options = {"device": "cpu", "model": str(tmp_path), "batch": 2}


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


class TestGeminiParaphraser(GeminiContract):
    name = "gemini_paraphraser"
    reply: ClassVar = gemini_service.said({"wordings": ["I can do without {the}."]})


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


class TestMllmParaphraser(MllmContract):
    name = "mllm_paraphraser"
    says: ClassVar = {"wordings": ["I can do without {the}."]}


class TestTableStyleWords(EditProviderContract):
    plugin = PLUGIN
    name = "table_style_words"
    other_options: ClassVar = {"reach": "family"}


class TestGivenWords(EditProviderContract):
    plugin = PLUGIN
    name = "given_words"
    other_options: ClassVar = {"field": "times"}

    def facts(self):
        return {"words": [["Hello", 0.1, 0.6], ["there", 0.7, 1.2]]}


class TestCtcAligner(EditProviderContract):
    plugin = PLUGIN
    name = "ctc_aligner"

    @pytest.fixture(autouse=True)
    def tiny(self, tmp_path):
        self.options = tiny_aligner.save(tmp_path / "aligner.pt")
        self.other_options = {"sizes": {**self.options["sizes"], "layers": 2}}
