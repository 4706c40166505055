"""The command that says how far to trust the rules."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from sim.backtest import ANSWER_WORLDS, CASCADE_WORLDS, FOLLOWER_WORLDS, GUARDED_WORLDS, ORIGIN_STEP
from sim.cli import console
from sim.errors import InputError, quoted

if TYPE_CHECKING:
    from datetime import date

    from rich.console import RenderableType

    from sim.history.corpus import Corpus
    from sim.report.backtest_folder import Found

FIRST, LAST = 2015, 2022
"""Years of the rolling backtest by default: the structure of the rules was chosen on earlier ones."""

SAMPLE = 5
MAX_WORLDS = 1_000_000


class LeaveOut(StrEnum):
    """What a fit is left without, one after the other."""

    DISPUTE = "dispute"
    PARENT = "parent"


class Process(StrEnum):
    """Whose acts are forecast: those who recognise, the parent, those who break with a shunned one."""

    RECOGNISE = "recognise"
    RESPOND = "respond"
    SOLIDARITY = "solidarity"


def backtest(
    first: Annotated[
        int | None, typer.Option("--from", metavar="YEAR", help="First year [default: 2015].")
    ] = None,
    last: Annotated[
        int | None, typer.Option("--to", metavar="YEAR", help="Last year [default: 2022].")
    ] = None,
    process: Annotated[
        Process | None, typer.Option(help="Only this one [default: all three].")
    ] = None,
    leave_out: Annotated[
        LeaveOut | None,
        typer.Option(
            "--leave-out",
            help="Forecast each dispute (parent) by a fit on all others, of whatever year.",
        ),
    ] = None,
    dispute: Annotated[str, typer.Option(metavar="KEY", help="Only this dispute.")] = "",
    origin_step: Annotated[
        int,
        typer.Option(metavar="DAYS", help="Days between the fixed dates beside the triggers."),
    ] = ORIGIN_STEP,
    worlds: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="Simulated futures a forecast [default: 2000; who follows 10,000]."
        ),
    ] = None,
    cascades: Annotated[
        bool, typer.Option("--cascades", help="Only hold cascades against simulated ones.")
    ] = False,
    poison_future: Annotated[
        bool,
        typer.Option(
            "--poison-future", help="Make up all that follows each origin; no forecast may change."
        ),
    ] = False,
    sample: Annotated[
        int, typer.Option(metavar="N", help="How many origins --poison-future compares.")
    ] = SAMPLE,
    out: Annotated[
        str | None,
        typer.Option(metavar="DIR", help="Write every forecast and table into a folder too."),
    ] = None,
    corpus: console.CorpusOption = None,
) -> None:
    """Forecast past acts with what was known before each, and score them beside plain baselines."""
    from sim.history.disputes import check_dispute

    if worlds is not None:
        console.within("--worlds", worlds, 1, MAX_WORLDS)
    console.within("--origin-step", origin_step, 7, 3650)
    console.within("--sample", sample, 1, 10_000)
    for option, given in (
        ("--from", first is not None), ("--to", last is not None), ("--process", process is not None),
        ("--cascades", cascades), ("--poison-future", poison_future), ("--out", out is not None),
    ):  # fmt: skip
        if leave_out is not None and given:
            found, right = f"{quoted(option)} with --leave-out", "one of them: it asks of all years"
            raise InputError("demarche backtest", "", found, right)
    first, last = FIRST if first is None else first, LAST if last is None else last
    console.within("--from", first, 1950, 2100)
    console.within("--to", last, first, 2100)
    known = console.corpus(corpus)
    if dispute:
        check_dispute(known.disputes, dispute, "demarche backtest", "--dispute")
    if leave_out is not None:
        page = _left_out(known, leave_out, dispute, worlds or ANSWER_WORLDS)
        console.say(console.rendered(lambda width: page))
        return
    ask = _Asked(known, first, last, process, dispute, origin_step, worlds)
    if poison_future:
        _guarded(ask, sample)
        return
    result = ask.cascades() if cascades else ask.rolled()
    pages = list(_pages(result, cascades, process))
    console.say(console.rendered(lambda width: _together(pages)))
    if out is not None:
        _write(out, result, ask)


class _Asked:
    """What the options ask for."""

    def __init__(
        self, known: Corpus, first: int, last: int, process: Process | None, dispute: str,
        step: int, worlds: int | None,
    ) -> None:  # fmt: skip
        from datetime import date

        self.known, self.dispute, self.step, self.worlds = known, dispute, step, worlds
        self.span: tuple[date, date] = date(first, 1, 1), date(last, 12, 31)
        self.process = process

    @property
    def following(self) -> tuple[str, ...]:
        from sim.backtest.origins import FOLLOWING

        return tuple(p for p in FOLLOWING if self.process in (None, p))

    def rolled(self) -> Found:
        from sim.backtest import followers, rolling, rungs
        from sim.report.backtest_folder import Found

        found = Found()
        if self.process in (None, Process.RESPOND):
            worlds = self.worlds or ANSWER_WORLDS
            asked = (self.known, *self.span, self.dispute)
            answers = rolling.backtest(*asked, console.counter(), worlds)
            far = rungs.backtest(*asked, worlds, console.telling())
            found = Found(answers=answers, rungs=far)
        if self.following:
            worlds = self.worlds or FOLLOWER_WORLDS
            rows = followers.backtest(
                self.known, *self.span, self.following, self.dispute, self.step, worlds,
                console.telling(),
            )  # fmt: skip
            found = Found(rows, found.answers, found.rungs)
        return found

    def cascades(self) -> Found:
        from sim.backtest.cascades import cascades
        from sim.report.backtest_folder import Found

        worlds = self.worlds or CASCADE_WORLDS
        return Found(cascades=cascades(self.known, worlds, self.dispute, console.telling()))


def _pages(found: Found, cascades: bool, process: Process | None) -> Iterator[RenderableType]:
    from sim.report.backtests import cascade_lines, follower_lines, rung_lines
    from sim.report.listing import backtest_lines

    if cascades:
        from sim.backtest.cascades import fits

        yield cascade_lines(fits(list(found.cascades)))
        return
    if process in (None, Process.RESPOND):
        yield backtest_lines(found.answers)
        yield rung_lines(found.rungs)
    if found.followers is not None:
        yield follower_lines(found.followers)


def _together(pages: list[RenderableType]) -> RenderableType:
    from rich.console import Group
    from rich.text import Text

    return Group(*(part for page in pages for part in (page, Text()))) if pages else Text()


def _guarded(ask: _Asked, sample: int) -> None:
    """Compare forecasts with poisoned ones; leave with 1 if anything differs, or if nothing can."""
    from sim.backtest.origins import origins
    from sim.backtest.poison import guard
    from sim.report.backtests import guard_lines

    every = origins(ask.known, *ask.span, ask.step, ask.following, ask.dispute)
    if not every:
        right = "years and a dispute with anyone at risk"
        raise InputError("demarche backtest", "--poison-future", "no origin to compare", right)
    count = min(sample, len(every))
    chosen = [every[(2 * n + 1) * len(every) // (2 * count)] for n in range(count)]
    found = guard(ask.known, chosen, ask.worlds or GUARDED_WORLDS, told=console.telling())
    console.say(console.rendered(lambda width: guard_lines(found)))
    if found.different or not found.moved:
        raise typer.Exit(1)


def _write(out: str, found: Found, ask: _Asked) -> None:
    from sim.provenance import Provenance
    from sim.report.backtest_folder import write_backtest
    from sim.world.results import ResultFolder

    made = Provenance(
        seed=1, data=ask.known.fingerprint, span=[day.isoformat() for day in ask.span],
        process=ask.process.value if ask.process else "all", dispute=ask.dispute,
        origin_step=ask.step, worlds=ask.worlds or [ANSWER_WORLDS, FOLLOWER_WORLDS],
    )  # fmt: skip
    with ResultFolder(out) as folder:
        write_backtest(folder, found, made)


def _left_out(known: Corpus, which: LeaveOut, dispute: str, worlds: int) -> RenderableType:
    """Leave out in turn; told on standard error, since each fit takes a minute."""
    from sim.backtest import parents, recognisers
    from sim.report.holdouts import parent_lines, recogniser_lines

    if which is LeaveOut.DISPUTE:
        return recogniser_lines(recognisers.backtest(known, dispute, worlds, console.tell))
    return parent_lines(parents.backtest(known, dispute, worlds, console.tell))
