"""The user's copy of the release: sentences and vocabulary, which are not ours to ship.

Torch is not needed, and no line of the copy is executed: `prompts.py` is parsed, and only its
string constants are taken.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...core.errors import ConfigError

PROMPTS = "prompts.py"
VOCABULARY = "vocab.txt"
PLACES = (Path(), Path("data"), Path("audio_omni"), Path("audio_omni", "data"))
"""Where the files lie: in the folder itself, or in a copy of the release's repository."""

VOCABULARY_SHA256 = "2a05f992e00af9b0bd3800a8d23e78d520dbd705284ed2eedb5f4bd29398fa3c"
"""Of the 2545 entries that the published transcript encoder was trained with."""

CONSTANTS = (
    "SYSTEM_T2A",
    "SYSTEM_T2M",
    "SYSTEM_TTS",
    "SYSTEM_V2A",
    "SYSTEM_V2M",
    "SYSTEM_EDITING",
    "SYSTEM_UNDERSTANDING",
    "EDITING_ADD",
    "EDITING_REMOVE",
    "EDITING_EXTRACT",
    "EDITING_STYLE",
)


@dataclass(frozen=True)
class Assets:
    """What the published model was trained to read.

    Attributes:
        constants: the sentences by their names in the release.
        vocabulary: the entries of the transcript encoder, one a line.
    """

    constants: Mapping[str, str]
    vocabulary: Path


def find_assets(folder: Path, *, allow_other_vocabulary: bool = False) -> Assets:
    """Return the sentences and the vocabulary of a copy of the release.

    Args:
        folder: the release's repository, its package ``audio_omni/``, or any folder with
            ``prompts.py`` and ``vocab.txt``.
        allow_other_vocabulary: take a vocabulary that is not the published one.

    Raises:
        ConfigError: if a file or a sentence is missing, or the vocabulary is another one.
    """
    if not folder.is_dir():
        raise ConfigError(
            f"The assets folder {folder} is not there; expected a copy of the release's "
            f"repository, or a folder with {PROMPTS} and {VOCABULARY}."
        )
    prompts, vocabulary = _find(folder, PROMPTS), _find(folder, VOCABULARY)
    constants = read_constants(prompts, CONSTANTS)
    # Copies of the file differ in their line ends, which are no part of its entries.
    data = vocabulary.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    found = hashlib.sha256(data).hexdigest()
    if found != VOCABULARY_SHA256 and not allow_other_vocabulary:
        raise ConfigError(
            f"{vocabulary} is not the published vocabulary: its sha256 is {found[:12]}…, expected "
            f"{VOCABULARY_SHA256[:12]}…. Copy it again; F5-TTS has the same file as "
            "data/Emilia_ZH_EN_pinyin/vocab.txt."
        )
    return Assets(constants, vocabulary)


def read_constants(path: Path, names: Sequence[str]) -> dict[str, str]:
    """Return string constants of a Python file's top level; nothing of it is executed.

    Raises:
        ConfigError: if it is no Python, or lacks a name; lists all that are missing.
    """
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError, RecursionError) as failure:
        raise ConfigError(
            f"{path} cannot be read ({failure}); expected Python with the release's sentences. "
            "Copy it again."
        ) from failure
    found: dict[str, str] = {}
    for statement in tree.body:
        text = _text(statement.value) if isinstance(statement, ast.Assign | ast.AnnAssign) else None
        if text is not None:
            found.update(dict.fromkeys(_targets(statement), text))
    missing = [name for name in names if name not in found]
    if missing:
        raise ConfigError(
            f"{path} lacks the string constants {', '.join(missing)}; expected them at its top "
            "level. Use the copy that came with the published model."
        )
    return {name: found[name] for name in names}


def _find(folder: Path, name: str) -> Path:
    for place in PLACES:
        if (folder / place / name).is_file():
            return folder / place / name
    places = ", ".join(str(folder / place) for place in PLACES)
    raise ConfigError(
        f"The assets in {folder} lack {name}; looked in {places}. Name the release's repository, "
        f"or a folder with {PROMPTS} and {VOCABULARY}."
    )


def _targets(statement: ast.stmt) -> list[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]  # type: ignore[attr-defined]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _text(node: ast.expr | None) -> str | None:
    """Return the text of a literal, or of literals joined by ``+``."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _text(node.left), _text(node.right)
        return None if left is None or right is None else left + right
    return None
