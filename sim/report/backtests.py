"""Pages of the rolling backtest: who follows, how far the parent goes, how cascades grow, the leak guard."""

from __future__ import annotations

import pandas as pd
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sim.backtest import rungs, skill
from sim.backtest.followers import Backtest
from sim.backtest.poison import Guard
from sim.backtest.scoring import BOUND, FEWEST_UNITS, LOSSES
from sim.report.holdouts import column_table as _table
from sim.report.holdouts import texts as _texts
from sim.report.words import skill_spread

WORD = {"recognise": "recognises", "solidarity": "breaks with the shunned one"}
FROZEN = "2015-01-01"
"""Day up to which history chose the structure of the rules; see `demarche learn --ablate`."""

WORST_OVER = 365
"""Horizon of which the worst misses are told."""


def follower_lines(found: Backtest) -> RenderableType:
    """Build the page of who follows: skill, order, calibration, sizes, days, and the worst misses."""
    rows = found.rows
    if rows.empty:
        return Text("Nobody at risk on record in this span: nothing was scored.")
    days = rows["origin"].nunique()
    parts: list[RenderableType] = [
        Text(
            f"Who follows? {len(rows):,} forecasts at {days} origins, {rows['origin'].min()} to "
            f"{rows['origin'].max()}. Rules learned as of 1 January of each year, the state of the world as "
            f"of the origin; their structure was chosen on history before {FROZEN[:4]}. Where the record is "
            "complete for a part of a horizon only, all forecast that part. An act is asked about at each "
            f"origin before it. Intervals: 90 %, whole disputes resampled, of {FEWEST_UNITS} or more. {BOUND}"
        )
    ]
    for _, part in skill.skills(rows).groupby(["process", "days"], sort=False):
        parts += [Text(), *_skill(part)]
    parts += [Text(), *_order(skill.ranking(rows))]
    parts += [Text(), *_calibrated(rows), Text(), *_sizes(found)]
    parts += [Text(), *_misses(rows)]
    return Group(*parts)


def _skill(part: pd.DataFrame) -> tuple[Text, Table]:
    first = part.iloc[0]
    head = (
        f"Who {WORD[first['process']]} within {first['days']} days: {first['rows']:,} at risk, "
        f"{first['yes']} did ({_counted(first['acts'], 'act')}), {_counted(first['disputes'], 'dispute')}"
    )
    names = ("Forecast", "Brier", "Skill against", "Surprise", "Skill against")
    table = _table(1, *names, whole=len(names))
    for row in part.to_dict("records"):
        cells = [str(row["forecast"])]
        for loss in LOSSES:
            cells.append(f"{row[loss]:.4f}")
            gain, low, high = (float(row[f"{loss}_{end}"]) for end in ("skill", "low", "high"))
            cells.append("" if row["forecast"] == "model" else skill_spread(gain, low, high))
        table.add_row(*map(Text, cells))
    return Text(head), table


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("s" if number != 1 else "")


def _order(table: pd.DataFrame) -> list[RenderableType]:
    """Tell how well followers were ranked, by dispute at the longest horizon, and on average."""
    if table.empty:
        return [Text("Nobody followed: there is no order to judge.")]
    shown = _table(
        1, "Dispute", "Days", "n", "AUC", "bloc", "logit", "Top 5", "bloc", "logit", "best",
        whole=1,
    )  # fmt: skip
    names = [f"{s}_{n}" for s in ("auc", "top") for n in ("model", "copy the bloc", "logistic")]
    names.append("top_best")
    longest = table.groupby("process")["days"].max()
    for (process, days), part in table.groupby(["process", "days"], sort=False):
        if days == longest[process]:
            for row in part.to_dict("records"):
                cells = [row["dispute"], days, row["questions"], *(f"{row[n]:.2f}" for n in names)]
                shown.add_row(*_texts(*cells))
        means = [f"{part[n].mean():.2f}" for n in names]
        shown.add_row(*_texts(f"all, {process}", days, part["questions"].sum(), *means))
    head = (
        "Among those at risk of one of n questions, how often who followed was ranked above who did not "
        "(AUC), and how many of the five likeliest followed (best: of one who knew); only questions where "
        "somebody did; all: the mean over disputes"
    )
    return [Text(head), shown]


def _calibrated(rows: pd.DataFrame) -> list[RenderableType]:
    found = skill.bands(rows)
    process = found["process"].iat[0]
    found = found[found["process"] == process]
    days = list(dict.fromkeys(found["days"]))
    table = _table(1, "Forecast", *(f"within {d} days" for d in days), whole=1)
    for (low, high), part in found.groupby(["low", "high"], sort=False):
        cells = [
            f"{row.told:.2%} {row.seen:.2%} ({row.rows:,})" if row.rows else ""
            for row in part.itertuples()
        ]
        table.add_row(*_texts(f"{100 * low:g}-{100 * high:g}%", *cells))
    errors = [
        f"{row.process} within {row.days} days {row.error:.4f} ({row.told:.0f} told, {row.seen:.0f} seen)"
        for row in skill.calibration(rows).itertuples()
    ]
    head = f"Reliability: who {WORD[process]}, mean forecast, share seen (and how many forecasts)"
    return [Text(head), table, Text(f"Calibration error: {'; '.join(errors)}.")]


def _sizes(found: Backtest) -> list[Text]:
    held = [
        f"{row.process} within {row.days} days {row.held:.0%} of {_counted(row.questions, 'question')}"
        + (f", {row.some:.0%} of the {row.asked} where any followed" if row.asked else "")
        for row in skill.coverage(found.sizes).itertuples()
    ]
    days = [
        f"{row.process} {row.error:.0f} days ({row.followed} who followed; {row.middle:.0f} if all were "
        "expected in the middle of the year)"
        for row in skill.timing(found.rows).itertuples()
    ]
    lines = [Text(f"The 90 % interval of how many follow held: {'; '.join(held)}.")]
    if days:
        lines.append(Text(f"Median error of the day: {'; '.join(days)}."))
    return lines


def _misses(rows: pd.DataFrame) -> list[RenderableType]:
    worst = skill.misses(rows, WORST_OVER)
    if worst.empty:
        return []
    table = _table(
        4, "As of", "Dispute", "Who", "Toward", "After", "Model", "Place", "Base rate", whole=2
    )
    for row in worst.itertuples():
        cells = [row.origin, row.dispute, row.actor, row.entity, f"{row.first:.0f} days"]
        table.add_row(*_texts(*cells, f"{row.model:.2%}", f"{row.place:.0f}", f"{row.base:.2%}"))
    return [Text("Worst misses: who followed, though the model gave it least"), table]


def rung_lines(table: pd.DataFrame) -> RenderableType:
    """Build the table of how far parents went: ranked probability scores beside the baselines."""
    if table.empty:
        return Text("No case on record of how far a parent went: nothing was scored.")
    shown = _table(1, "Forecast", "RPS", "Skill against", whole=3)
    parents = table["parent"].nunique()
    for row in rungs.summary(table).itertuples():
        spread = skill_spread(row.skill, row.low, row.high)
        cells = (row.forecast, f"{row.rps:.4f}", "" if row.forecast == "model" else spread)
        shown.add_row(*_texts(*cells))
    counts = table["reached"].value_counts()
    reached = ", ".join(f"{name} {count}" for name, count in counts.items())
    head = (
        f"How far does the parent go within a year (ranked probability score)? {len(table)} cases of "
        f"{_counted(parents, 'parent')}: {reached}."
    )
    return Group(Text(head), shown)


def cascade_lines(fits: pd.DataFrame) -> RenderableType:
    """Build the table of cascades, observed and simulated.

    Parameters
    ----------
    fits : DataFrame
        As `sim.backtest.cascades.fits` returns it.
    """
    if fits.empty:
        return Text("No cascade on record.")
    names = ("Entity", "From", "Days", "Size", "In worlds", "Inside", "Half by", "In worlds")
    shown = _table(2, *names, whole=len(names))
    for row in fits.itertuples():
        size = f"{row.median} ({row.low}-{row.high})"
        cells = [row.entity, row.start, row.days, row.observed, size]
        shown.add_row(*_texts(*cells, f"{row.inside:.0%}", row.half, f"{row.half_median:.0f}"))
    held = ((fits["low"] <= fits["observed"]) & (fits["observed"] <= fits["high"])).sum()
    head = (
        "Cascades, observed and simulated from their start by rules that have learned from all of history "
        "(a goodness of fit, no forecast): final size, share of days inside the 90 % envelope, and the day "
        "by which half had recognised"
    )
    return Group(
        Text(head), shown, Text(f"{held} of {len(fits)} final sizes lie in their interval.")
    )


def guard_lines(found: Guard) -> RenderableType:
    """Tell what the leak guard compared."""
    return Group(
        Text(
            f"Poisoned after each origin: {found.compared:,} numbers (forecasts, draws of the rules, base "
            f"rates) at {found.origins} origins compared, {found.different:,} different."
        ),
        Text(
            f"Poisoned from 1 January of the year, before the origin: the forecasts of {found.moved} of "
            f"{found.origins} origins change."
        ),
    )
