"""The figure of a projection: how likely each reaction is, and when it comes if it comes."""

from __future__ import annotations

import io
import textwrap
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from sim.report.reactions import Reaction, listable, reactions, told_rest
from sim.report.text import provenance_line
from sim.report.words import clean, day, percent
from sim.world.assemble import Assembly
from sim.world.ensemble import Ensemble

TOP = 12
DPI = 130
LABEL = 44  # characters before a label breaks
WIDTH, ROW, HEAD, FOOT = 9.6, 0.38, 1.12, 0.95  # inches
LEFT, RIGHT = 0.36, 0.755  # where the two panels begin

INK, FAINT, RULE = "#222222", "#6b6b6b", "#d9d9d9"
COLOURS = {
    "recognise": "#0072B2",
    "withdraw_recognition": "#56B4E9",
    "condemn": "#009E73",
    "recall_ambassador": "#CC79A7",
    "downgrade_relations": "#E69F00",
    "sever_relations": "#D55E00",
}
"""By kind of act; Okabe and Ito's palette, distinct to colour-blind eyes."""

STYLE: Any = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same bytes anywhere
    "font.size": 9,
    "text.parse_math": False,  # a dollar sign in a title is a dollar sign
    "text.usetex": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "axes.labelcolor": FAINT,
    "xtick.color": FAINT,
    "figure.facecolor": "white",
}


def projection_figure(ensemble: Ensemble, top: int = TOP) -> Figure:
    """Draw the likeliest reactions of an ensemble.

    Left, a dot with its 90 % interval on the scale of probability. Right, for the worlds in which
    the reaction comes, the share of them in which it has come by each day, with the median marked.

    Parameters
    ----------
    ensemble : Ensemble
    top : int
        How many reactions; those below 1 % are left out.
    """
    return styled(lambda: _draw(ensemble, reactions(ensemble), top))


def styled(draw: Callable[[], Figure]) -> Figure:
    """Draw in the house style, whatever the user's own settings are."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        return draw()


def projection_png(ensemble: Ensemble, top: int = TOP) -> bytes:
    """Return `projection_figure` as a PNG file: the same ensemble gives the same bytes."""
    return as_png(projection_figure(ensemble, top))


def as_png(figure: Figure) -> bytes:
    """Return a figure as a PNG file without date or name of a machine."""
    buffer = io.BytesIO()
    with mpl.rc_context(STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # boxes are better than no figure
        figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
    return buffer.getvalue()


def _draw(ensemble: Ensemble, found: Sequence[Reaction], top: int) -> Figure:
    a = ensemble.assembly
    shown = listable(found, top)
    rest = told_rest(found[len(shown) :])
    left_out = f"Not shown: {rest}. " if rest else ""
    note = f"Share of simulated worlds. {left_out}{provenance_line(ensemble)}"
    figure, height = sheet(len(shown), a.scenario.title, a.scenario.question, note)
    bottom, tall = FOOT / height, 1 - (HEAD + FOOT) / height
    if not shown:
        figure.text(0.5, 0.5, "Nothing happened in any world.", ha="center", color=FAINT)
        return figure
    likely = figure.add_axes((LEFT, bottom, 0.31, tall))
    _dots(likely, a, shown)
    for r, reaction in enumerate(shown):
        row = tall / len(shown)
        y = bottom + tall - (r + 1) * row
        curve = figure.add_axes((RIGHT, y + 0.14 * row, 0.21, 0.72 * row))
        _curve(curve, ensemble, reaction, last=r == len(shown) - 1)
    head = 1 - (HEAD - 0.12) / height
    figure.text(LEFT, head, "How likely", fontsize=9, color=INK, weight="bold")
    figure.text(RIGHT, head, "When, if it comes", fontsize=9, color=INK, weight="bold")
    return figure


def sheet(rows: int, title: str, question: str, note: str) -> tuple[Figure, float]:
    """Return a figure with room for so many rows, its head and foot written, and its height."""
    height = HEAD + FOOT + ROW * max(rows, 1)
    figure = Figure(figsize=(WIDTH, height))
    FigureCanvasAgg(figure)
    title = textwrap.shorten(clean(title), 95, placeholder=" ...")
    question = textwrap.shorten(clean(question), 130, placeholder=" ...")
    figure.text(0.02, 1 - 0.18 / height, title, fontsize=13, weight="bold", va="top")
    figure.text(0.02, 1 - 0.47 / height, question, fontsize=9.5, color=FAINT, va="top")
    foot = textwrap.fill(note, 150)
    figure.text(0.02, 0.12 / height, foot, fontsize=7, color=FAINT, va="bottom")
    return figure, height


def _dots(ax: Axes, a: Assembly, shown: Sequence[Reaction]) -> None:
    rows = np.arange(len(shown))[::-1]
    ax.set_xlim(0, 1)
    ax.set_ylim(-0.5, len(shown) - 0.5)
    for y, r in zip(rows, shown, strict=True):
        colour = COLOURS.get(r.kind, INK)
        ax.plot([r.low, r.high], [y, y], color=colour, lw=2.2, alpha=0.45, solid_capstyle="butt")
        ax.plot([r.probability], [y], "o", color=colour, ms=6.5, clip_on=False, zorder=3)
        share = percent(r.probability)
        ax.text(1.03, y, share, ha="left", va="center", color=colour, weight="bold", fontsize=9)
    ax.set_yticks(rows, [label(r.told(a)) for r in shown])
    ax.tick_params(axis="y", length=0, pad=8, labelcolor=INK)
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100 %"])
    ax.set_xlabel("probability, with its 90 % interval")
    ax.grid(axis="x", color=RULE, lw=0.7)
    ax.set_axisbelow(True)
    ax.spines["left"].set_visible(False)
    ax.spines["bottom"].set_color(RULE)
    ax.tick_params(axis="x", color=RULE)


def label(text: str) -> str:
    """Break a label after `LABEL` characters; a third line would touch the next label."""
    first, *rest = textwrap.wrap(text, LABEL)
    second = textwrap.shorten(" ".join(rest), LABEL, placeholder=" ...")
    return f"{first}\n{second}".strip()


def _curve(ax: Axes, ensemble: Ensemble, r: Reaction, last: bool) -> None:
    horizon = ensemble.assembly.scenario.horizon_days
    days = np.arange(horizon + 1)
    share = np.searchsorted(r.days, days, side="right") / len(r.days)
    colour = COLOURS.get(r.kind, INK)
    ax.fill_between(days, share, step="post", color=colour, alpha=0.18, lw=0)
    ax.plot(days, share, color=colour, lw=1.2, drawstyle="steps-post", clip_on=False)
    ax.plot([r.median_day] * 2, [0, 1], color=INK, lw=0.9, ls=(0, (2, 1.5)))
    ax.set_xlim(0, horizon)
    ax.set_ylim(0, 1.02)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.spines["bottom"].set_color(RULE)
    ticks = [0, horizon // 2, horizon]
    ax.set_xticks(ticks, [str(t) for t in ticks] if last else [""] * len(ticks))
    ax.tick_params(axis="x", color=RULE, length=2 if last else 0)
    if last:
        ax.set_xlabel(
            f"days after {day(ensemble.assembly.scenario.as_of)} (dashed: median)", fontsize=8
        )


def plain_rows(ax: Axes, rows: int) -> None:
    """Leave of an axis over rows only what is read: no line at the left, a faint one below."""
    ax.set_ylim(-0.5, rows - 0.5)
    ax.spines["left"].set_visible(False)
    ax.spines["bottom"].set_color(RULE)
    ax.tick_params(axis="x", color=RULE)
