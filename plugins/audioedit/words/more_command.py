"""What ``audio-omni audioedit paraphrase`` does: from a request to a file with more wordings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ....core.catalog import Catalog
from ....core.errors import ConfigError, suggestion
from ..choosing import ProviderConfig
from ..config import Task
from ..providers.contract import Paraphraser, Place, Spent
from ..stages.workshop import build_provider
from .chosen import read_languages
from .more import MoreWordings, read_file, write_file
from .paraphrasing import Paraphrased, check_rules, paraphrase, requests_for, with_more


@dataclass(frozen=True)
class Request:
    """What is wanted.

    Attributes:
        task: the edit.
        lang: language of the wordings.
        count: how many.
        output: the file; one that is there keeps its wordings and their verdicts.
        files: of further languages.
    """

    task: Task
    lang: str
    count: int
    output: Path
    files: tuple[str, ...] = ()


def open_paraphraser(
    chosen: ProviderConfig,
    catalog: Catalog,
    output: Path,
    budget_usd: float | None = None,
    budget_tokens: int | None = None,
) -> Paraphraser:
    """Return who writes wordings; its answers are kept beside the file.

    Raises:
        ConfigError, PluginError, UnknownNameError: if it is none, or options do not fit.
    """
    place = Place(output.absolute().parent, catalog, budget_usd, budget_tokens)
    opened = build_provider("paraphraser", chosen, place)
    assert isinstance(opened, Paraphraser)  # noqa: S101 - the catalogue says so
    return opened


def cost_of(provider: Paraphraser, count: int) -> Spent:
    """Return what so many wordings cost at most; nothing is sent."""
    calls = requests_for(count)
    most = provider.estimate(calls, 0.0)
    return Spent(calls, most.tokens, most.usd)


def written_to(request: Request, provider: Paraphraser, name: str) -> Paraphrased:
    """Have wordings written, and put those that can be used at the end of a file.

    Raises:
        ConfigError: if the file is of another language, or the language is none or has no rules.
        DataError, StopRun: as `paraphrase`.
    """
    languages = read_languages(request.files)
    if request.lang not in languages:
        raise ConfigError(
            f"There are no wordings in '{request.lang}'.{suggestion(request.lang, languages)} "
            f"Expected one of {', '.join(languages)}, or --words-file with that language."
        )
    language = languages[request.lang]
    check_rules(language)
    content = MoreWordings(lang=request.lang)
    if request.output.exists():
        content = read_file(request.output)
        if content.lang != request.lang:
            raise ConfigError(
                f"{request.output} is in '{content.lang}'; name another file for '{request.lang}'."
            )
    known = [one.text for one in content.wordings]
    found = paraphrase(provider, name, request.task, language, count=request.count, known=known)
    request.output.parent.mkdir(parents=True, exist_ok=True)
    write_file(request.output, with_more(content, found))
    return found
