"""The commit of the code is told where it runs from a checkout, and nowhere else."""

import shutil
import subprocess

import pytest
from audio_omni.core.code_version import Commit, commit_of

GIT = shutil.which("git")
needs_git = pytest.mark.skipif(GIT is None, reason="needs git")


def git(folder, *arguments):
    who = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        [GIT, "-C", str(folder), *who, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path):
    folder = tmp_path / "checkout"
    folder.mkdir()
    git(folder, "init", "-q")
    (folder / "code.py").write_text("x = 1\n")
    git(folder, "add", "code.py")
    git(folder, "commit", "-q", "-m", "first")
    return folder


@needs_git
def test_a_checkout_has_the_commit_that_git_tells(checkout):
    sha = git(checkout, "rev-parse", "HEAD")
    assert len(sha) == 40
    assert commit_of(checkout) == Commit(sha, dirty=False)
    (checkout / "code.py").write_text("x = 2\n")
    assert commit_of(checkout) == Commit(sha, dirty=True)


@needs_git
def test_an_installed_package_has_none_though_a_repository_holds_it(checkout):
    installed = checkout / "site-packages" / "audio_omni"
    installed.mkdir(parents=True)
    assert commit_of(installed) is None


@needs_git
def test_variables_do_not_point_to_another_repository(checkout, tmp_path, monkeypatch):
    empty = tmp_path / "empty"
    empty.mkdir()
    git(empty, "init", "-q")
    monkeypatch.setenv("GIT_DIR", str(checkout / ".git"))
    assert commit_of(empty) is None  # it has no commit yet


@pytest.mark.parametrize("git_is", ["absent", "failing", "no program"])
def test_a_git_that_is_absent_or_fails_is_no_failure(tmp_path, monkeypatch, git_is):
    package, tools = tmp_path / "package", tmp_path / "bin"
    (package / ".git").mkdir(parents=True)
    tools.mkdir()
    if git_is != "absent":
        (tools / "git").write_text("#!/bin/sh\nexit 128\n" if git_is == "failing" else "\0")
        (tools / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(tools))
    assert commit_of(package) is None
