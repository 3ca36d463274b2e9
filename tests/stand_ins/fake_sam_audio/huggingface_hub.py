"""A hub on this machine: repositories are folders ``name/revision`` below ``FAKE_HUB``."""

import os
from pathlib import Path


def snapshot_download(repo_id, revision=None):
    folder = Path(os.environ["FAKE_HUB"]) / repo_id / (revision or "main")
    if not folder.is_dir():
        raise OSError(f"401 gated repository {repo_id}: accept the licence, then hf auth login")
    return str(folder)
