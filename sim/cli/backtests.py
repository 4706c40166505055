"""The command that says how far to trust the rules."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli import console
from sim.errors import InputError, quoted

if TYPE_CHECKING:
    from rich.console import RenderableType

    from sim.history.corpus import Corpus

FIRST, LAST = 2015, 2022
"""Years of the rolling backtest by default: the structure of the rules was chosen on earlier ones."""


class LeaveOut(StrEnum):
    """What a fit is left without, one after the other."""

    DISPUTE = "dispute"
    PARENT = "parent"


def backtest(
    first: Annotated[
        int | None, typer.Option("--from", metavar="YEAR", help="First year [default: 2015].")
    ] = None,
    last: Annotated[
        int | None, typer.Option("--to", metavar="YEAR", help="Last year [default: 2022].")
    ] = None,
    leave_out: Annotated[
        LeaveOut | None,
        typer.Option(
            "--leave-out",
            help="Forecast each dispute (parent) by a fit on all others, of whatever year.",
        ),
    ] = None,
    dispute: Annotated[str, typer.Option(metavar="KEY", help="Only this dispute.")] = "",
    worlds: Annotated[
        int, typer.Option(metavar="N", help="How many simulated futures a forecast.")
    ] = 2000,
    corpus: console.CorpusOption = None,
) -> None:
    """Forecast past acts with what was known before each, and score them beside plain baselines."""
    from sim.history.disputes import check_dispute

    console.within("--worlds", worlds, 1, 1_000_000)
    for option, year in (("--from", first), ("--to", last)):
        if leave_out is not None and year is not None:
            found, right = f"{quoted(option)} with --leave-out", "one of them: it asks of all years"
            raise InputError("demarche backtest", "", found, right)
    first, last = FIRST if first is None else first, LAST if last is None else last
    console.within("--from", first, 1950, 2100)
    console.within("--to", last, first, 2100)
    known = console.corpus(corpus)
    if dispute:
        check_dispute(known.disputes, dispute, "demarche backtest", "--dispute")
    if leave_out is None:
        page = _rolled(known, first, last, dispute, worlds)
    else:
        page = _left_out(known, leave_out, dispute, worlds)
    console.say(console.rendered(lambda width: page))


def _rolled(known: Corpus, first: int, last: int, dispute: str, worlds: int) -> RenderableType:
    from datetime import date

    from sim.backtest.rolling import backtest as rolled
    from sim.report.listing import backtest_lines

    span = date(first, 1, 1), date(last, 12, 31)
    return backtest_lines(rolled(known, *span, dispute, console.counter(), worlds))


def _left_out(known: Corpus, which: LeaveOut, dispute: str, worlds: int) -> RenderableType:
    """Leave out in turn; told on standard error, since each fit takes a minute."""
    from sim.backtest import parents, recognisers
    from sim.report.holdouts import parent_lines, recogniser_lines

    if which is LeaveOut.DISPUTE:
        return recogniser_lines(recognisers.backtest(known, dispute, worlds, console.tell))
    return parent_lines(parents.backtest(known, dispute, worlds, console.tell))
