"""What the result folder of a backtest holds: every forecast with what happened, the tables, two figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.backtest import skill
from sim.backtest.cascades import Cascade, curves, fits
from sim.backtest.followers import Backtest
from sim.provenance import Provenance
from sim.report.figures import COLOURS, FAINT, INK, RULE, as_png, styled
from sim.report.folder import short
from sim.report.words import clean
from sim.world.results import MARKER, ResultFolder

WIDE, TALL = 9.6, 2.3
ACROSS = 3


@dataclass(frozen=True)
class Found:
    """All that a backtest found; what was not asked for is None or empty."""

    followers: Backtest | None = None
    answers: pd.DataFrame = field(default_factory=pd.DataFrame)
    rungs: pd.DataFrame = field(default_factory=pd.DataFrame)
    cascades: Sequence[Cascade] = ()


def write_backtest(folder: ResultFolder, found: Found, made: Provenance) -> None:
    """Fill an open result folder.

    ``forecasts.csv`` (everyone at risk at every origin: the model, each baseline, what happened),
    ``sizes.csv``, ``skill.csv``, ``ranking.csv``, ``reliability.csv`` and its figure, ``misses.csv``;
    ``answers.csv`` and ``rungs.csv``; ``cascades.csv``, ``fits.csv`` and their figure; ``provenance.json``.

    Raises
    ------
    ResultError
        If the disk refuses.
    """
    if found.followers is not None and len(found.followers.rows):
        rows = found.followers.rows
        _write(folder, "forecasts.csv", rows)
        _write(folder, "sizes.csv", found.followers.sizes)
        _write(folder, "skill.csv", skill.skills(rows))
        _write(folder, "ranking.csv", skill.ranking(rows))
        _write(folder, "reliability.csv", skill.bands(rows))
        _write(folder, "misses.csv", skill.misses(rows, 365, 20))
        folder.write_bytes("reliability.png", as_png(reliability_figure(rows)))
    if len(found.answers):
        _write(folder, "answers.csv", found.answers)
    if len(found.rungs):
        _write(folder, "rungs.csv", found.rungs)
    if found.cascades:
        _write(folder, "cascades.csv", curves(list(found.cascades)))
        _write(folder, "fits.csv", fits(list(found.cascades)))
        folder.write_bytes("cascades.png", as_png(cascade_figure(found.cascades)))
    folder.write_json(MARKER, made.as_dict())


def _write(folder: ResultFolder, name: str, table: pd.DataFrame) -> None:
    cells = ([_cell(c) for c in row] for row in table.itertuples(index=False))
    folder.write_csv(name, list(table.columns), cells)


def _cell(cell: object) -> object:
    if isinstance(cell, float) and np.isnan(cell):
        return ""
    return short(cell)


def reliability_figure(rows: pd.DataFrame) -> Figure:
    """Draw what was forecast against what was seen, a panel a horizon, on logarithmic axes.

    Bars are 90 % Wilson intervals of the share seen, as if rows were independent, which they are not.
    """
    return styled(lambda: _draw_reliability(skill.bands(rows)))


def _draw_reliability(bands: pd.DataFrame) -> Figure:
    horizons = list(dict.fromkeys(bands["days"]))
    figure = Figure(figsize=(WIDE, 3.4))
    for h, days in enumerate(horizons):
        ax = figure.add_axes((0.07 + h * 0.315, 0.16, 0.26, 0.7))
        ax.plot([1e-4, 1], [1e-4, 1], color=RULE, lw=1)
        for process, part in bands[bands["days"] == days].groupby("process", sort=False):
            _dots(
                ax,
                part[part["rows"] > 0],
                COLOURS["recognise" if process == "recognise" else "sever_relations"],
                str(process),
            )
        ax.set_xscale("log")
        ax.set_yscale("log")
        ax.set_xlim(2e-4, 1)
        ax.set_ylim(2e-4, 1)
        ax.set_title(f"within {days} days", fontsize=9, color=INK)
        ax.set_xlabel("forecast")
        if h == 0:
            ax.set_ylabel("seen")
            ax.legend(frameon=False, fontsize=8, loc="upper left")
    return figure


def _dots(ax: Axes, part: pd.DataFrame, colour: str, name: str) -> None:
    n, p = part["rows"].to_numpy(float), part["seen"].to_numpy(float)
    z = 1.645
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    told = part["told"].to_numpy(float)
    ax.vlines(
        told, np.maximum(middle - reach, 1e-5), middle + reach, color=colour, lw=1.4, alpha=0.5
    )
    ax.plot(told, np.maximum(p, 2e-4), "o", color=colour, ms=5, label=clean(name), clip_on=False)


def cascade_figure(found: Sequence[Cascade]) -> Figure:
    """Draw each cascade as it was (line) in the 90 % envelope of its worlds, the median dashed."""
    return styled(lambda: _draw_cascades(found))


def _draw_cascades(found: Sequence[Cascade]) -> Figure:
    rows = -(-len(found) // ACROSS)
    height = TALL * rows + 0.5
    figure = Figure(figsize=(WIDE, height))
    for k, c in enumerate(found):
        x, y = k % ACROSS, k // ACROSS
        bottom = 1 - ((y + 1) * TALL - 0.15) / height
        ax = figure.add_axes((0.06 + x * 0.325, bottom, 0.27, 1.55 / height))
        low, median, high = c.envelope
        day = np.arange(len(c.observed))
        ax.fill_between(day, low, high, step="post", color=COLOURS["recognise"], alpha=0.2, lw=0)
        ax.plot(day, median, color=COLOURS["recognise"], lw=1, ls="--", drawstyle="steps-post")
        ax.plot(day, c.observed, color=INK, lw=1.6, drawstyle="steps-post")
        ax.set_title(f"{c.entity} from {c.start}", fontsize=9, color=INK)
        ax.tick_params(color=RULE)
        ax.set_xlim(0, len(day) - 1)
        ax.set_ylim(0)
    figure.text(
        0.06, 0.08 / height, "Recognitions since the start, by days. Line: observed; band: 90 % of the "
        "simulated worlds; dashed: their median.", fontsize=8, color=FAINT,
    )  # fmt: skip
    return figure
