"""Sentences of soundworld's speakers as files with a manifest: speech whose every word is timed."""

import json

import numpy as np
import soundfile
from audio_omni.plugins.soundworld.voice.speakers import SPEAKERS
from audio_omni.plugins.soundworld.voice.synthesis import Utterance, speak

RATE = 16000
SEXES = {"anna": "female", "clara": "female", "boris": "male", "david": "male"}
SENTENCES = (
    "the brave dog sleeps at home",
    "my old boat is green",
    "they carry the heavy box",
    "that clever fox listens often",
    "we open the little window",
    "her quiet horse walks alone",
)
NOISE_DB = -60.0


def utterance(name, sentence, *, rate=RATE, noise_db=NOISE_DB, seed=0):
    """Return samples (N,) of a sentence over steady noise, and its words with their times."""
    speaker = SPEAKERS[name]
    said = Utterance(sentence, speaker, speaker.pace, rate, (seed, sorted(SPEAKERS).index(name)))
    noise = np.random.default_rng(seed).normal(0, 10 ** (noise_db / 20), said.timing.samples)
    words = [
        {"word": w.text, "start_s": w.onset / rate, "end_s": w.end / rate}
        for w in said.timing.words
    ]
    return speak(said) + noise.astype(np.float32), words


def rows(folder, *, speakers=SEXES, sentences=SENTENCES, **more):
    """Write a file for each speaker and sentence, and return their rows."""
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for name in speakers:
        for number, sentence in enumerate(sentences):
            samples, words = utterance(name, sentence, seed=number)
            path = folder / f"{name}-{number}.wav"
            soundfile.write(path, samples, RATE, subtype="PCM_16")
            found.append(
                {
                    "id": f"{name}-{number}",
                    "path": path.name,
                    "text": sentence,
                    "speaker": name,
                    "sex": SEXES.get(name),
                    "language": "en",
                    "session": f"{name}/{number // 3}",
                    "licence": "CC0-1.0",
                    "attribution": "soundworld",
                    "parallel": f"s{number}",
                    "words": words,
                    "voice_consent": True,
                    **more,
                }
            )
    return found


def write(folder, told):
    """Write rows as a manifest and return its path."""
    path = folder / "utterances.jsonl"
    text = "".join(json.dumps(row) + "\n" for row in told)
    path.write_text(text, encoding="utf-8")
    return path


def corpus(folder, **more):
    """Return the manifest of a small corpus."""
    return write(folder, rows(folder, **more))
