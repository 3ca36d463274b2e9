"""The wheel holds what the tree holds: a new folder works in an editable install and is easily
forgotten in the list of packages."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE_FOLDERS = ("core", "plugins", "tasks", "conditioners", "evaluation")
TEMPLATE = ROOT / "plugins" / "template"


def tree_files() -> set[str]:
    """Every file of the package that git would keep: modules, recipes, page parts, the template."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *PACKAGE_FOLDERS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\n")
    top = {path.name for path in ROOT.glob("*.py")} | {"py.typed"}
    return {name for name in listed if name and (ROOT / name).is_file()} | top


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    for name in tree_files() | {"pyproject.toml", "README.md", "LICENSE"}:
        target = source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / name).read_bytes())
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    done = subprocess.run([*command, str(source)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_every_file_of_the_package(wheel):
    with zipfile.ZipFile(wheel) as archive:
        packed = {
            name.removeprefix("audio_omni/")
            for name in archive.namelist()
            if name.startswith("audio_omni/")
        }
    assert tree_files() - packed == set()
    assert packed - tree_files() == set()


def test_every_module_imports_from_the_installed_wheel(wheel, tmp_path):
    target = tmp_path / "site"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", target, wheel],
        check=True,
    )
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import importlib, pkgutil, audio_omni\n"
        "assert audio_omni.__file__.startswith(sys.argv[1]), audio_omni.__file__\n"
        "names = [m.name for m in pkgutil.walk_packages(audio_omni.__path__, 'audio_omni.')]\n"
        "names = [n for n in names if '.template' not in n and not n.endswith('__main__')]\n"
        "[importlib.import_module(name) for name in names]\n"
        "print(len(names))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(target)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert int(done.stdout) > 50
