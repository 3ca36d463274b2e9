"""What the documentation shows is real: marked blocks run, all others are checked.

A comment above a block has it run: ``<!-- run -->``, or ``<!-- run with: OPTIONS -->``, which adds
options to its commands so that they take seconds. Lines of output may leave out parts with ``…``.
"""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile
import yaml
from audio_omni.core.cli.main import NOUNS, build_cli, load_noun, main
from audio_omni.core.config import parse_config
from audio_omni.core.data.uri import split_uri
from audio_omni.core.recipe import find_recipe, resolve_recipe
from audio_omni.plugins.audioedit.config import AudioEditConfig
from audio_omni.plugins.audioedit.words.languages import read_language
from audio_omni.plugins.audioedit.workspace import read_config
from audio_omni.plugins.demo.ablation.run import Trial
from audio_omni.plugins.demo.ablation.study import find_study

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
WRITTEN = [page for page in PAGES if page.parent.name in {"tutorials", "how-to", "tasks"}]
FENCE = re.compile(
    r"(?:^<!-- run(?: with: (?P<extra>[^\n]*?))? -->\n(?=```))?"
    r"^```(?P<kind>\w+)\n(?P<text>.*?)^```",
    re.MULTILINE | re.DOTALL,
)
FILE = re.compile(r"^`(?P<name>[\w./-]+)`:\n\n```\w+\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
OTHER_PROGRAMS = {".", "export", "make", "mlflow", "pip", "pytest", "python3"}


@dataclass(frozen=True)
class Block:
    """A fenced block, and whether (and with which further options) it runs."""

    page: Path
    kind: str
    text: str
    runs: bool
    extra: str

    def commands(self) -> Iterator[tuple[list[str], list[str]]]:
        """Yield each command of a console block with its lines of output."""
        for part in re.split(r"^\$ ", self.text, flags=re.MULTILINE)[1:]:
            command, *output = part.replace("\\\n", " ").splitlines()
            yield shlex.split(command), [line for line in output if line]


def blocks(page: Path) -> list[Block]:
    found = FENCE.finditer(page.read_text(encoding="utf-8"))
    return [
        Block(page, m["kind"], m["text"], m.group().startswith("<!--"), m["extra"] or "")
        for m in found
    ]


def names(pages: list[Path]) -> list[str]:
    return [page.stem for page in pages]


@pytest.fixture
def run_page(tmp_path, monkeypatch, capfd):
    """A function that runs the marked blocks of a page in one folder and returns how many."""
    monkeypatch.chdir(tmp_path)

    def run(page: Path) -> int:
        chosen = [block for block in blocks(page) if block.runs]
        for block in chosen:
            if block.kind == "python":
                run_python(block.text)
                continue
            for command, output in block.commands():
                assert command[0] == "audio-omni", command
                capfd.readouterr()
                with pytest.raises(SystemExit) as ended:
                    main([*command[1:], *shlex.split(block.extra)])
                said = capfd.readouterr()
                assert ended.value.code in (0, None), f"{command}\n{said.err[-3000:]}"
                assert [line for line in output if not re.search(pattern(line), said.out)] == []
        return len(chosen)

    return run


def run_python(text: str) -> None:
    if "import mlflow" in text:  # what it sets is global, so it gets a process of its own
        subprocess.run([sys.executable, "-c", text], check=True)
    else:
        exec(compile(text, "block", "exec"), {})


def pattern(line: str) -> str:
    return ".*".join(map(re.escape, line.split("…")))


def test_the_first_tutorial_and_what_builds_on_its_run(run_page):
    assert run_page(DOCS / "tutorials" / "first-model.md") == 5
    assert run_page(DOCS / "how-to" / "track-runs-in-mlflow.md") == 2
    assert run_page(DOCS / "how-to" / "evaluate-and-read-the-numbers.md") == 2


def test_training_on_your_own_clips(run_page, tmp_path):
    page = DOCS / "how-to" / "train-on-your-own-clips.md"
    rng = np.random.default_rng(0)
    for name, text in FILE.findall(page.read_text(encoding="utf-8")):
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text.replace("preset: nano", "preset: micro"))
        for clip in re.findall(r'"audio": "([\w.-]+)"', text):
            soundfile.write(target.parent / clip, 0.1 * rng.standard_normal(44100), 22050)
    assert run_page(page) == 4


def test_fine_tuning_on_twenty_clips(run_page, tmp_path, host):
    from audio_omni.core.training.session import train

    page = DOCS / "how-to" / "fine-tune-on-your-20-clips.md"
    rng = np.random.default_rng(0)
    for name, text in FILE.findall(page.read_text(encoding="utf-8")):
        (tmp_path / name).write_text(text.replace("preset: nano", "preset: micro"))
        for clip in re.findall(r'"audio": "([\w.-]+)"', text):
            soundfile.write(tmp_path / clip, 0.1 * rng.standard_normal(22050), 22050)
    quiet = ["train.steps=1", "evaluation.every=null", "tracking.observers=[jsonl]"]
    base = resolve_recipe(find_recipe("micro", host.recipes), quiet)
    train(base, host, tmp_path / "runs" / "nano")
    assert run_page(page) == 5


def test_encoding_ahead_of_training(run_page):
    assert run_page(DOCS / "how-to" / "encode-ahead-of-training.md") == 2


def test_running_a_listening_study(run_page, tmp_path):
    pytest.importorskip("pyloudnorm", reason="levels are measured with pyloudnorm (extra eval)")
    page = DOCS / "how-to" / "run-a-listening-study.md"
    text = page.read_text(encoding="utf-8")
    rng = np.random.default_rng(0)
    for name in re.findall(r"clips/\w+/\w+\.\w+", text):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(tmp_path / name, 0.1 * rng.standard_normal(11025), 22050)
    for name, content in FILE.findall(text):
        (tmp_path / name).write_text(content, encoding="utf-8")
    assert run_page(page) == 1


def test_composing_a_mixture(run_page):
    assert run_page(DOCS / "how-to" / "compose-a-mixture.md") == 1


def test_training_the_small_language_model(run_page):
    assert run_page(DOCS / "how-to" / "train-the-small-language-model.md") == 2


def test_making_editing_pairs(run_page, tmp_path):
    assert run_page(DOCS / "how-to" / "make-editing-pairs.md") == 3
    assert (tmp_path / "runs" / "smoke" / "reports" / "report.html").is_file()


def test_scoring_your_own_files(run_page):
    assert run_page(DOCS / "how-to" / "score-your-own-files.md") == 3


def test_getting_the_networks_of_metrics(run_page):
    assert run_page(DOCS / "how-to" / "get-the-networks-of-metrics.md") == 1


def test_every_marked_block_is_run():
    """The tests above name their pages; a mark on another page would be a lie."""
    marked = {page.stem for page in PAGES for block in blocks(page) if block.runs}
    assert marked == {
        "fine-tune-on-your-20-clips",
        "first-model",
        "track-runs-in-mlflow",
        "evaluate-and-read-the-numbers",
        "train-on-your-own-clips",
        "compose-a-mixture",
        "score-your-own-files",
        "encode-ahead-of-training",
        "train-the-small-language-model",
        "run-a-listening-study",
        "get-the-networks-of-metrics",
        "make-editing-pairs",
    }


@pytest.mark.parametrize("page", WRITTEN, ids=names(WRITTEN))
def test_commands_and_options_exist(page, host):
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for block in blocks(page):
        for command, _ in block.commands() if block.kind == "console" else ():
            if command[0] == "audio-omni":
                check_options(command[1:], host)
            elif command[0] == "torchrun":  # its own options are not ours to know
                check_options(command[command.index("audio_omni") + 1 :], host)
            else:
                assert command[0] in OTHER_PROGRAMS, command
            if command[0] == "make":
                assert set(command[1:]) <= targets, command


def check_options(words: list[str], host) -> None:
    """Fail unless nouns, verbs and options are those of the command line."""
    known = top = build_cli()
    if words[:1] == ["--plugin"]:  # its commands are not known here, so they are not checked
        return
    while words and not words[0].startswith("-") and (known is not None):
        if known is top and (words[0] in NOUNS or words[0] in host.commands):
            known = load_noun(words[0], host)
        elif words[0] in getattr(known, "commands", {}):
            known = known.commands[words[0]]
        else:
            break
        words = words[1:]
    assert not getattr(known, "commands", None), f"no such verb: {words}"
    options = {name for parameter in known.params for name in parameter.opts} | {"--help"}
    used = [word.partition("=")[0] for word in words if re.match(r"-{1,2}[a-z]", word)]
    assert [option for option in used if option not in options] == []
    overrides = [words[i + 1] for i, word in enumerate(words) if word == "--set"]
    if overrides and "--profile" in words:
        read_config(words[words.index("--profile") + 1], overrides)
    elif overrides:
        name = "paper" if "runs/paper" in words else "nano"
        resolve_recipe(find_recipe(name, host.recipes), overrides)


def test_a_wrong_option_or_verb_is_found(host):
    with pytest.raises(AssertionError, match="--stepz"):
        check_options(["run", "remove", "--stepz", "3"], host)
    with pytest.raises(AssertionError, match="no such verb"):
        check_options(["plugins", "enumerate"], host)


def kind_of(text: str) -> str:
    values = yaml.safe_load(text)
    if "variants" in values:
        return "study"
    if "lang" in values:
        return "language"
    return "pairs" if {"real", "synthesis", "words"} & values.keys() else "recipe"


def fragments(kind: str) -> list:
    found = [
        pytest.param(block.text, id=f"{block.page.stem}-{i}")
        for page in WRITTEN
        for i, block in enumerate(blocks(page))
        if block.kind == "yaml" and kind_of(block.text) == kind
    ]
    assert found
    return found


@pytest.mark.parametrize("text", fragments("pairs"))
def test_configurations_of_pairs_are_valid(text, host):
    config = parse_config(AudioEditConfig, yaml.safe_load(text), where="page")
    for chosen in providers_of(config):
        spec = host.edit_providers.get(chosen.name)
        parse_config(spec.config, chosen.options, where=chosen.name)


def providers_of(config: AudioEditConfig) -> list:
    real = config.real
    if real is None:
        return [] if config.synthesis is None else [config.synthesis.warper]
    style = [real.style.writer, real.style.editor] if real.style else []
    return [real.labeler, real.separator, real.scorer, *style]


@pytest.mark.parametrize("text", fragments("language"))
def test_files_of_languages_can_be_used(text, tmp_path):
    (tmp_path / "language.yaml").write_text(text, encoding="utf-8")
    language = read_language(tmp_path / "language.yaml")
    (own,) = yaml.safe_load(text)["classes"]
    assert own in language.classes


@pytest.mark.parametrize("text", fragments("study"))
def test_every_variant_of_a_study_resolves(text, host, tmp_path):
    (tmp_path / "study.yaml").write_text(text, encoding="utf-8")
    study = find_study(str(tmp_path / "study.yaml"))
    trial = Trial(study, (), clips=2, listener_clips=8, device="cpu")
    recipes = [trial.recipe(variant, host) for variant in study.variants]
    assert len({recipe.model.model_dump_json() for recipe in recipes}) == len(recipes)


@pytest.mark.parametrize("text", fragments("recipe"))
def test_recipes_and_parts_of_recipes_resolve(text, host):
    recipe = resolve_recipe(merge(find_recipe("micro", host.recipes), yaml.safe_load(text)))
    for use in [*recipe.mixture.sources, *recipe.evaluation.sources]:
        host.tasks.get(use.task)
        spec = host.sources.get(split_uri(use.uri)[0])
        parse_config(spec.config, use.options, where=use.uri)


def merge(base: dict, changes: dict) -> dict:
    nested = {
        k for k, v in changes.items() if isinstance(v, dict) and isinstance(base.get(k), dict)
    }
    return {**base, **changes, **{k: merge(base[k], changes[k]) for k in nested}}


@pytest.mark.parametrize("page", WRITTEN, ids=names(WRITTEN))
def test_python_blocks_compile(page):
    for block in blocks(page):
        if block.kind == "python":
            compile(block.text, page.name, "exec")


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_links_lead_somewhere(page):
    prose = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    for link in LINK.findall(prose):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.is_file(), f"{page.name}: {link}"
        assert not anchor or anchor in anchors(target), f"{page.name}: {link}"


def anchors(page: Path) -> set[str]:
    """The anchors that Markdown viewers give to headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in kept}


@pytest.mark.parametrize("page", WRITTEN, ids=names(WRITTEN))
def test_the_index_names_every_page(page):
    index = page.parent if page.parent.name == "tasks" and page.stem != "README" else DOCS
    assert str(page.relative_to(index)) in (index / "README.md").read_text(encoding="utf-8")
