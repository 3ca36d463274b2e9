"""Count the tokens of captions: ``python docs/prompt_tokens.py VOCABULARY GOLDENS CAPTIONS …``.

VOCABULARY is Qwen's byte-level vocabulary (``qwen.tiktoken``: of every token its bytes, base64,
and its rank), GOLDENS the folder with ``prompts_sha256.json``, which says how many characters the
published model's prompts have; their words are not ours to repeat. CAPTIONS are JSON lines with
``caption`` or ``captions``; a name with ``music`` in it is of music. Each prints one line of a
table: tokens of the captions alone, of whole prompts in our wording, and of whole prompts whose
system text has as many characters as the published one, in words of ours.
"""

from __future__ import annotations

import base64
import json
import statistics
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import regex
from audio_omni.conditioners.mllm.chat import chat_text
from audio_omni.core.payloads import Prompt
from audio_omni.tasks.prompts import TEXT_TO_AUDIO, TEXT_TO_MUSIC

MARK = regex.compile(r"(<\|\w+\|>)")
PIECE = regex.compile(
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
"""What Qwen's tokenizer splits text into before it merges bytes."""

PROSE = (
    "You are an experienced artist who listens closely. Create a detailed and convincing "
    "recording of everything that the user describes, with nothing left out and nothing added, in "
    "the best quality that you can reach, and mind the order of what happens in it."
)
"""Ordinary words, as many of which are taken as the published system text has characters."""


class Counter:
    """Counts tokens as Qwen's tokenizer makes them."""

    def __init__(self, vocabulary: Path) -> None:
        """Read the ranks."""
        lines = map(bytes.split, vocabulary.read_bytes().splitlines())
        self.ranks = {base64.b64decode(pair[0]): int(pair[1]) for pair in lines if pair}

    def __call__(self, text: str) -> int:
        """Return how many tokens a text has; each mark of the conversation is one."""
        parts = MARK.split(text)
        return sum(1 if MARK.fullmatch(part) else self._words(part) for part in parts)

    def _words(self, text: str) -> int:
        return sum(self._merged(piece.encode()) for piece in PIECE.findall(text))

    def _merged(self, piece: bytes) -> int:
        parts = [piece[i : i + 1] for i in range(len(piece))]
        while pairs := [
            (rank, i)
            for i in range(len(parts) - 1)
            if (rank := self.ranks.get(parts[i] + parts[i + 1])) is not None
        ]:
            _, i = min(pairs)
            parts[i : i + 2] = [parts[i] + parts[i + 1]]
        return len(parts)


def published_system(goldens: Path, task: str) -> str:
    """Return words of ours, as many characters as the published system text of a task has."""
    recorded = json.loads((goldens / "prompts_sha256.json").read_text(encoding="utf-8"))["prompts"]
    entry = next(entry for entry in recorded if entry["task"] == task)
    without = chat_text(Prompt(text=f"{entry['text']}.", system=""))
    return PROSE[: entry["characters"] - len(without)]


def captions_of(path: Path) -> Iterator[str]:
    """Yield the captions of a file."""
    for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        yield from row["captions"] if "captions" in row else [row["caption"]]


def told(counts: Sequence[int]) -> str:
    """Return mean, and the range of the middle nine tenths."""
    parts = statistics.quantiles(counts, n=20)
    return f"{statistics.mean(counts):.1f} ({parts[0]:.0f} to {parts[-1]:.0f})"


def main(vocabulary: Path, goldens: Path, files: Sequence[Path]) -> None:
    """Print the table."""
    count = Counter(vocabulary)
    sys.stdout.write("| captions | n | alone | prompt, ours | prompt, published length |\n")
    sys.stdout.write("|---|---|---|---|---|\n")
    for path in files:
        is_music = "music" in path.name
        ours = (TEXT_TO_MUSIC if is_music else TEXT_TO_AUDIO).system
        long = published_system(goldens, "T2M" if is_music else "T2A")
        texts = list(captions_of(path))
        own = [count(chat_text(Prompt(text=text.strip(), system=ours))) for text in texts]
        published = [count(chat_text(Prompt(text=f"{text}.", system=long))) for text in texts]
        cells = [path.stem, str(len(texts)), *map(told, ([*map(count, texts)], own, published))]
        sys.stdout.write(f"| {' | '.join(cells)} |\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), [Path(name) for name in sys.argv[3:]])
