"""``audio-omni audioedit voice``: pairs to test voice conversion and speech editing with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ....core.cli.tables import print_json
from ..command_parts import stopping

if TYPE_CHECKING:
    from .making import OnStep
    from .report import Accounts

app = typer.Typer(no_args_is_help=True)

Utterances = Annotated[
    Path,
    typer.Argument(
        help="JSON lines: path, text, speaker, sex, licence, …", metavar="UTTERANCES.jsonl"
    ),
]
Output = Annotated[
    Path, typer.Option("--output", "-o", help="Folder of benchmarks.", metavar="DIR")
]
Pairs = Annotated[
    int | None,
    typer.Option("--pairs", min=1, help="How many; left out: all that are balanced."),
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Decides who is paired with whom.")]
Consent = Annotated[
    bool,
    typer.Option(
        "--voice-consent",
        help="All speakers agreed to have their voices imitated and edited, and the corpus "
        "allows it.",
    ),
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", help="Override a field: least_snr_db=25.", metavar="KEY=VALUE"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the report as JSON.")]


@app.callback()
def voice() -> None:
    """Make pairs that voice conversion and speech editing are evaluated with."""


@app.command("convert-pairs")
def convert_pairs(
    *,
    utterances: Utterances,
    output: Output,
    pairs: Pairs = None,
    seed: Seed = 0,
    voice_consent: Consent = False,
    overrides: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Pair what one speaker says with another one's voice, into DIR/voice_conversion.

    Then: audio-omni evaluate MODEL --benchmark voice_conversion --data DIR.
    """
    from .config import ConversionConfig
    from .making import configured, make_conversions

    given = {"pairs": pairs, "seed": seed, "voice_consent": voice_consent or None}
    config = configured(ConversionConfig, overrides or [], **given)
    with _progress() as on_step, stopping():
        made = make_conversions(utterances, output, config, on_step)
    _tell(made, output, as_json)


@app.command("edit-pairs")
def edit_pairs(
    *,
    context: typer.Context,
    utterances: Utterances,
    output: Output,
    pairs: Pairs = None,
    seed: Seed = 0,
    voice_consent: Consent = False,
    overrides: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Take a word out, put one in, or another in its place, into DIR/speech_editing.

    Then: audio-omni evaluate MODEL --benchmark speech_editing --data DIR.
    """
    from .config import EditingConfig
    from .making import configured, make_edits

    given = {"pairs": pairs, "seed": seed, "voice_consent": voice_consent or None}
    config = configured(EditingConfig, overrides or [], **given)
    with _progress() as on_step, stopping():
        made = make_edits(utterances, output, config, context.obj, on_step)
    _tell(made, output, as_json)


@app.command("utterances")
def utterances_of(
    folder: Annotated[Path, typer.Argument(help="Folder of a corpus.", metavar="FOLDER")],
    layout: Annotated[
        Literal["librispeech", "libritts", "vctk"],
        typer.Option("--layout", help="Whose folders they are."),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Manifest to write.", metavar="FILE")
    ] = Path("utterances.jsonl"),
) -> None:
    """Write the manifest of a corpus, as the other verbs read it."""
    from .layouts import write_utterances

    with stopping():
        count = write_utterances(folder, layout, output)
    typer.echo(f"{count} recordings in {output}")


def _tell(made: Accounts, output: Path, as_json: bool) -> None:
    if as_json:
        print_json({"folder": str(output / made.task), **made.to_dict()})
        return
    typer.echo(made.text())
    typer.echo(
        f"\nIn {output / made.task}. Evaluate a model: audio-omni evaluate MODEL --benchmark "
        f"{made.task} --data {output}"
    )


@contextmanager
def _progress() -> Iterator[OnStep]:
    """Yield what shows progress on stderr, where that is a terminal."""
    from rich.console import Console
    from rich.progress import Progress, TaskID

    bars: dict[str, TaskID] = {}
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as progress:

        def on_step(what: str, done: int, of: int) -> None:
            if what not in bars:
                bars[what] = progress.add_task(what, total=of)
            progress.update(bars[what], completed=done)

        yield on_step
