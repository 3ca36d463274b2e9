"""A language model's answer to a question about what it hears and sees, as it comes.

Shapes: B batch, V vocabulary.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from ...core.errors import RequestError
from ...core.payloads import Prompt
from .chat import TURN_END
from .config import MllmConfig
from .question import question_inputs
from .thinker import Thinker


def answer_prompt(
    thinker: Thinker,
    prompt: Prompt,
    config: MllmConfig,
    *,
    max_new_tokens: int,
    temperature: float,
    seed: int | None,
) -> Iterator[str]:
    """Return an answer piece by piece; the question is checked and read at once.

    Raises:
        RequestError: if the question is too long or holds control tokens, or an option is out of
            its range.
        MediaError: if its video cannot be decoded.
    """
    if max_new_tokens < 1 or temperature < 0 or (temperature > 0 and seed is None):
        raise RequestError(
            f"Got max_new_tokens = {max_new_tokens}, temperature = {temperature:g}, seed = {seed}; "
            "expected at least one token, and a temperature of 0, or above 0 with a seed."
        )
    inputs = question_inputs(thinker, prompt, config)
    options = {
        "max_new_tokens": max_new_tokens,
        "use_audio_in_video": prompt.audio_of_video,
        "logits_processor": [] if seed is None or not temperature else [_Draw(temperature, seed)],
    }
    return _stream(thinker, inputs, options)


class _Draw:
    """Turns the likeliest token into one drawn from the softmax, by noise of its own generator.

    The largest of logits plus Gumbel noise is distributed as their softmax.

    Source: Gumbel, "Statistical theory of extreme values", 1954.
    """

    def __init__(self, temperature: float, seed: int) -> None:
        self._temperature = temperature
        self._generator = torch.Generator().manual_seed(seed)

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Return scores (B, V) whose largest is the token drawn."""
        uniform = torch.rand(scores.shape, generator=self._generator).to(scores.device)
        return scores / self._temperature - (-uniform.clamp_min(1e-10).log()).log()


class _Tokens:
    """Hands token ids from the thread that makes them to the one that reads them."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[list[int] | None] = queue.SimpleQueue()
        self._prompt_seen = False

    def put(self, ids: Tensor) -> None:
        """Take new ids; the first call brings the prompt's, which are no part of the answer."""
        if self._prompt_seen:
            self._queue.put(ids.flatten().tolist())
        self._prompt_seen = True

    def end(self) -> None:
        """Say that no more will come; saying it twice does no harm."""
        self._queue.put(None)

    def __iter__(self) -> Iterator[int]:
        """Yield the ids of the answer as they come."""
        while (ids := self._queue.get()) is not None:
            yield from ids


def _stream(
    thinker: Thinker, inputs: Mapping[str, Tensor], options: Mapping[str, Any]
) -> Iterator[str]:
    """Yield the text of new tokens; what goes wrong in the thread that makes them is raised here.

    A reader that stops early stops the generation after its current token.
    """
    from tokenizers.decoders import DecodeStream

    tokens, stop = _Tokens(), threading.Event()
    failures: list[BaseException] = []

    def work() -> None:
        try:
            _generate(thinker, inputs, tokens, stop, options)
        except BaseException as failure:
            failures.append(failure)
        finally:
            tokens.end()

    worker = threading.Thread(target=work, name="answer", daemon=True)
    worker.start()
    decoder = DecodeStream(skip_special_tokens=True)
    try:
        for token in tokens:
            piece = decoder.step(thinker.processor.tokenizer.backend_tokenizer, token)
            if piece:
                yield piece
    finally:
        stop.set()
        worker.join()
    if failures:
        raise failures[0]


def _generate(
    thinker: Thinker,
    inputs: Mapping[str, Tensor],
    tokens: _Tokens,
    stop: threading.Event,
    options: Mapping[str, Any],
) -> None:
    tokenizer = thinker.processor.tokenizer
    model: Any = thinker.model
    device = next(model.parameters()).device

    def stopped(input_ids: Tensor, scores: Any, **_: Any) -> Tensor:
        return torch.full((len(input_ids),), stop.is_set(), device=input_ids.device)

    model.generate(
        **{name: tensor.to(device) for name, tensor in inputs.items()},
        **options,
        streamer=tokens,
        stopping_criteria=[stopped],
        eos_token_id=[tokenizer.convert_tokens_to_ids(TURN_END), tokenizer.pad_token_id],
        pad_token_id=tokenizer.pad_token_id,
        do_sample=False,
        temperature=None,
        top_p=None,
        top_k=None,
    )
