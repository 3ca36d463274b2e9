"""Labeller, separator, scorer, judge and editor that know the answers."""

import hashlib
import json
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from audio_omni.core.config import Config
from audio_omni.core.errors import PluginError
from audio_omni.plugins.audioedit.providers.activity import resampled
from audio_omni.plugins.audioedit.providers.contract import (
    Editor,
    HeardSource,
    Judge,
    Labeler,
    Labels,
    Locator,
    ProviderFailure,
    Refusal,
    Scorer,
    Separator,
)
from audio_omni.plugins.audioedit.providers.phrasing import phrase_of
from audio_omni.plugins.audioedit.providers.warping import fitted

from .sounds import BANDS, WIDTH, band_shares, hashed, noise_in

LICENCE = "none, of tests: https://example.invalid"


class StubConfig(Config):
    folder: str


class Stub(Labeler):
    """Reads labels, or a refusal, from the file that a test wrote for the clip."""

    config = StubConfig
    licence = LICENCE

    def label(self, clip):
        truth = read(self.options.folder, clip.facts["name"])
        if truth.get("fault") == "refused":
            return Refusal("safety", "It would not say.")
        if truth.get("fault") == "cannot_label":
            raise ProviderFailure("no answer", reason="network")
        sources = [
            HeardSource(**phrase_of(label).model_dump(), **truth.get("said", {}))
            for label in truth["labels"]
        ]
        facts = {name: truth[name] for name in ("scene", "unusable", "has_speech") if name in truth}
        return Labels(sources=sources, asked="stub-1, 2026-01-02", **facts)


class WhereConfig(Config):
    folder: str


class Where(Locator):
    """Tells where a test put a sound, or that it hears none."""

    config = WhereConfig
    licence = LICENCE

    def locate(self, clips, phrases):
        truth = [read(self.options.folder, clip.facts["name"]) for clip in clips]
        return [tuple(map(tuple, facts.get("heard_at", ()))) for facts in truth]

    def weights_sha256(self):
        return "e" * 64


class OracleConfig(Config):
    folder: str
    gain: float = 1.0


class Oracle(Separator):
    """Returns the stems that a test mixed, or what a fault makes of them."""

    config = OracleConfig
    licence = LICENCE

    def separate(self, clips, phrases, spans, seeds):
        self.told = getattr(self, "told", {})
        self.told |= {clip.id: each for clip, each in zip(clips, spans, strict=True)}
        return [self._one(*item) for item in zip(clips, phrases, strict=True)]

    def _one(self, clip, phrase):
        truth = read(self.options.folder, clip.facts["name"])
        stems = np.load(Path(self.options.folder) / f"{clip.facts['name']}.npz")
        length, rate = len(clip.samples), truth["rate"]
        known = {n: fitted(resampled(stems[n], rate, clip.sample_rate_hz), length) for n in stems}
        target = self.options.gain * known.get(phrase, np.zeros(length, np.float32))
        residual = clip.samples - target
        return fault_made(truth.get("fault"), clip, target, residual)


def fault_made(fault, clip, target, residual):
    match fault:
        case "silent_target":
            return 0 * target, clip.samples
        case "silent_residual":
            return clip.samples, 0 * residual
        case "swapped":
            return residual, target
        case "nan":
            return target * np.float32(np.nan), residual
        case "short_parts":
            return target[:-5], residual[:-5]
        case "inconsistent":
            return target, -residual
        case "noisy":  # as generated parts are: they add up to the clip about, 10 dB apart
            noise = np.random.default_rng(0).standard_normal(len(residual))
            level = 10 ** (-10 / 20) * np.sqrt(np.mean(clip.samples**2))
            return target, (residual + level * noise).astype(np.float32)
        case "cannot_separate":
            raise ProviderFailure("out of memory", reason="oom")
        case "never_separates":
            raise ProviderFailure("too long", retryable=False, reason="too_long")
    return target, residual


def read(folder, name):
    return json.loads((Path(folder) / f"{name}.json").read_text(encoding="utf-8"))


class HashConfig(Config):
    weights: str = "one"


class Hash(Scorer):
    """Sounds by the bands that they are in; words by the sounds that they name."""

    config = HashConfig
    licence = LICENCE

    def embed_audio(self, clips, sample_rate_hz):
        found = np.zeros((len(clips), WIDTH))
        for k, clip in enumerate(clips):
            found[k, : len(BANDS)] = band_shares(clip, sample_rate_hz)
            rest = max(0.0, 1 - float(found[k] @ found[k]))
            found[k] += np.sqrt(rest) * hashed("what is in no band")
        return found / np.linalg.norm(found, axis=1, keepdims=True)

    def embed_text(self, texts):
        return np.array([self._text(text) for text in texts])

    def _text(self, text):
        vector = 0.6 * hashed(" ".join(text.split()[-2:]))
        for k, label in enumerate(BANDS):
            noun = label.split()[0]
            if noun in text:
                vector[k] = 1.0
            if noun in {"dog", "cat", "sheep", "duck"} and any(
                other in text for other in ("dog", "cat", "sheep", "duck")
            ):
                vector[k] = max(vector[k], 0.45)  # animals are like one another
        return vector / np.linalg.norm(vector)

    def weights_sha256(self):
        return hashlib.sha256(self.options.weights.encode()).hexdigest()


class ToyConfig(Config):
    kind: Literal["move", "identity", "silence", "late", "spill", "loud", "nan", "refuse"] = "move"
    limit_hz: float | None = None


class Toy(Editor):
    """Gives the envelope of a sound to noise in another's band."""

    config = ToyConfig
    licence = LICENCE

    def limits_hz(self):
        return self.options.limit_hz

    def invert(self, clip, source_text, seed):
        return Refusal("bandwidth", "too high") if self.options.kind == "refuse" else clip

    def apply(self, inverted, target_text, strength):
        clip, kind = inverted, self.options.kind
        samples, rate = clip.samples, clip.sample_rate_hz
        if kind == "identity":
            return samples.copy()
        label = next((name for name in BANDS if name.split()[0] in target_text), "bird chirping")
        hop = rate // 200
        power = np.convolve(samples.astype(np.float64) ** 2, np.ones(hop) / hop, mode="same")
        new = noise_in(label, len(samples), rate) * np.sqrt(power).astype(np.float32)
        if strength < 0.6:  # the weakest setting is too weak
            return (0.95 * samples + 0.05 * new).astype(np.float32)
        level = np.sqrt(np.sum(samples**2) / max(float(np.sum(new**2)), 1e-12))
        new = (level * new).astype(np.float32)
        match kind:
            case "silence":
                return 0 * new
            case "late":
                return np.roll(new, rate // 5)
            case "spill":
                return new + 0.007 * noise_in(label, len(samples), rate)
            case "loud":
                return 3 * new
            case "nan":
                return new * np.float32(np.nan)
        return new

    def strengths(self):
        return (0.5, 0.7)


class CriticConfig(Config):
    folder: str
    weights: str = "one"


class Critic(Judge):
    """Reads its scores from the file that a test wrote for the clip."""

    config = CriticConfig
    licence = LICENCE
    axes: ClassVar = {"overall": "it is good", "precision": "nothing else is in it"}
    heard: ClassVar[list[int]] = []

    def judge(self, mixes, parts, phrases):
        assert [len(mix.samples) for mix in mixes] == [len(part.samples) for part in parts]
        self.heard.extend(len(mix.samples) for mix in mixes)
        return [self._one(mix) for mix in mixes]

    def _one(self, mix):
        said = read(self.options.folder, mix.facts["name"]).get("judged", {})
        if said == "nothing":
            raise ProviderFailure("no answer", reason="judge")
        return {"overall": 4.0, "precision": 3.5, **said}

    def weights_sha256(self):
        if self.options.weights == "none":
            raise PluginError("The critic has no weights.")
        return hashlib.sha256(self.options.weights.encode()).hexdigest()
