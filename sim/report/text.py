"""The terminal's page: the question, the likeliest reactions, the forecasts, and how sure it is."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import timedelta

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from sim.provenance import DISTRIBUTION, versions
from sim.report.answers import Answer, answers, untaught
from sim.report.interventions import condition_told, premise_told, stance_told, stood_before
from sim.report.reactions import Reaction, listable, reactions, told_rest
from sim.report.rests_on import THIN, Supports, effective_shares, named
from sim.report.words import act_between, clean, day, percent, spread
from sim.world.assemble import Assembly
from sim.world.ensemble import Ensemble

TOP = 15
WIDE = 110
READABLE = 40
"""Columns that a reaction keeps before precedents share a line."""


def page(
    ensemble: Ensemble, top: int = TOP, width: int = 80, supports: Supports | None = None
) -> RenderableType:
    """Build the page for a rich console.

    The median day of a reaction is that of the worlds in which it came, and headed so: for an unlikely
    one it lies near the middle of the horizon, and is no forecast that it will come.

    Parameters
    ----------
    ensemble : Ensemble
    top : int
        How many reactions to list; those below 1 % are only counted.
    width : int
        Columns of the terminal; a wide one has room for more precedents.
    supports : callable, optional
        Which precedents an act rests on; `sim.report.explain.supports` by default.
    """
    if supports is None:
        from sim.report.explain import supports as explained

        supports = explained
    found = reactions(ensemble)
    parts: list[RenderableType] = [*_head(ensemble.assembly), Text()]
    if found:
        shown = listable(found, top)
        table, legend = _table(ensemble.assembly, shown, width, supports)
        parts += [table, *_rest(found[len(shown) :]), legend]
    else:
        parts.append(Text("Nothing happened in any world."))
    if answered := answers(ensemble):
        parts += [Text(), _forecasts(ensemble.assembly, answered)]
    return Group(*parts, Text(), *_foot(ensemble))


def plain(
    ensemble: Ensemble, top: int = TOP, width: int = 80, supports: Supports | None = None
) -> str:
    """Return the page as plain text.

    Parameters
    ----------
    ensemble, top, width, supports
        As in `page`.
    """
    return as_text(page(ensemble, top, width, supports), width)


def as_text(content: RenderableType, width: int = 80) -> str:
    """Render for a file: no colours, no spaces at the ends of lines."""
    console = Console(file=io.StringIO(), width=width, color_system=None, force_terminal=False)
    with console.capture() as captured:
        console.print(content)
    return "\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n"


def _head(a: Assembly) -> list[Text]:
    scenario = a.scenario
    lines = [Text(clean(scenario.title), style="bold")]
    if scenario.question:
        lines.append(Text(clean(scenario.question)))
    span = f"As of {day(scenario.as_of)}, {scenario.horizon_days} days ahead."
    return [*lines, Text(span, style="dim"), *imposed_lines(a)]


def imposed_lines(a: Assembly) -> list[Text]:
    """Tell what a scenario supposes, what it imposes and what it rules out."""
    scenario, actors = a.scenario, a.layout.actors
    told = [f"Supposed: {premise_told(actors, premise)}." for premise in scenario.premises]
    for item in scenario.stances:
        since = f" from {day(item.date)} on" if item.date else ""
        before = stood_before(a, item.stance)
        told.append(f"Supposed: {stance_told(actors, item.stance)}{since}{before}.")
    for event in scenario.forced:
        what = act_between(actors, event.sender, event.kind, event.receivers)
        told.append(f"Imposed: {what}, {day(event.date)}.")
    for waiting in scenario.conditional:
        what = act_between(actors, waiting.sender, waiting.kind, waiting.receivers)
        told.append(f"Imposed: {what}, {condition_told(actors, waiting.when)}.")
    for pattern in scenario.forbidden:
        kind = pattern.kind or "any act"
        sides = f"by {pattern.sender or 'anyone'} toward {pattern.receiver or 'anyone'}"
        told.append(f"Ruled out: {clean(kind)} {clean(sides)}.")
    return [Text(line, style="dim") for line in told]


def _table(
    a: Assembly, shown: Sequence[Reaction], width: int, supports: Supports
) -> tuple[Table, Text]:
    """Build the table of reactions, and what its columns mean."""
    most = 3 if width >= WIDE else 2
    when = [_median(a, r.median_day) for r in shown]
    found = [supports(a, r.sender, r.kind, r.receivers[0], r.dispute) for r in shown]
    rests = [
        named(cases, r.probability, most) or (["many"] if cases else [])
        for r, cases in zip(shown, found, strict=True)
    ]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1))
    table.add_column("Reaction", overflow="fold")
    table.add_column("Prob.", justify="right", no_wrap=True)
    table.add_column("90 % interval", justify="right", no_wrap=True)
    table.add_column("If it comes,\nmedian (day)", justify="right", no_wrap=True)
    table.add_column("Rests on", width=_room(width, when, rests), overflow="fold")
    for r, day_told, ids in zip(shown, when, rests, strict=True):
        table.add_row(
            Text(r.told(a)), Text(percent(r.probability), style="bold"),
            Text(spread(r.low, r.high)), Text(day_told), Text(" ".join(ids)),
        )  # fmt: skip
    return table, Text(_legend(a, rests), style="dim")


def _room(width: int, when: Sequence[str], rests: Sequence[Sequence[str]]) -> int:
    """Return the width of the last column: no id is ever cut, the reaction wraps instead.

    They stand on one line where that leaves the reaction its room.
    """
    head = len("Rests on")
    others = len("<0.1 %") + len("90 % interval") + max(map(len, ["If it comes,", *when])) + 4 * 2
    longest = max([head, *(len(word) for ids in rests for word in ids)])
    line = max([head, *(len(" ".join(ids)) for ids in rests)])
    return max(longest, min(line, width - others - READABLE))


def _legend(a: Assembly, rests: Sequence[Sequence[str]]) -> str:
    lonely = any(ids and ids[0].startswith("-") for ids in rests)
    against = " Only (-): nothing weighty speaks for it." if lonely else ""
    against += " Many: no single one matters." if ["many"] in rests else ""
    return (
        f"Rests on: precedents that make it likelier (+), then less likely (-).{against} In brackets: "
        f"days after {day(a.scenario.as_of)}. 90 % interval: what is not known about the rule, and "
        "the luck of the sample."
    )


def _median(a: Assembly, days: float) -> str:
    """Tell the median day of the worlds in which an act came; it says when, not whether."""
    when = a.scenario.as_of + timedelta(days=int(days))
    return f"{day(when, year=when.year != a.scenario.as_of.year)} ({int(days)})"


def _rest(others: Sequence[Reaction]) -> list[Text]:
    told = told_rest(others)
    return [Text(f"... and {told}", style="dim")] if told else []


def _forecasts(a: Assembly, answered: Sequence[Answer]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1))
    table.add_column(f"Forecast, from {day(a.scenario.forecast_origin)}", ratio=3)
    table.add_column("Prob.", justify="right", no_wrap=True)
    table.add_column("90 % interval", justify="right", no_wrap=True)
    for answer in answered:
        if answer.probability is None or answer.low is None or answer.high is None:
            table.add_row(Text(f"{answer.told(a)}: {answer.note}"), Text("?"), Text(""))
            continue
        share, interval = percent(answer.probability), spread(answer.low, answer.high)
        told = f"{answer.told(a)}: {answer.note}" if answer.note else answer.told(a)
        table.add_row(Text(told), Text(share, style="bold"), Text(interval))
    return table


def _foot(ensemble: Ensemble) -> list[Text]:
    lines = [f"{provenance_line(ensemble)}; {_shares(ensemble.assembly)}", *warnings(ensemble)]
    return [Text(line, style="dim") for line in lines]


def provenance_line(ensemble: Ensemble) -> str:
    """Tell in one line what made this result."""
    posterior = ensemble.assembly.posterior
    dropped = f", {len(posterior.without)} events forgotten" if posterior.without else ""
    return (
        f"{ensemble.worlds:,} worlds, seed {ensemble.seed}; history {posterior.fingerprint[:8]} "
        f"as of {posterior.as_of}{dropped}; {DISTRIBUTION} {versions()[DISTRIBUTION]}"
    )


def warnings(ensemble: Ensemble) -> list[str]:
    """Tell what a reader must know before trusting the numbers."""
    a = ensemble.assembly
    told = []
    if a.known_until is not None and a.known_until < a.scenario.as_of:
        ends, asked = day(a.known_until), day(a.scenario.as_of)
        told.append(f"The record ends on {ends}: nothing between that day and {asked} is known.")
    for process, share in effective_shares(a).items():
        if share < THIN:
            rule = process.replace("_", " ")
            told.append(f"Thin evidence: the {rule} rule rests on {share:.1%} of its draws.")
    if missing := untaught(a):
        kinds = ", ".join(slot.replace("_", " ") for slot in missing)
        told.append(f"Not simulated, since no complete record teaches it: {kinds}.")
    return told


def _shares(a: Assembly) -> str:
    told = [f"{percent(s)} {p.replace('_', ' ')}" for p, s in effective_shares(a).items()]
    meaning = "how many of the sampled rules still count once weighed by the record"
    return f"effective share, {meaning}: {', '.join(told)}"
