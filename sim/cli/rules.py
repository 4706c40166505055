"""The commands about the response rules: learn them, and say how far to trust them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli import console
from sim.errors import InputError, ResultError, quoted

if TYPE_CHECKING:
    from rich.console import RenderableType

    from sim.history.corpus import Corpus

FIRST, LAST = 2015, 2022
"""Years of the rolling backtest by default: the structure of the rules was chosen on earlier ones."""


class LeaveOut(StrEnum):
    """What a fit is left without, one after the other."""

    DISPUTE = "dispute"
    PARENT = "parent"


def learn(
    as_of: console.AsOfOption = None,
    corpus: console.CorpusOption = None,
    out: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Where to write [default: what ships]."),
    ] = None,
    draws: Annotated[int, typer.Option(metavar="N", help="Size of the posterior sample.")] = 1000,
) -> None:
    """Learn the response rules again from the tables."""
    console.within("--draws", draws, 10, 100_000)
    day = console.day("--as-of", as_of)
    for option, given in (("--corpus", corpus), ("--as-of", as_of)):
        if given is not None and out is None:
            right = "--out FILE too: what ships is learned from all of the shipped tables"
            raise InputError("demarche learn", option, quoted(given), right)
    from pathlib import Path

    import sim
    from sim.hazard.learn import learn as learned
    from sim.hazard.shelf import SHIPPED, check_taught
    from sim.report.listing import learned_lines

    known = console.corpus(corpus)
    day = day or known.end
    check_taught(known, day, "demarche learn", "--as-of")
    path = Path(out) if out is not None else Path(sim.__file__).parent / "hazard" / "data" / SHIPPED
    posterior = learned(known, day, draws)
    try:
        posterior.save(path)
    except OSError as error:
        raise ResultError(f"{path}: cannot be written: {error.strerror}") from error
    console.say(learned_lines(posterior.about) + f"{draws} draws, learned as of {day}: {path}\n")


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

    told: Callable[[int, int], None] | None = None
    if sys.stderr.isatty():
        told = lambda done, cases: print(f"\r{done}/{cases}", end="\r", file=sys.stderr)  # noqa: E731
    span = date(first, 1, 1), date(last, 12, 31)
    return backtest_lines(rolled(known, *span, dispute, told, worlds))


def _left_out(known: Corpus, which: LeaveOut, dispute: str, worlds: int) -> RenderableType:
    """Leave out in turn; told on standard error, since each fit takes a minute."""
    from sim.backtest import parents, recognisers
    from sim.report.holdouts import parent_lines, recogniser_lines

    if which is LeaveOut.DISPUTE:
        return recogniser_lines(recognisers.backtest(known, dispute, worlds, console.tell))
    return parent_lines(parents.backtest(known, dispute, worlds, console.tell))
