"""The probabilities of an answer's rungs: by formula where there is one, else against the worlds."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim import kernel
from sim.hazard.riskset import Front
from sim.history.corpus import load_corpus
from sim.report.hazards import Channel
from sim.report.ladder import Ladder
from sim.report.rulebook import Rulebook
from sim.world.assemble import Assembly, assemble
from sim.world.ensemble import run_ensemble

RECALL, DOWNGRADE, SEVER = 1, 2, 3
UPWARD = np.array([[r + 1 > s for r in range(kernel.RUNGS)] for s in range(kernel.RUNGS + 1)])


def steady(edges: tuple[float, ...] = (0.0,), pace: tuple[float, ...] = (1.0,)) -> Any:
    """Coefficients that are the log hazards of the four rungs, then the logs of the delay factors."""
    named = {(r, 0, b): [kernel.RUNGS + b] for r in range(kernel.RUNGS) for b in range(len(pace))}
    table = np.tile(np.array(edges), (kernel.RUNGS, 1))
    late = np.full(kernel.RUNGS, len(edges))
    return SimpleNamespace(moving={}, pace=named, edges=table, late_from=late)


def answer(*closed: int) -> Ladder:
    none = (np.zeros(0, dtype=np.int64), np.zeros(0))
    rungs = tuple(
        Channel(r, 0, 0.0, (np.array([r]), np.ones(1)), none, np.zeros(1))
        for r in range(kernel.RUNGS)
    )
    is_open = UPWARD.copy()
    is_open[:, list(closed)] = False
    return Ladder(rungs, is_open, np.zeros((*is_open.shape, 1)))


def hazards(*a_day: float, pace: tuple[float, ...] = (1.0,)) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return np.log(np.array([[*a_day, *pace]]))


def test_a_severance_ends_the_answer() -> None:
    a, b = 0.03, 0.05
    p = answer(0, 2).by_day(steady(), hazards(0, a, 0, b), 100)[0]
    days = np.arange(101)
    assert p[:, RECALL] == pytest.approx(a / (a + b) * -np.expm1(-(a + b) * days))
    assert p[:, SEVER] == pytest.approx(-np.expm1(-b * days)), "a recall does not stand in its way"


def test_a_rung_may_be_skipped_and_none_is_stepped_back() -> None:
    a, b = 0.03, 0.05
    p = answer(0, 3).by_day(steady(), hazards(0, a, b, 0), 5000)[0]
    assert p[-1, DOWNGRADE] == pytest.approx(1.0)
    assert p[-1, RECALL] == pytest.approx(a / (a + b)), "after the downgrade none comes"


def test_what_has_been_reached_changes_what_follows() -> None:
    first = answer(0, 2)
    terms = steady()
    terms.moving = {(SEVER, 0): [5]}
    after = replace(first, z=first.z + (np.arange(5) > 0)[:, None, None])
    log = np.log([[1e-9, 1.0, 1e-9, 1e-9, 1.0, 1e9]])  # severing waits for a recall
    p = after.by_day(terms, log, 3)[0]
    gamma = 1 - 4 * np.exp(-3)  # two steps of rate 1
    assert p[3, SEVER] == pytest.approx(gamma, abs=1e-6)
    assert first.by_day(terms, log, 3)[0, 3, SEVER] < 1e-6


def test_delay_pieces_cut_a_day() -> None:
    terms = steady(edges=(0.0, 1.5), pace=(1.0, 1.0))
    p = answer(0, 1, 2).by_day(terms, hazards(0, 0, 0, 0.2, pace=(1.0, 3.0)), 4)[0]
    mass = 0.2 * np.array([0, 1, 1.5 + 3 * 0.5, 1.5 + 3 * 1.5, 1.5 + 3 * 2.5])
    assert p[:, SEVER] == pytest.approx(-np.expm1(-mass))


def test_an_answer_faster_than_any_clock_is_certain() -> None:
    p = answer(0, 1, 2).by_day(steady(), hazards(0, 0, 0, 1e12), 2)[0]
    assert p[1:, SEVER] == pytest.approx(1.0)
    assert p[0, SEVER] == 0


def test_worlds_agree_with_the_formula(syria: Assembly) -> None:
    """Under one draw, in which all rungs are likely, worlds differ from it by luck only.

    Belarus acts in Syria's place: it has an ambassador in Kyiv, so that every rung is open.
    """
    known = load_corpus().as_of(syria.scenario.as_of)
    (imposed,) = syria.scenario.forced
    minsk = imposed.model_copy(update={"sender": "BLR"})
    scenario = syria.scenario.model_copy(update={"interventions": (minsk,)})
    learned = syria.posterior
    draw = learned.mode.copy()
    for name, more in {"recall": 2.0, "downgrade": 5.0, "sever": -1.5}.items():
        draw[learned.names.index(f"respond/{name}/intercept")] += more
    posterior = replace(learned, draws=draw[None, :])
    worlds = 4000
    events = run_ensemble(assemble(scenario, known, posterior), worlds, seed=3).events
    book = Rulebook(known, posterior)
    stand = book.stands_at("donbas")
    front = book.layout.front_index[Front("UKR", "donbas")]
    to_minsk = stand.answer_to(front, [book.layout.actors.row("BLR")])
    p = to_minsk.by_day(book.terms, posterior.draws, 60)[0]
    own = events[(events["sender"] == "UKR") & (events["receiver"] == "BLR")]
    kinds = {
        RECALL: "recall_ambassador",
        DOWNGRADE: "downgrade_relations",
        SEVER: "sever_relations",
    }
    for rung, kind in kinds.items():
        for days in (3, 30, 60):
            share = ((own["kind"] == kind) & (own["day"] < 1 + days)).sum() / worlds
            luck = np.sqrt(p[days, rung] * (1 - p[days, rung]) / worlds)
            assert share == pytest.approx(p[days, rung], abs=4 * luck + 1e-3), (kind, days)
    assert all(0.1 < p[60, rung] < 0.9 for rung in kinds), (p[60], "else little would be tested")
