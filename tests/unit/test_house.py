"""The house rules that no linter knows."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("conditioners", "core", "evaluation", "plugins", "tasks")
MAX_LINES = 400
OWN_DISTRIBUTION = ROOT / "plugins" / "template"
"""An example of somebody else's package: it imports audio_omni from outside, as they do."""
MACHINE_PATHS = ("/" + "home/", "/" + "Users/", "/" + "root/", "/" + "work/", "C:" + "\\Users")
"""Put together here, so that this file does not mention them either."""
TEXT = {".py", ".md", ".toml", ".yaml", ".yml", ".json", ".css", ".js", ".html", ".txt", ""}


def package_files() -> list[Path]:
    files = [*ROOT.glob("*.py"), *(p for folder in FOLDERS for p in (ROOT / folder).rglob("*.py"))]
    return sorted(p for p in files if not p.is_relative_to(OWN_DISTRIBUTION))


def tracked_files() -> list[Path]:
    """Everything that git would keep; without git, the package."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        return package_files()
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def relative(paths) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


FILES = package_files()
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}


def test_there_is_something_to_hold():
    assert len(FILES) > 100


def test_files_hold_one_idea():
    long = [p for p in FILES if len(p.read_text(encoding="utf-8").splitlines()) > MAX_LINES]
    assert relative(long) == []


def test_every_package_and_module_says_what_it_is():
    assert relative(path for path, tree in TREES.items() if not ast.get_docstring(tree)) == []


def test_imports_inside_the_package_are_relative():
    def is_absolute(node):
        if isinstance(node, ast.ImportFrom):
            return node.level == 0 and (node.module or "").split(".")[0] == "audio_omni"
        return isinstance(node, ast.Import) and any(
            alias.name.split(".")[0] == "audio_omni" for alias in node.names
        )

    found = [path for path, tree in TREES.items() if any(map(is_absolute, ast.walk(tree)))]
    assert relative(found) == []


def test_nothing_prints():
    def is_print(node):
        return isinstance(node, ast.Call) and getattr(node.func, "id", None) == "print"

    found = [path for path, tree in TREES.items() if any(map(is_print, ast.walk(tree)))]
    assert relative(found) == []


def test_no_module_is_called_utils():
    vague = {"utils", "util", "helpers", "helper", "misc", "common"}
    assert relative(path for path in FILES if path.stem in vague) == []


def test_no_file_mentions_a_path_of_somebodys_machine():
    found = [
        f"{path.relative_to(ROOT)}: {mark}"
        for path in tracked_files()
        if path.suffix in TEXT
        for mark in MACHINE_PATHS
        if mark in path.read_text(encoding="utf-8", errors="replace")
    ]
    assert found == []


def plugin_modules() -> list[str]:
    modules = []
    for path in FILES:
        if path.name == "plugin.py":
            modules.append(".".join(["audio_omni", *path.relative_to(ROOT).with_suffix("").parts]))
    return modules


def test_modules_of_hooks_load_nothing_heavy():
    heavy = ("torch", "torchaudio", "torchmetrics", "transformers", "mlflow", "matplotlib", "scipy")
    code = (
        "import importlib, sys\n"
        f"[importlib.import_module(name) for name in {plugin_modules()!r}]\n"
        f"sys.exit(', '.join(m for m in {heavy!r} if m in sys.modules) or 0)\n"
    )
    assert plugin_modules()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def test_the_list_of_packages_is_the_tree():
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = listed["tool"]["setuptools"]["packages"]
    folders = {path.parent for path in FILES}
    found = {".".join(["audio_omni", *folder.relative_to(ROOT).parts]) for folder in folders}
    assert sorted(found) == packages


def test_every_folder_with_modules_is_a_package():
    folders = {path.parent for path in FILES}
    assert relative(folder for folder in folders if not (folder / "__init__.py").is_file()) == []
