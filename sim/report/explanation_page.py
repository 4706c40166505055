"""The page that explains one act: how likely, by which rule, from what, and on which precedents."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sim.hazard.covariates import COVARIATES
from sim.report.contributions import (
    DELAY,
    DISPUTE,
    DOCTRINE,
    INTERCEPT,
    Contribution,
)
from sim.report.explanation import Explanation, Verification, Without
from sim.report.rules import THIN, signed
from sim.report.similar import Similar
from sim.report.text import imposed_lines, provenance_line
from sim.report.words import act_between, clean, day, name_of, percent, points, spread

TOP = 8
SENTENCES = {(process, c.name): c.sentence for c in COVARIATES for process in c.processes}
"""By process too: who breaks with one who is shunned is told in other words than who recognises."""


def explanation_page(
    explained: Explanation,
    without: Without | None = None,
    verified: Verification | None = None,
    top: int = TOP,
) -> RenderableType:
    """Build the page for a rich console.

    Parameters
    ----------
    explained : Explanation
    without : Without, optional
        The act by a refit without some precedents.
    verified : Verification, optional
    top : int
        How many precedents to list.
    """
    a = explained.assembly
    parts: list[RenderableType] = [
        Text(clean(a.scenario.title), style="bold"), *imposed_lines(a),
        *_chances(explained), Text(), _contributions(explained), *_sum(explained), Text(),
        _precedents(explained, top), *_weight(explained),
    ]  # fmt: skip
    if without is not None:
        parts += [Text(), *_without(explained, without)]
    if verified is not None:
        parts += [Text(), *_verified(verified)]
    parts += [Text(), *_similar(explained), Text(), *_track(explained)]
    return Group(*parts, Text(), Text(provenance_line(explained.ensemble), style="dim"))


def _told(explained: Explanation, act: tuple[str, str, str, str]) -> str:
    sender, kind, receiver, _ = act
    return act_between(explained.assembly.layout.actors, sender, kind, [receiver])


def _chances(explained: Explanation) -> list[Text]:
    a, found = explained.assembly, explained.share
    lines = [
        Text(
            f"{_told(explained, explained.act)}: {percent(found.probability)} within "
            f"{a.scenario.horizon_days} days (90 % interval {spread(found.low, found.high)}).",
            style="bold",
        )
    ]
    if explained.awaited is not None:
        once, low, high = explained.draws
        first = _told(explained, explained.awaited)
        lines.append(
            Text(f"Once {first}: {percent(once)} (90 % interval {spread(low, high)}), told below.")
        )
    if explained.rule is not None:
        lines.append(Text(f"Rule: {explained.rule.sentence}"))
    return lines


def _contributions(explained: Explanation) -> Table:
    """Build the log hazard: the intercept, then what adds or takes most."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1))
    table.add_column("Log hazard when its clock starts", overflow="fold")
    for head in ("Value", "Weight", "Adds"):
        table.add_column(head, justify="right", no_wrap=True)
    parts = sorted(
        (c for c in explained.contributions if c.contribution),
        key=lambda c: (c.covariate != INTERCEPT, -abs(c.contribution)),
    )
    for c in parts:
        own = c.covariate in (INTERCEPT, DISPUTE, DOCTRINE, DELAY)
        cells = ("", "") if own else (f"{c.value:.2f}", f"{c.weight:+.2f}")
        table.add_row(Text(_named(explained, c)), *map(Text, cells), Text(f"{c.contribution:+.2f}"))
    return table


def _named(explained: Explanation, part: Contribution) -> str:
    sender, _, receiver, dispute = explained.act
    actors = explained.assembly.layout.actors
    if part.covariate == DOCTRINE:
        return f"{DOCTRINE}: how {name_of(actors, sender)} tends to act"
    if part.covariate == DISPUTE:
        broken = explained.clock.process in ("solidarity", "reconcile")
        return f"{DISPUTE}: the effect of {clean(dispute) if broken else name_of(actors, receiver)}"
    if part.covariate == DELAY:
        return f"{DELAY}: day {int(explained.clock.channel.since)} of its clock"
    if part.covariate == INTERCEPT:
        return f"{INTERCEPT}: the rate of such acts"
    return f"{part.covariate}: {SENTENCES[explained.clock.process, part.covariate]}"


def _sum(explained: Explanation) -> list[Text]:
    total = explained.clock.log_hazard
    nil = [c.covariate for c in explained.contributions if not c.contribution]
    lines = [f"Sum {total:+.2f}: {math.exp(total):.2g} acts a day, at the mode of the posterior."]
    lines += [f"Add nothing, being 0: {', '.join(nil)}."] if nil else []
    return [Text(line, style="dim") for line in lines]


def _precedents(explained: Explanation, top: int) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1))
    table.add_column("Rests on", no_wrap=True)
    for head in ("Without it", "Change\n(points)", "Change of\nlog hazard"):
        table.add_column(head, justify="right", no_wrap=True)
    base = float(explained.clock.modes[0])
    for p in explained.precedents[:top]:
        table.add_row(
            Text(signed(p)), Text(percent(base + p.change)),
            Text(points(p.change), style="bold"), Text(f"{p.step:+.2f}"),
        )  # fmt: skip
    return table


def _weight(explained: Explanation) -> list[Text]:
    """Tell on how much it rests, and what was known before."""
    base, effective, prior = explained.clock.modes[0], explained.effective, explained.prior
    rest = len(explained.precedents)
    thin = " (thin)" if effective < THIN else ""
    lines = [
        f"At the mode, with nothing else happening once its clock runs, it is {percent(float(base))} "
        f"by the horizon; without each of {rest:,} cases, by one Newton step, as told. + makes it likelier, "
        "- less likely. The log hazard is that of the start: a case may move later days instead.",
        f"Effectively {effective:.1f} precedents{thin}. Before any case: "
        f"{percent(prior.probability)} ({spread(prior.low, prior.high)}); the log hazard is known "
        f"{prior.narrower:.1f} times as closely ({prior.posterior_log_hazard:+.1f} ± "
        f"{prior.posterior_sd:.1f} against {prior.log_hazard:+.1f} ± {prior.sd:.1f}).",
    ]
    return [Text(line, style="dim") for line in lines]


def _without(explained: Explanation, without: Without) -> list[Text]:
    named = ", ".join(map(clean, without.dropped))
    what = [f"without {named}"] if named else []
    what += ["with verified events only"] if without.only_verified else []
    before, after = explained.share, without.after.share
    head = f"Learned again {' and '.join(what)} ({without.forgotten:,} events forgotten): "
    if not without.after.clock.opening.is_open:
        return [Text(f"{head}no record is left that teaches it.")]
    hazards = (explained.clock.log_hazard, without.after.clock.log_hazard)
    return [
        Text(
            f"{head}{percent(after.probability)} ({spread(after.low, after.high)}) instead of "
            f"{percent(before.probability)} ({spread(before.low, before.high)}); log hazard "
            f"{hazards[1]:+.2f} instead of {hazards[0]:+.2f}."
        )
    ]


def _verified(verified: Verification) -> list[Text]:
    return [
        Text(
            f"The step beside refits without a case each: correlation {verified.correlation:.3f} over "
            f"{len(verified.labels)} cases; for 1 predicted, a refit moves {verified.slope:.2f}."
        )
    ]


def _similar(explained: Explanation) -> list[RenderableType]:
    if not explained.similar:
        return [Text("No case like it is on record.")]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1))
    table.add_column("What similar actors did", no_wrap=True)
    table.add_column("From", no_wrap=True)
    table.add_column("Outcome", overflow="fold")
    for case in explained.similar:
        table.add_row(Text(clean(case.id)), Text(day(case.date)), Text(_outcome(explained, case)))
    note = (
        "Nearest in the covariates that are read from the tables, by their weight; one case of each actor, "
        "in disputes of the same kind."
    )
    return [table, Text(note, style="dim")]


def _outcome(explained: Explanation, case: Similar) -> str:
    actors, kind = explained.assembly.layout.actors, explained.act[1]
    if case.acted:
        return f"{act_between(actors, case.sender, kind, [case.receiver])}, day {case.days}"
    if case.instead:
        return act_between(actors, case.sender, case.instead, [case.receiver])
    return "not on record that it did"


def _track(explained: Explanation) -> Sequence[Text]:
    found, actors = explained.track, explained.assembly.layout.actors
    lines = []
    if found.cases:
        lines.append(
            f"On record: {found.acted} of {found.cases} cases whose end is known went so far, of those "
            f"of {name_of(actors, explained.act[0])} {found.own_acted} of {found.own_cases}."
        )
    scored = found.command or "no command scores them yet"
    lines.append(f"How forecasts of this kind scored in past cases: {scored}")
    return [Text(line) for line in lines]
