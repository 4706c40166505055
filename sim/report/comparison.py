"""What a what-if changes: a base and other ensembles on the same clocks, as a page and as an object."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import pandas as pd
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sim.report.folder import provenance, short
from sim.report.text import imposed_lines, provenance_line
from sim.report.words import act_between, clean, day, percent, points, points_spread
from sim.world.assemble import Assembly
from sim.world.carriers import Carrier
from sim.world.paired import Pair
from sim.world.scenario import Scenario

TOP = 15


@dataclass(frozen=True, eq=False)
class Told:
    """One comparison under the names that the user gave.

    Parameters
    ----------
    base, other : str
        What to call the sides.
    pair : Pair
    carriers : sequence of Carrier
        See `sim.world.carriers.carriers`.
    """

    base: str
    other: str
    pair: Pair
    carriers: Sequence[Carrier] = ()


def comparison_page(told: Sequence[Told], top: int = TOP) -> RenderableType:
    """Build the page of one or several comparisons with the same base.

    Parameters
    ----------
    told : sequence of Told
        At least one.
    top : int
        How many acts to list of each.
    """
    base = told[0].pair.base
    parts: list[RenderableType] = [*_side("Base", told[0].base, base.assembly)]
    for one in told:
        other = one.pair.other.assembly
        parts += [*_side("What if", one.other, other), *_days(one.pair), Text()]
        parts += [*difference_parts(one, top), Text()]
    return Group(*parts, Text(provenance_line(base), style="dim"))


def _side(role: str, name: str, assembly: Assembly) -> list[Text]:
    title = f"{role} ({clean(name)}): {clean(assembly.scenario.title)}"
    return [Text(title, style="bold"), *imposed_lines(assembly)]


def _days(pair: Pair) -> list[Text]:
    """Tell what is compared, and that what was known differs where it does."""
    first, last = pair.window
    lines = [Text(f"Compared from {day(first)} to {day(last)}, on the same clocks.", style="dim")]
    base, other = (e.assembly.scenario.as_of for e in (pair.base, pair.other))
    if base != other:
        what = f"What was known differs too: {day(base)} and {day(other)}."
        lines.append(Text(what, style="dim"))
    return lines


def difference_parts(told: Told, top: int) -> list[RenderableType]:
    """Build the table of differences and what is told under it."""
    pair, table = told.pair, told.pair.differences()
    if not pair.differing_events:
        return [Text(f"Nothing differs in any of {pair.worlds:,} worlds.")]
    parts: list[RenderableType] = []
    if len(table):
        parts.append(_table(told, table.head(top)))
    if (more := len(table) - top) > 0:
        most = percent(abs(float(table["difference"].iloc[top])))
        parts.append(Text(f"... and {more:,} further acts, none changed by more than {most}"))
    return [*parts, *_sums(told, table)]


def _table(told: Told, shown: pd.DataFrame) -> Table:
    actors = told.pair.base.assembly.layout.actors
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1))
    table.add_column("Act", overflow="fold")
    for head in (clean(told.base), clean(told.other), "Difference\n(points)", "90 % interval"):
        table.add_column(head, justify="right", max_width=18)
    for row in shown.itertuples():
        act = act_between(actors, str(row.sender), str(row.kind), [str(row.receiver)])
        table.add_row(
            Text(act), Text(percent(float(row.probability_base))),
            Text(percent(float(row.probability_other))),
            Text(points(float(row.difference)), style="bold"),
            Text(points_spread(float(row.low), float(row.high))),
        )  # fmt: skip
    return table


def _sums(told: Told, table: pd.DataFrame) -> list[Text]:
    """Tell what only one side has, how the cascade grew, and which act carries most."""
    pair, lines = told.pair, []
    fresh = int((table["probability_base"] == 0).sum())
    gone = int((table["probability_other"] == 0).sum())
    base, other = clean(told.base), clean(told.other)
    lines.append(f"Never in {base}: {fresh:,} of these acts. Never in {other}: {gone:,}.")
    c = pair.cascade
    lines.append(
        f"Acts that follow, a world: {c.base:.2f} in {base}, {c.other:.2f} in {other}: "
        f"{c.change:+.2f} (90 % interval {c.low:+.2f} to {c.high:+.2f}). "
        f"{percent(c.touched)} of the worlds gain or lose at least one."
    )
    lines += _carried(told)
    return [Text(line, style="dim") for line in lines]


def _carried(told: Told) -> list[str]:
    whole = sum(max(0.0, c.carries) for c in told.carriers)
    actors = told.pair.other.assembly.layout.actors
    lines = []
    if told.pair.base.assembly.scenario.as_of != told.pair.other.assembly.scenario.as_of:
        return []  # what was known differs too, and no act carries that
    if len(told.carriers) == 1 and whole > 0:
        (c,) = told.carriers
        act = act_between(actors, c.sender, c.kind, c.receivers)
        return [f"All of it is carried by: {act}, {_when(c)}."]
    for place, c in enumerate(told.carriers[:3] if whole > 0 else ()):
        act = act_between(actors, c.sender, c.kind, c.receivers)
        what = "Most is carried by" if place == 0 else "Then"
        alone = (
            f"alone it changes {c.alone:.2f} acts a world, left out {c.without:.2f} fewer change"
        )
        lines.append(f"{what}: {act}, {_when(c)} ({alone}).")
    return lines


def _when(carrier: Carrier) -> str:
    return day(carrier.date) if carrier.date else "on its condition"


def comparison_summary(told: Sequence[Told]) -> dict[str, object]:
    """Return the object that ``compare --format json`` prints."""
    base = told[0].pair.base
    compared = [provenance(one.pair.other).as_dict() for one in told]
    return {
        "base": _about(told[0].base, base.assembly.scenario),
        "others": [_other(one) for one in told],
        "worlds": base.worlds,
        "seed": base.seed,
        "differing_events": sum(one.pair.differing_events for one in told),
        "differences": [row for one in told for row in difference_rows(one)],
        "provenance": provenance(base).as_dict() | {"compared_with": compared},
    }


def difference_rows(told: Told) -> list[dict[str, object]]:
    """Return the differences as rows of a JSON object, each with the name of the what-if."""
    rows = told.pair.differences().to_dict("records")
    name = {"other": clean(told.other)}
    return [name | {str(key): short(cell) for key, cell in row.items()} for row in rows]


def cascade_row(pair: Pair) -> dict[str, object]:
    """Return the cascade as a JSON object."""
    return {key: short(number) for key, number in asdict(pair.cascade).items()}


def _other(told: Told) -> dict[str, object]:
    first, last = told.pair.window
    carried = [
        {
            "sender": c.sender, "kind": c.kind, "receivers": list(c.receivers),
            "date": c.date.isoformat() if c.date else None,
            "alone": short(c.alone), "without": short(c.without),
            "carries": short(c.carries),
        }
        for c in told.carriers
    ]  # fmt: skip
    return _about(told.other, told.pair.other.assembly.scenario) | {
        "from": first.isoformat(),
        "to": last.isoformat(),
        "differing_events": told.pair.differing_events,
        "cascade": cascade_row(told.pair),
        "carriers": carried,
    }


def _about(name: str, scenario: Scenario) -> dict[str, object]:
    return {
        "name": clean(name),
        "title": clean(scenario.title),
        "as_of": scenario.as_of.isoformat(),
        "horizon_days": scenario.horizon_days,
    }
