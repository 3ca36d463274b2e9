"""Which code runs: the commit of the package, where it runs from a git checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

PACKAGE_ROOT = Path(__file__).resolve().parents[1]
SECONDS = 10.0
"""How long git may take to answer."""


@dataclass(frozen=True)
class Commit:
    """A state of the code.

    Attributes:
        sha: of the commit.
        dirty: whether files differ from it.
    """

    sha: str
    dirty: bool


def commit_of(package: Path = PACKAGE_ROOT) -> Commit | None:
    """Return the commit of a package; `None` if it is no checkout, or git is absent or fails.

    Args:
        package: folder of the code; a repository that merely holds it, around an installed package,
            is not its own.
    """
    git = shutil.which("git")
    if git is None or not (package / ".git").exists():
        return None
    sha, status = (
        _ask(git, package, "rev-parse", "HEAD"),
        _ask(git, package, "status", "--porcelain"),
    )
    return None if not sha else Commit(sha, bool(status))


def _ask(git: str, package: Path, *arguments: str) -> str | None:
    """Return what git answers; variables that point it to another repository do not count."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(  # noqa: S603 (git with fixed arguments)
            [git, "-C", str(package), *arguments],
            capture_output=True, text=True, check=False, env=own, timeout=SECONDS,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
