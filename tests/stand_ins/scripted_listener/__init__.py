"""A conditioner that answers what it is told to, in place of a language model that is trained."""

import json
from types import SimpleNamespace

from audio_omni.core.config import Config


class Listener:
    """Says one text after the other; the last one stays. Keeps what it was asked."""

    def __init__(self, texts):
        self.texts, self.asked, self.batches = texts, [], []

    def answer(self, prompt, *, max_new_tokens=1024, temperature=0.0, seed=None):
        text = self.texts[min(len(self.asked), len(self.texts) - 1)]
        self.asked.append((prompt, temperature, seed))
        if isinstance(text, Exception):
            raise text
        return iter([text[: len(text) // 2], text[len(text) // 2 :]])

    def answer_conversions(self, prompt):
        return ()

    def to(self, device):
        return self

    def eval(self):
        return self


class ListenerOfMany(Listener):
    """One that also answers side by side."""

    def answer_together(self, prompts, *, max_new_tokens=1024, together=8):
        self.batches.append(len(prompts))
        return ["".join(self.answer(prompt)) for prompt in prompts]


class AnyConfig(Config):
    """Takes what the real one takes."""

    model: str = ""


def catalog_of(listener):
    """Return plugins whose only conditioner is a listener."""
    conditioners = SimpleNamespace(
        get=lambda name: SimpleNamespace(config=AnyConfig),
        load=lambda name: lambda config, width: listener,
    )
    return SimpleNamespace(conditioners=conditioners)


def catalog_saying(value):
    """Return plugins whose only conditioner says a value as JSON."""
    return catalog_of(Listener([json.dumps(value)]))
