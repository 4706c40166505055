"""The commands that list the codes which scenarios, tables and options take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli import console
from sim.cli.simulating import Format, as_json

if TYPE_CHECKING:
    from sim.report.codes import Row

WordArgument = Annotated[
    str, typer.Argument(metavar="[WORD]", help="A part of the code or the name.")
]
FormatOption = Annotated[Format, typer.Option(help="What to print.")]


def actors(
    word: WordArgument = "",
    as_of: console.AsOfOption = None,
    format: FormatOption = Format.TABLE,
    corpus: console.CorpusOption = None,
) -> None:
    """List actors by their codes; with --as-of those that exist on the day."""
    from sim.report.codes import actor_rows

    day = console.day("--as-of", as_of)
    _listed(actor_rows(console.corpus(corpus), word, day), "actor", format)


def disputes(
    word: WordArgument = "",
    actor: Annotated[str | None, typer.Option(metavar="CODE", help="With this actor.")] = None,
    as_of: console.AsOfOption = None,
    format: FormatOption = Format.TABLE,
    corpus: console.CorpusOption = None,
) -> None:
    """List disputes by their keys; with --as-of those that are open on the day."""
    from sim.report.codes import dispute_rows

    day = console.day("--as-of", as_of)
    known = console.corpus(corpus)
    if actor is not None:
        known.actors.check(actor, "demarche disputes", "--actor")
    _listed(dispute_rows(known, word, actor or "", day), "dispute", format)


def _listed(rows: Sequence[Row], what: str, format: Format) -> None:
    from sim.report.codes import codes_table

    if format is Format.JSON:
        console.say(as_json({f"{what}s": rows}))
    else:
        console.say(console.rendered(lambda _: codes_table(rows, what)))
