"""Who takes a recognition back, or mends relations, is forecast by the worlds that a run plays too."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from sim.hazard import sampling
from sim.hazard.learn import learn
from sim.hazard.posterior import transferred
from sim.world.answering import answers
from sim.world.assemble import assemble
from sim.world.ensemble import run_ensemble
from sim.world.questions import Question
from sim.world.scenario_model import Scenario
from tests.backtest.conftest import DISPUTES, Reader, recognises, severs

DAY, WORLDS = date(2003, 6, 30), 2000
RECORDS = [
    f"{key},{process},{kind},,2000-01-01,,Toy.,toy,verified"
    for key in DISPUTES
    for process, kind in (
        ("recognise", "recognise"), ("recognise", "withdraw_recognition"),
        ("respond", "sever_relations"), ("respond", "restore_relations"),
    )
]  # fmt: skip
HISTORY = [
    recognises("AAA", "NOR", "north", "2000-03-01"),
    recognises("BBB", "NOR", "north", "2000-06-01"),
    recognises("CCC", "NOR", "north", "2001-06-01"),
    severs("PAN", "AAA", "north", "2000-03-02"),
    severs("PAN", "BBB", "north", "2000-06-03"),
    severs("PAN", "CCC", "north", "2001-06-03"),
    "M1,2001-01-01,day,PAN,restore_relations,BBB,north,",
    "M2,2002-01-01,day,CCC,withdraw_recognition,NOR,north,",
]


@pytest.mark.parametrize(
    ("sender", "kind", "receiver", "rule"),
    [
        ("PAN", "restore_relations", "AAA", "restore/answered"),
        ("AAA", "withdraw_recognition", "NOR", "withdraw/secession"),
    ],
)
def test_a_run_and_a_forecast_agree(
    toy: Reader, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory,
    sender: str, kind: str, receiver: str, rule: str,
) -> None:  # fmt: skip
    cache = tmp_path_factory.getbasetemp() / "toy-posteriors"
    monkeypatch.setenv("DEMARCHE_CACHE", str(cache))
    monkeypatch.setattr(sampling, "BUDGET", 1)
    known = toy(HISTORY, RECORDS).as_of(DAY)
    question = Question(DAY, (sender,), (kind,), (receiver,), 365)
    told = answers([question], known, WORLDS, seed=1)[0]
    assert told is not None
    assert (told.rules, told.simulated) == ((rule,), 1.0)
    scenario = Scenario(
        title="A", as_of=DAY, horizon_days=365, disputes=("north", "south", "east"), seed=2
    )
    posterior = transferred(learn(known, known.last_known), known)
    events = run_ensemble(assemble(scenario, known, posterior), WORLDS).events
    mine = events[(events["sender"] == sender) & (events["receiver"] == receiver)]
    share = mine.loc[mine["kind"] == kind, "world"].nunique() / WORLDS
    error = np.sqrt(2 * share * (1 - share) / WORLDS)
    assert share > 0.01
    assert told.probability == pytest.approx(share, abs=4 * error)
