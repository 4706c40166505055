"""A stance that a scenario sets: it holds from its day on, on the same clocks, and later acts move it."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from sim import kernel
from sim.world.assemble import Assembly
from sim.world.ensemble import run_ensemble
from sim.world.model import World
from sim.world.run import prepare
from sim.world.scenario_model import Scenario

AS_OF, DAY = date(2022, 7, 14), date(2022, 9, 1)


def asked(value: float | None, when: date | None = DAY) -> Assembly:
    about = {"title": "A turn", "as_of": AS_OF, "horizon_days": 180, "disputes": ("donbas",)}
    turn = {"stance": {"actor": "NRU", "toward": ("DPR", "LPR"), "value": value}, "date": when}
    given = about if value is None else about | {"interventions": (turn,)}
    return prepare(Scenario.model_validate(given))


def recognised(a: Assembly, code: str = "NRU", worlds: int = 2000) -> np.ndarray:
    """Return the days of an actor's first recognitions, by world (inf for none)."""
    log = run_ensemble(a, worlds, 1).log
    mine = log[(log[:, 1] == kernel.RECOGNISE) & (log[:, 2] == a.layout.actors.row(code))]
    found = np.full(worlds, np.inf)
    np.minimum.at(found, mine[:, 4].astype(int), mine[:, 0])
    return found


def test_who_turns_recognises_more_or_less_often_and_only_from_then_on() -> None:
    plain, keen, loath = (recognised(asked(value)) for value in (None, 0.99, -0.99))
    since = (DAY - AS_OF).days
    assert (keen < np.inf).sum() > 10 * max(1, (plain < np.inf).sum())
    assert (loath < np.inf).sum() <= (plain < np.inf).sum()
    before = plain < since
    assert (keen[before] == plain[before]).all(), "nothing changes before the day"
    assert ((keen < since) == before).all()


def test_others_keep_their_luck() -> None:
    plain, keen = (run_ensemble(asked(value), 300, 1).log for value in (None, 0.9))
    row = asked(None).layout.actors.row("NRU")
    for world in range(300):
        own = keen[keen[:, 4] == world]
        if not ((own[:, 1] == kernel.RECOGNISE) & (own[:, 2] == row)).any():
            rest = own[own[:, 1] != kernel.TURN]
            assert np.array_equal(rest[:, :4], plain[plain[:, 4] == world][:, :4])


def test_a_watched_actor_stands_where_it_was_set() -> None:
    world = World(asked(0.8, None), world=3)
    before = world.actors["NRU"].stance
    assert set(before) == {"DPR", "LPR"}
    while "set_stance" not in set(world.events["kind"]) and world.running:
        world.step()
    world.step()
    now = world.actors["NRU"].stance
    assert now["LPR"] == pytest.approx(0.8, abs=0.05)
    assert now["DPR"] == pytest.approx(0.8, abs=0.05)
    assert before["DPR"] != pytest.approx(0.8, abs=0.05)
    assert world.actors["RUS"].stance["DPR"] == 1.0
    assert "DPR" not in world.actors["UKR"].stance
    assert "DPR" not in world.actors["DPR"].stance


def test_stepping_equals_the_ensemble_with_a_stance() -> None:
    a = asked(0.9)
    log = run_ensemble(a, 20, 1).log
    for number in range(20):
        world = World(a, world=number, world_seed=1)
        world.run()
        assert np.array_equal(world.log, log[log[:, 4] == number])


def test_a_stance_is_written_as_imposed() -> None:
    ensemble = run_ensemble(asked(0.9), 50, 1)
    events = ensemble.events
    turned = events[events["kind"] == "set_stance"]
    assert len(turned) == 100
    assert set(turned["trigger"]) == {"intervention"}
    assert ensemble.forced[turned.index].all()
    assert "set_stance" not in set(ensemble.projection()["kind"])


@pytest.mark.parametrize("value", [0.0, 0.9])
def test_a_set_stance_stands_in_its_ratio_to_the_middling_actor_in_an_old_wave_too(
    value: float,
) -> None:
    """Kosovo's is fourteen years old: covariates weigh otherwise than in its first."""
    about = {
        "title": "A turn",
        "as_of": date(2022, 12, 31),
        "horizon_days": 90,
        "disputes": ("kosovo",),
    }
    some = ("SVK", "PRK", "MDA", "ARM")
    turns = tuple({"stance": {"actor": c, "toward": ("XKX",), "value": value}} for c in some)
    a = prepare(Scenario.model_validate(about | {"interventions": turns}))
    w = kernel.copy_state(a.template)
    kernel.load_draw(w, a.fixed[3], a.weight[3], a.pace[3], a.start, a.horizon)
    column = a.layout.column_index["kosovo", "XKX"]
    free = column * a.layout.n + np.arange(a.layout.n)
    hazards = [kernel.hazard_now(w, k, a.start) for k in free if w.is_open[k]]
    middling = np.sort(hazards)[len(hazards) // 2]
    for time, act, i, c in a.forced:
        kernel.apply_event(w, int(act), int(i), int(c), time, kernel.NO_CAUSE, 1, 0)
    for code in some:
        own = kernel.hazard_now(w, int(free[a.layout.actors.row(code)]), a.start)
        assert own / (own + middling) == pytest.approx((1 + value) / 2, abs=1e-6)
