"""The command that answers a table of questions."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli import console
from sim.cli.simulating import MAX_SEED, MAX_WORLDS, QuietOption, WorldsOption

if TYPE_CHECKING:
    from sim.world.answering import Answer
    from sim.world.questions import Row


class Refit(StrEnum):
    """As of which day the rules of a question are learned: its own, or the first of its quarter or year."""

    DAY = "day"
    QUARTER = "quarter"
    YEAR = "year"


def forecast(
    questions: Annotated[str, typer.Argument(metavar="QUESTIONS", help="A table of them (CSV).")],
    corpus: console.CorpusOption = None,
    out: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Where to write [default: standard output]."),
    ] = None,
    worlds: WorldsOption = 2_000,
    seed: Annotated[
        int, typer.Option(metavar="N", help="The same seed gives the same answers.")
    ] = 1,
    refit: Annotated[
        Refit, typer.Option(help="Learn as of each day, or of the first of its quarter or year.")
    ] = Refit.DAY,
    quiet: QuietOption = False,
) -> None:
    """Answer a table of questions, each with what was known on its day."""
    console.within("--worlds", worlds, 1, MAX_WORLDS)
    console.within("--seed", seed, 0, MAX_SEED)
    target = None if out is None else console.file_to_write(out)
    from sim.report.forecasts import forecast_csv
    from sim.world.answering import answers
    from sim.world.questions import read_questions

    known = console.corpus(corpus, quiet)
    rows = read_questions(questions, known)
    told = None if quiet or not sys.stderr.isatty() else console.tell
    found = answers([r.question for r in rows], known, worlds, seed, refit.value, told)
    text = forecast_csv(zip(rows, found, strict=True))
    if target is None:
        console.say(text)
    else:
        console.write(target, text)
    if not quiet and any(r.cells.get("happened") for r in rows):
        _score(rows, found)
    if wrong := sum(r.question is None for r in rows):
        console.tell(f"{wrong} of {len(rows)} questions cannot be answered: see their reason")
        raise typer.Exit(1)


def _score(rows: Sequence[Row], found: Sequence[Answer | None]) -> None:
    """Tell, on standard error, how good the answers are, where the table has the truth."""
    from sim.backtest.asked import scored
    from sim.report.forecasts import score_told

    table = scored(rows, found)
    for line in score_told(table) if len(table) else ():
        console.tell(line)
