"""The figure of a comparison: each act's probability on both sides, and the difference with its interval."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.report.comparison import Told
from sim.report.figures import (
    COLOURS,
    FAINT,
    FOOT,
    HEAD,
    INK,
    LEFT,
    RIGHT,
    RULE,
    as_png,
    label,
    plain_rows,
    sheet,
    styled,
)
from sim.report.text import provenance_line
from sim.report.words import act_between, clean, points

TOP = 12


def comparison_figure(told: Told, top: int = TOP) -> Figure:
    """Draw the acts that changed most.

    Left, a hollow dot for the base and a full one for the what-if on the scale of probability. Right,
    their difference with its 90 % interval.

    Parameters
    ----------
    told : Told
    top : int
        How many acts.
    """
    return styled(lambda: _draw(told, told.pair.differences().head(top)))


def comparison_png(told: Told, top: int = TOP) -> bytes:
    """Return `comparison_figure` as a PNG file: the same ensembles give the same bytes."""
    return as_png(comparison_figure(told, top))


def _draw(told: Told, shown: pd.DataFrame) -> Figure:
    pair = told.pair
    note = f"Hollow: {clean(told.base)}; full: {clean(told.other)}; the same clocks in each world. "
    titles = [clean(e.assembly.scenario.title) for e in (pair.base, pair.other)]
    figure, height = sheet(
        len(shown), f"{titles[1]}: what changes", f"Against: {titles[0]}",
        note + provenance_line(pair.base),
    )  # fmt: skip
    if shown.empty:
        figure.text(0.5, 0.5, "Nothing differs in any world.", ha="center", color=FAINT)
        return figure
    bottom, tall = FOOT / height, 1 - (HEAD + FOOT) / height
    y = np.arange(len(shown))[::-1]
    _sides(figure.add_axes((LEFT, bottom, 0.29, tall)), told, shown, y)
    _changes(figure.add_axes((RIGHT - 0.04, bottom, 0.2, tall)), shown, y)
    top = 1 - (HEAD - 0.12) / height
    figure.text(LEFT, top, "How likely", fontsize=9, color=INK, weight="bold")
    figure.text(RIGHT - 0.04, top, "Difference", fontsize=9, color=INK, weight="bold")
    return figure


def _sides(ax: Axes, told: Told, shown: pd.DataFrame, y: np.ndarray) -> None:
    actors = told.pair.base.assembly.layout.actors
    names = []
    for at, row in zip(y, shown.itertuples(), strict=True):
        colour = COLOURS.get(str(row.kind), INK)
        both = [float(row.probability_base), float(row.probability_other)]
        ax.plot(both, [at, at], color=colour, lw=1.6, alpha=0.5)
        ax.plot(both[:1], [at], "o", mfc="white", mec=colour, ms=6, clip_on=False, zorder=3)
        ax.plot(both[1:], [at], "o", color=colour, ms=6, clip_on=False, zorder=4)
        act = act_between(actors, str(row.sender), str(row.kind), [str(row.receiver)])
        names.append(label(act))
    ax.set_xlim(0, 1)
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100 %"])
    ax.set_xlabel("probability")
    ax.set_yticks(y, names)
    ax.tick_params(axis="y", length=0, pad=8, labelcolor=INK)
    _plain(ax, len(shown))


def _changes(ax: Axes, shown: pd.DataFrame, y: np.ndarray) -> None:
    for at, row in zip(y, shown.itertuples(), strict=True):
        colour = COLOURS.get(str(row.kind), INK)
        ax.plot([float(row.low), float(row.high)], [at, at], color=colour, lw=2.2, alpha=0.45)
        ax.plot([float(row.difference)], [at], "o", color=colour, ms=5, zorder=3)
        told = points(float(row.difference))
        ax.text(1.04, at, told, transform=ax.get_yaxis_transform(), va="center", color=colour)
    widest = max(0.01, float(shown[["low", "high"]].abs().to_numpy().max())) * 1.08
    ax.set_xlim(min(-0.03 * widest, 1.08 * float(shown["low"].min())), widest)
    ax.axvline(0, color=FAINT, lw=0.8)
    ax.xaxis.set_major_formatter(lambda share, _: f"{share * 100:g}")
    ax.locator_params(axis="x", nbins=4)
    ax.set_xlabel("points, with the 90 % interval")
    ax.set_yticks([])
    _plain(ax, len(shown))


def _plain(ax: Axes, rows: int) -> None:
    ax.grid(axis="x", color=RULE, lw=0.7)
    ax.set_axisbelow(True)
    plain_rows(ax, rows)
