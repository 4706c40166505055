"""The figure of an ancestry: what the act hangs on, in the order of time, and what stands between."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from sim.report.ancestry import act_told, ancestor_told, ancestry_graph
from sim.report.figures import (
    COLOURS,
    FAINT,
    FOOT,
    HEAD,
    INK,
    LEFT,
    RIGHT,
    as_png,
    label,
    plain_rows,
    sheet,
    styled,
)
from sim.report.text import provenance_line
from sim.report.words import clean, day, percent
from sim.world.ancestry import Ancestry
from sim.world.named_acts import NamedAct

TOP = 10


def ancestry_figure(ancestry: Ancestry, event: NamedAct, top: int = TOP) -> Figure:
    """Draw the ancestors that carry most, the earliest on top, the act itself below.

    Left, the share of the act's worlds that hang on each, with the dates. Right, an arrow from each to
    what hangs on it with no third act between, as wide as the share of the worlds.

    Parameters
    ----------
    ancestry : Ancestry
    event : NamedAct
        The act that was traced.
    top : int
        How many ancestors.
    """
    return styled(lambda: _draw(ancestry, event, top))


def ancestry_png(ancestry: Ancestry, event: NamedAct, top: int = TOP) -> bytes:
    """Return `ancestry_figure` as a PNG file: the same ensemble gives the same bytes."""
    return as_png(ancestry_figure(ancestry, event, top))


def _draw(ancestry: Ancestry, event: NamedAct, top: int) -> Figure:
    a = ancestry.ensemble.assembly
    graph = ancestry_graph(ancestry, event, top)
    mine = act_told(ancestry, event)
    others = [node for node in graph if node != mine]
    nodes = [*sorted(others, key=lambda node: (graph.nodes[node]["day"], node)), mine]
    kinds = {ancestor_told(ancestry, one): one.kind for one in ancestry.ancestors}
    kinds[mine] = str(event.kind)
    chance = f"In {percent(ancestry.probability)} of the worlds of: {clean(a.scenario.title)}"
    note = f"Paired deletion in the worlds with the act. {provenance_line(ancestry.ensemble)}"
    figure, height = sheet(len(nodes), f"What it hangs on: {mine}", chance, note)
    bottom, tall = FOOT / height, 1 - (HEAD + FOOT) / height
    y = {node: len(nodes) - 1 - at for at, node in enumerate(nodes)}
    bars = figure.add_axes((LEFT, bottom, 0.29, tall))
    for node in nodes:
        share = graph.nodes[node]["carries"]
        colour = COLOURS.get(kinds[node], INK)
        bars.barh(y[node], share, height=0.5, color=colour, alpha=0.25 if node == mine else 0.8)
        when = day(a.day_of(graph.nodes[node]["day"]))
        told = when if node == mine else f"{percent(share)}, {when}"
        bars.text(share + 0.02, y[node], told, va="center", fontsize=8, clip_on=False)
    bars.set_yticks(list(y.values()), [label(node) for node in y])
    bars.set_xlim(0, 1)
    bars.set_xticks([0, 0.5, 1], ["0", "50", "100 %"])
    bars.set_xlabel("share of the act's worlds that hang on it")
    bars.tick_params(axis="y", length=0, pad=8, labelcolor=INK)
    bars.tick_params(axis="x", labelcolor=FAINT)
    plain_rows(bars, len(nodes))
    arrows = figure.add_axes((RIGHT + 0.04, bottom, 0.17, tall))
    for x, z, weight in graph.edges(data="weight"):
        _arrow(arrows, y[x], y[z], weight, COLOURS.get(kinds[x], INK))
    arrows.set_xlim(0, 1)
    arrows.axis("off")
    arrows.set_ylim(-0.5, len(nodes) - 0.5)
    at = 1 - (HEAD - 0.12) / height
    figure.text(LEFT, at, "How much hangs on it", fontsize=9, color=INK, weight="bold")
    figure.text(RIGHT + 0.04, at, "Which brings which", fontsize=9, color=INK, weight="bold")
    return figure


def _arrow(ax: Axes, start: int, end: int, weight: float, colour: str) -> None:
    """Draw an arc that bends outward the more the farther it goes."""
    bend = -0.9 if start > end else 0.9
    arrow = FancyArrowPatch(
        (0.05, start), (0.05, end), connectionstyle=f"arc3,rad={bend}", arrowstyle="-|>",
        mutation_scale=9, lw=0.6 + 4 * weight, color=colour, alpha=0.35 + 0.5 * weight,
        clip_on=False,
    )  # fmt: skip
    ax.add_patch(arrow)
