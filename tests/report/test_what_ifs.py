"""Comparisons and ancestries as they are told: pages, objects, figures, folders."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import networkx as nx
import pandas as pd
import pytest

from sim.report.ancestry import (
    ancestry_dot,
    ancestry_graph,
    ancestry_page,
    ancestry_summary,
    write_ancestry,
)
from sim.report.ancestry_figure import ancestry_png
from sim.report.comparison import Told, comparison_page, comparison_summary
from sim.report.comparison_figure import comparison_png
from sim.report.comparison_folder import write_comparison
from sim.report.text import as_text
from sim.report.words import points, points_spread
from sim.world.ancestry import Ancestry, trace
from sim.world.carriers import carriers
from sim.world.ensemble import Ensemble, run_ensemble
from sim.world.named_acts import NamedAct, read_act, simulated_acts
from sim.world.paired import Pair
from sim.world.results import ResultFolder


@pytest.fixture(scope="module")
def told(ensemble: Ensemble) -> Told:
    a = ensemble.assembly
    quiet = a.scenario.model_copy(update={"interventions": (), "title": "Nothing [b]$x$"})
    held_back = replace(a, forced=a.forced[:0], scenario=quiet)
    base = run_ensemble(held_back, ensemble.worlds)
    found = carriers(held_back, a, 500, 1)
    return Told("nothing", "syria", Pair(base, ensemble), found)


@pytest.fixture(scope="module")
def event(ensemble: Ensemble) -> NamedAct:
    actors = ensemble.assembly.layout.actors
    return read_act("--event", "UKR sever_relations SYR", actors, dated=False)


@pytest.fixture(scope="module")
def ancestry(ensemble: Ensemble, event: NamedAct) -> Ancestry:
    return trace(ensemble, simulated_acts("--event", event, ensemble.assembly.layout))


def test_a_comparison_names_both_sides_and_what_carries(told: Told) -> None:
    page = as_text(comparison_page([told], top=3))
    assert page.startswith("Base (nothing): Nothing [b]$x$\n")
    assert "What if (syria): Syria recognises the DPR and the LPR" in page
    assert "All of it is carried by: Syria recognises Donetsk PR and Luhansk PR" in page
    assert "Acts that follow, a world:" in page
    assert "2,000 worlds, seed 1; history" in page
    assert max(map(len, page.splitlines())) <= 80


def test_the_same_twice_says_so(ensemble: Ensemble) -> None:
    one = Told("a", "b", Pair(ensemble, ensemble))
    assert "Nothing differs in any of 2,000 worlds." in as_text(comparison_page([one]))
    summary = comparison_summary([one])
    assert (summary["differing_events"], summary["differences"]) == (0, [])
    assert comparison_png(one)[:4] == b"\x89PNG"


def test_a_comparison_as_an_object(told: Told) -> None:
    summary: Any = json.loads(json.dumps(comparison_summary([told, told]), allow_nan=False))
    assert {"worlds", "differing_events", "differences", "provenance"} <= set(summary)
    assert summary["differing_events"] == 2 * told.pair.differing_events
    assert len(summary["differences"]) == 2 * len(told.pair.differences())
    assert summary["others"][0]["cascade"]["change"] > 0
    assert len(summary["provenance"]["compared_with"]) == 2
    for row in summary["differences"]:
        assert row["low"] <= row["difference"] <= row["high"]


@pytest.mark.parametrize("make", ["comparison", "ancestry"])
def test_folders_are_whole_and_the_same_twice(
    make: str, told: Told, ancestry: Ancestry, event: NamedAct, tmp_path: Path
) -> None:
    write: Callable[[ResultFolder], None] = (
        (lambda folder: write_comparison(folder, [told, told]))
        if make == "comparison"
        else (lambda folder: write_ancestry(folder, "syria", ancestry, event))
    )
    for name in ("a", "b"):
        with ResultFolder(tmp_path / name) as folder:
            write(folder)
    first, second = ({p.name: p.read_bytes() for p in (tmp_path / n).iterdir()} for n in "ab")
    assert first == second
    names = {
        "comparison": {"differences.csv", "differences.png", "differences-2.png"},
        "ancestry": {"ancestors.csv", "ancestors.dot", "ancestors.png"},
    }
    assert set(first) == names[make] | {"scenario.toml", "provenance.json"}
    table = pd.read_csv(
        tmp_path / "a" / f"{'differences' if make == 'comparison' else 'ancestors'}.csv"
    )
    assert len(table) > 0
    with ResultFolder(tmp_path / "a") as folder:  # an earlier result may be replaced
        write(folder)


def test_an_ancestry_is_told(ancestry: Ancestry, event: NamedAct) -> None:
    page = as_text(ancestry_page(ancestry, event))
    assert "Ukraine severs relations with Syria: in" in page
    assert "Syria recognises Donetsk PR and" in page
    assert "imposed" in page
    assert max(map(len, page.splitlines())) <= 80
    summary: Any = json.loads(json.dumps(ancestry_summary("syria", ancestry, event)))
    assert summary["ancestors"][0]["sender"] == "SYR"
    assert summary["event"]["probability"] == pytest.approx(ancestry.probability)
    assert {link["to"] for link in summary["links"]} >= {"event"}


def test_the_graph_ends_in_the_act(ancestry: Ancestry, event: NamedAct) -> None:
    graph = ancestry_graph(ancestry, event)
    act = "Ukraine severs relations with Syria"
    assert graph.out_degree(act) == 0
    assert all(nx.has_path(graph, node, act) for node in graph if graph.degree(node))
    dot = ancestry_dot(ancestry, event)
    assert dot.count("{") == dot.count("}") == 1
    assert dot.count("->") == graph.number_of_edges()
    assert dot.count("label=") == graph.number_of_edges() + graph.number_of_nodes()


def test_a_name_cannot_break_out_of_the_graph(ancestry: Ancestry, event: NamedAct) -> None:
    odd = replace(event, receivers=('X"];evil[label="',))
    assert 'X\\"];evil[label=\\"' in ancestry_dot(ancestry, odd)


def test_the_figure_is_a_picture(ancestry: Ancestry, event: NamedAct) -> None:
    assert ancestry_png(ancestry, event)[:4] == b"\x89PNG"


def test_points_keep_their_sign() -> None:
    assert [points(x) for x in (0.5, -0.5, -0.00001, 0.0)] == ["+50", "-50", "-<0.1", "0"]
    assert points_spread(-0.5, 0.004) == "-50 to +0.4"


def test_premises_and_conditions_are_told_in_words() -> None:
    from sim.history.corpus import load_corpus
    from sim.report.interventions import condition_told, premise_told
    from sim.world.scenario_model import Condition, Scenario

    actors = load_corpus().actors
    about = {"title": "A", "as_of": date(2022, 7, 14), "horizon_days": 9, "disputes": ("donbas",)}
    premises = {
        "UKR and BLR": {"relations": {"between": ("UKR", "BLR"), "level": "charge"}},
        "KAZ": {"tie": {"between": ("KAZ", "CSTO"), "kind": "membership", "holds": False}},
        "new": {"open": {"dispute": "x", "kind": "rupture", "entities": ("HUN",), "parent": "UKR"}},
        "over": {"close": {"dispute": "kosovo"}},
    }
    scenario = Scenario.model_validate(about | {"intervention": tuple(premises.values())})
    assert [premise_told(actors, p) for p in scenario.premises] == [
        "Ukraine and Belarus have relations at the level of chargés d'affaires",
        "Kazakhstan is no member of Collective Security Treaty Organization",
        "the dispute x over Hungary is open",
        "the dispute kosovo is over",
    ]
    assert condition_told(actors, Condition(kind="recognise", count=12)) == (
        "at the 12th time that anyone recognises anyone"
    )
    assert condition_told(actors, Condition(sender="UKR", receiver="SYR", after_days=1)) == (
        "the day after the first time that Ukraine acts toward Syria"
    )
