"""What an act hangs on, told: a page, an object, and a graph in DOT."""

from __future__ import annotations

from collections.abc import Sequence

import networkx as nx
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sim.report.folder import provenance, short
from sim.report.text import imposed_lines, provenance_line
from sim.report.words import act_between, clean, day, percent, spread
from sim.world.ancestry import ITSELF, Ancestor, Ancestry
from sim.world.named_acts import NamedAct
from sim.world.results import MARKER, ResultFolder
from sim.world.scenario import resolved_toml

TOP = 15
COLUMNS = (
    "sender", "kind", "receivers", "dispute", "imposed", "median_days",
    "before", "vanishes", "low", "high", "carries",
)  # fmt: skip


def act_told(ancestry: Ancestry, event: NamedAct) -> str:
    """Tell the act that was traced."""
    actors = ancestry.ensemble.assembly.layout.actors
    return act_between(actors, event.sender, str(event.kind), event.receivers, "or")


def ancestor_told(ancestry: Ancestry, ancestor: Ancestor) -> str:
    """Tell an ancestor."""
    actors = ancestry.ensemble.assembly.layout.actors
    joint = "and" if ancestor.imposed else "or"
    return act_between(actors, ancestor.sender, ancestor.kind, ancestor.receivers, joint)


def ancestry_page(ancestry: Ancestry, event: NamedAct, top: int = TOP) -> RenderableType:
    """Build the page for a rich console.

    Parameters
    ----------
    ancestry : Ancestry
    event : NamedAct
        The act that was traced.
    top : int
        How many ancestors to list.
    """
    a = ancestry.ensemble.assembly
    when = a.day_of(ancestry.day)
    chance = (
        f"{act_told(ancestry, event)}: in {percent(ancestry.probability)} of the worlds, "
        f"at the median on {day(when)} where it comes."
    )
    parts: list[RenderableType] = [
        Text(clean(a.scenario.title), style="bold"), *imposed_lines(a), Text(chance), Text(),
    ]  # fmt: skip
    if not ancestry.ancestors:
        parts.append(Text("It hangs on no act of these worlds: it comes by itself in each."))
    else:
        parts.append(_table(ancestry, ancestry.ancestors[:top]))
        if (more := len(ancestry.ancestors) - top) > 0:
            most = percent(ancestry.ancestors[top].carries)
            parts.append(Text(f"... and {more} further acts, none carrying more than {most}"))
        legend = (
            "Before: of the worlds in which the act comes, those in which this came before it. "
            "Vanishes: of these, those in which the act does not come by the end once this is "
            "deleted and nothing else is. Carries: both, of all worlds with the act."
        )
        parts.append(Text(legend, style="dim"))
    return Group(*parts, Text(), Text(provenance_line(ancestry.ensemble), style="dim"))


def _table(ancestry: Ancestry, shown: Sequence[Ancestor]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1))
    table.add_column("It hangs on", overflow="fold")
    for head in ("Before", "Vanishes", "90 % interval", "Carries"):
        table.add_column(head, justify="right", no_wrap=True)
    for one in shown:
        imposed = ", imposed" if one.imposed else ""
        table.add_row(
            Text(ancestor_told(ancestry, one) + imposed), Text(percent(one.before)),
            Text(percent(one.vanishes)), Text(spread(one.low, one.high)),
            Text(percent(one.carries), style="bold"),
        )  # fmt: skip
    return table


def ancestry_graph(ancestry: Ancestry, event: NamedAct, top: int = TOP) -> nx.DiGraph:
    """Return the ancestors that carry most and the act itself as a graph.

    Nodes are the acts in words, with `day` (median) and `carries`; an edge's `weight` is the share of
    the act's worlds in which the second hangs on the first with no third act between.
    """
    graph = nx.DiGraph()
    named = {ITSELF: act_told(ancestry, event)}
    graph.add_node(named[ITSELF], day=ancestry.day, carries=1.0)
    for place, one in enumerate(ancestry.ancestors[:top]):
        named[place] = ancestor_told(ancestry, one)
        graph.add_node(named[place], day=one.day, carries=one.carries)
    for (a, b), weight in sorted(ancestry.links.items()):
        if a in named and b in named:
            graph.add_edge(named[a], named[b], weight=weight)
    return graph


def ancestry_dot(ancestry: Ancestry, event: NamedAct, top: int = TOP) -> str:
    """Write `ancestry_graph` in the DOT language, for Graphviz and others."""
    graph = ancestry_graph(ancestry, event, top)
    number = {node: f"n{i}" for i, node in enumerate(graph)}
    lines = ["digraph ancestry {", "  rankdir=LR;", '  node [shape=box, fontname="sans-serif"];']
    for node, about in graph.nodes(data=True):
        when = day(ancestry.ensemble.assembly.day_of(about["day"]))
        told = f"{_escaped(node)}\\n{when}, {percent(about['carries'])}"
        lines.append(f'  {number[node]} [label="{told}"];')
    for a, b, weight in graph.edges(data="weight"):
        width = f"{0.5 + 4 * weight:.2f}"
        lines.append(f'  {number[a]} -> {number[b]} [label="{percent(weight)}", penwidth={width}];')
    return "\n".join([*lines, "}"]) + "\n"


def _escaped(text: str) -> str:
    return clean(text).replace("\\", "\\\\").replace('"', '\\"')


def ancestry_summary(name: str, ancestry: Ancestry, event: NamedAct) -> dict[str, object]:
    """Return the object that ``trace --format json`` prints."""
    scenario = ancestry.ensemble.assembly.scenario
    rows = [dict(zip(COLUMNS, _row(one), strict=True)) for one in ancestry.ancestors]
    links = [
        {"from": a, "to": "event" if b == ITSELF else b, "share": short(share)}
        for (a, b), share in sorted(ancestry.links.items())
    ]
    return {
        "scenario": clean(name),
        "as_of": scenario.as_of.isoformat(),
        "event": {
            "sender": event.sender, "kind": str(event.kind), "receivers": list(event.receivers),
            "probability": short(ancestry.probability), "median_days": ancestry.day,
        },
        "worlds": ancestry.ensemble.worlds,
        "seed": ancestry.ensemble.seed,
        "ancestors": rows,
        "links": links,
        "provenance": provenance(ancestry.ensemble).as_dict(),
    }  # fmt: skip


def _row(one: Ancestor) -> list[object]:
    numbers = (one.before, one.vanishes, one.low, one.high, one.carries)
    told = [one.sender, one.kind, "+".join(one.receivers), one.dispute, one.imposed, one.day]
    return [*told, *map(short, numbers)]


def write_ancestry(folder: ResultFolder, name: str, ancestry: Ancestry, event: NamedAct) -> None:
    """Fill an open result folder.

    ``ancestors.csv``, ``ancestors.dot``, ``ancestors.png``, ``scenario.toml`` and ``provenance.json``,
    which also holds the links.

    Raises
    ------
    ResultError
        If the disk refuses.
    """
    from sim.report.ancestry_figure import ancestry_png

    folder.write_csv("ancestors.csv", COLUMNS, map(_row, ancestry.ancestors))
    folder.write_text("ancestors.dot", ancestry_dot(ancestry, event))
    folder.write_bytes("ancestors.png", ancestry_png(ancestry, event))
    ensemble = ancestry.ensemble
    ran = ensemble.assembly.scenario.model_copy(update={"seed": ensemble.seed})
    folder.write_text("scenario.toml", resolved_toml(ran))
    told = ancestry_summary(name, ancestry, event)
    made = provenance(ensemble).as_dict()
    folder.write_json(MARKER, made | {"event": told["event"], "links": told["links"]})
