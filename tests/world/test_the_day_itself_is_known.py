"""Everything of the as-of day is known at its end: it is not simulated again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from sim import kernel
from sim.hazard import sampling
from sim.hazard.learn import learn
from sim.hazard.terms import Terms
from sim.history.corpus import TABLES, Corpus, read_folder
from sim.world.assemble import Assembly, assemble
from sim.world.ensemble import run_ensemble
from sim.world.scenario import ForcedEvent, Scenario

DAY = date(2001, 12, 31)
HORIZON = 180
WORLDS = 400
ACTS = [
    *(f"X{m},2000-{m:02d}-03,day,S{m:02d},recognise,ENT,north,," for m in range(1, 11)),
    "Y1,2000-01-05,day,PAR,condemn,S01,north,X1,",
]
TODAY = "Z1,2001-12-31,day,S11,recognise,ENT,north,,"
ELSEWHERE = "Z2,2001-12-31,day,S11,sanction,S12,none,,"


@pytest.fixture
def assembled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Assembly]:
    """Learn from a toy history of forty states, of which ten recognised ENT, and assemble it."""
    monkeypatch.setattr(sampling, "BUDGET", 1)

    def corpus(*events: str) -> Corpus:
        codes = [f"S{i:02d}" for i in range(1, 40)]
        kinds = ("recognise,recognise", "respond,condemn")
        tables = {
            "actors": [
                f"{c},{c},{'contested' if c == 'ENT' else 'state'},,,,,1990-01-01,,,toy,verified"
                for c in ("ENT", "PAR", *codes)
            ],
            "disputes": ["north,North,secession,ENT,PAR,S01,,2000-01-01,,toy"],
            "events": [f"{row}toy,verified," for row in events],
            "coverage": [f"north,{kind},,2000-01-01,,Toy.,toy,verified" for kind in kinds],
        }
        for name, rows in tables.items():
            text = "\n".join([",".join(TABLES[name][0]), *rows]) + "\n"
            (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
        return read_folder(tmp_path)

    def made(*events: str, **more: object) -> Assembly:
        known = corpus(*ACTS, *events)
        scenario = Scenario(
            title="Toy", as_of=DAY, horizon_days=HORIZON, disputes=("north",), **more
        )
        return assemble(scenario, known, learn(known, DAY, draws=100))

    return made


def test_without_a_known_act_that_day_a_simulation_starts_on_the_next(
    assembled: Callable[..., Assembly],
) -> None:
    a = assembled(ELSEWHERE)  # a sanction concerns no channel
    assert a.start == 1.0
    assert a.horizon - a.start == HORIZON, "not a day more"
    events = run_ensemble(a, WORLDS).events
    assert len(events) > WORLDS / 4
    assert events["day"].min() >= 1
    assert events["day"].max() == HORIZON
    assert events["date"].min() > np.datetime64(DAY)


def test_as_many_act_on_the_last_day_as_on_a_day_of_the_middle(
    assembled: Callable[..., Assembly],
) -> None:
    """Days 1 to 180 are simulated, each whole: expected counts of a nearly constant hazard.

    At the mode of the posterior: under a bold draw everyone acts in the first weeks.
    """
    a = assembled(ELSEWHERE)
    middling = replace(a.posterior, draws=np.tile(a.posterior.mode, (2, 1)))
    fixed, weight, pace = middling.coefficients(Terms(a.layout))
    a = replace(a, posterior=middling, fixed=fixed, weight=weight, pace=pace)
    days = run_ensemble(a, 4000).events.query("kind == 'recognise'")["day"]
    count = np.bincount(days, minlength=HORIZON + 1)
    assert count[0] == 0
    for edge in (slice(1, 6), slice(HORIZON - 4, HORIZON + 1)):
        middle = count[6 : HORIZON - 4].mean() * 5
        assert abs(count[edge].sum() - middle) < 5 * np.sqrt(middle) + 0.15 * middle


def test_with_an_act_that_day_a_simulation_starts_right_after_it(
    assembled: Callable[..., Assembly],
) -> None:
    a = assembled(TODAY)
    act = a.history.acts[-1]
    assert act[1] == kernel.RECOGNISE
    assert 0 < act[0] < 1
    assert a.start == np.nextafter(act[0], np.inf)
    log = run_ensemble(a, WORLDS).log
    assert log[:, 0].min() > act[0]
    assert log[:, 0].max() < HORIZON + 1


def test_an_answer_to_an_act_of_the_day_may_come_the_same_day(
    assembled: Callable[..., Assembly],
) -> None:
    a = assembled(TODAY)
    k = next(
        k for k in range(a.layout.channels) if a.channel(k) == ("PAR", "condemn", "S11", "north")
    )
    assert a.template.provoked_at[0, a.layout.actors.row("S11")] == a.history.acts[-1, 0]
    assert a.template.settled[k] == a.start


def test_an_imposed_act_of_the_day_itself_is_asked_about(
    assembled: Callable[..., Assembly],
) -> None:
    imposed = ForcedEvent(date=DAY, sender="S20", kind="recognise", receivers=("ENT",))
    a = assembled(ELSEWHERE, intervention=[imposed])
    assert a.start == 0.0
    assert a.forced[0, 0] == 0.0
    later = imposed.model_copy(update={"date": date(2002, 1, 5)})
    assert assembled(ELSEWHERE, intervention=[later]).start == 1.0
