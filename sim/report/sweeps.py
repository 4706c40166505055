"""What a sweep found: how far each outcome ranges, what moves it, and where it is highest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sim.provenance import Provenance
from sim.report.folder import short
from sim.report.words import clean, percent
from sim.world.results import MARKER, ResultFolder
from sim.world.scenario import resolved_toml
from sim.world.sensitivity import correlation_ratio
from sim.world.sweep import FOLLOWS, Sweep

FILES = ("points.csv", "sensitivity.csv")

CURVE = 20
"""How many points are listed where only one thing varies."""


def told_outcomes(sweep: Sweep, table: pd.DataFrame) -> list[str]:
    """Return the outcomes that any point has."""
    return [name for name in sweep.outcomes if table[name].notna().any()]


def effects(sweep: Sweep, table: pd.DataFrame) -> pd.DataFrame:
    """Return how much of each outcome's variance lies between the values of each dimension."""
    rows = []
    for outcome in told_outcomes(sweep, table):
        y = table[outcome].to_numpy(dtype=float)
        for d in sweep.dimensions:
            share = correlation_ratio(table[d.name].tolist(), y)
            rows.append({"outcome": outcome, "dimension": d.name, "between": share})
    return pd.DataFrame(rows, columns=["outcome", "dimension", "between"])


def sweep_page(
    sweep: Sweep, table: pd.DataFrame, found: pd.DataFrame, top: int, sobol: bool
) -> RenderableType:
    """Build the page.

    Parameters
    ----------
    table : DataFrame
        See `Sweep.table`.
    found : DataFrame
        See `effects`; with the columns of `sim.world.sensitivity.sobol_indices` if `sobol`.
    top : int
        How many points to list for each outcome.
    """
    sound = table[table["impossible"] == ""]
    lines = [f"{len(sound):,} points, {sweep.worlds:,} worlds each, on the same clocks."]
    if (
        gone := table[table["impossible"] != ""]
        .drop_duplicates("impossible")["impossible"]
        .tolist()
    ):
        count = len(table) - len(sound)
        lines.append(f"{count:,} further points cannot be, such as: {clean(gone[0])}")
    parts: list[RenderableType] = [Text(clean(sweep.scenario.title), style="bold")]
    parts += [Text(line, style="dim") for line in lines]
    for outcome in told_outcomes(sweep, table):
        mine = found[found["outcome"] == outcome]
        parts += [Text(), *_outcome(sweep, outcome, sound, mine, top, sobol)]
    return Group(*parts, Text(), Text(_foot(sweep), style="dim"))


def _outcome(
    sweep: Sweep, outcome: str, sound: pd.DataFrame, found: pd.DataFrame, top: int, sobol: bool
) -> list[RenderableType]:
    y = sound[outcome].to_numpy(dtype=float)
    low, middle, high = (_number(outcome, q) for q in np.nanquantile(y, (0, 0.5, 1)))
    parts: list[RenderableType] = [Text(f"{clean(outcome)}: {low} to {high}, median {middle}")]
    if len(sweep.dimensions) > 1:
        parts.append(_moving(found, sobol))
    names = [d.name for d in sweep.dimensions]
    best = sound.sort_values([outcome, *names], ascending=[False] + [True] * len(names))
    if len(names) == 1:  # then the whole course is worth reading
        best, top = sound, max(top, CURVE)
    for row in best[[*names, outcome]].drop_duplicates().head(top).to_dict("records"):
        where = ", ".join(f"{clean(name)} = {_told(row[name])}" for name in names)
        parts.append(Text(f"{_number(outcome, row[outcome])}  at  {where}", style="dim"))
    return parts


def _moving(found: pd.DataFrame, sobol: bool) -> Table:
    """Build the table of what moves an outcome, the strongest first."""
    moving = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1))
    moving.add_column("What varies", overflow="fold")
    for head in ("First-order", "Total") if sobol else ("Between its values",):
        moving.add_column(head, justify="right")
    for row in found.sort_values("total" if sobol else "between", ascending=False).itertuples():
        cells = (
            [_index(row.first, row.first_half), _index(row.total, row.total_half)]
            if sobol
            else [_part(float(row.between))]
        )
        moving.add_row(clean(row.dimension), *cells)
    return moving


def _told(value: object) -> str:
    if isinstance(value, bool | np.bool_):
        return "on" if value else "off"
    return clean(value)


def _number(outcome: str, value: float) -> str:
    return f"{value:.2f}" if outcome == FOLLOWS else percent(float(value))


def _part(share: float) -> str:
    return "-" if np.isnan(share) else percent(share)


def _index(value: float, half: float) -> str:
    return "-" if np.isnan(value) else f"{value:.2f} ± {half:.2f}"


def _foot(sweep: Sweep) -> str:
    p = sweep.posterior
    return f"seed {sweep.seed}; history {p.fingerprint[:8]} as of {p.as_of}; a chance is a share of worlds"


def sweep_summary(
    name: str, sweep: Sweep, table: pd.DataFrame, found: pd.DataFrame
) -> dict[str, object]:
    """Return the object that ``sweep --format json`` prints."""
    return {
        "scenario": clean(name),
        "points": len(table),
        "impossible": int((table["impossible"] != "").sum()),
        "worlds": sweep.worlds,
        "seed": sweep.seed,
        "outcomes": told_outcomes(sweep, table),
        "vary": [{"path": d.name, "values": len(d.values)} for d in sweep.dimensions],
        "sensitivity": _records(found),
        "table": _records(table),
        "provenance": _provenance(sweep).as_dict(),
    }


def _records(table: pd.DataFrame) -> list[dict[str, object]]:
    return [
        {str(key): None if _is_nan(cell) else short(cell) for key, cell in row.items()}
        for row in table.to_dict("records")
    ]


def _is_nan(cell: object) -> bool:
    return isinstance(cell, float) and np.isnan(cell)


def _provenance(sweep: Sweep) -> Provenance:
    return Provenance(
        seed=sweep.seed, data=sweep.posterior.fingerprint, title=clean(sweep.scenario.title),
        worlds=sweep.worlds,
    )  # fmt: skip


def write_sweep(
    folder: ResultFolder, sweep: Sweep, table: pd.DataFrame, found: pd.DataFrame
) -> None:
    """Fill an open result folder: the points, what moves the outcomes, the scenario and what made them."""
    for name, rows in zip(FILES, (table, found), strict=True):
        cells: Sequence[Sequence[object]] = [
            ["" if _is_nan(cell) else short(cell) for cell in row]
            for row in rows.itertuples(index=False)
        ]
        folder.write_csv(name, [*rows.columns], cells)
    folder.write_text("scenario.toml", resolved_toml(sweep.scenario))
    vary = [{"path": d.name, "values": [str(v) for v in d.values]} for d in sweep.dimensions]
    folder.write_json(MARKER, _provenance(sweep).as_dict() | {"vary": vary})
