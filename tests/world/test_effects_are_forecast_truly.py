"""Twin worlds with known rules: the forecast effect of an intervention, held against the true one.

Rules are drawn at random (the rate of each rung as widely as worlds allow: where all worlds have about the
same rates, a learner that supposes nothing about them is too sure in those where little happened). A past of
five years is played under them through the kernel and written down as tables, dated to the day. From these
tables alone the rules are learned; then one state recognises, as an intervention, and `compare` forecasts
what that changes. The truth is the same pair of worlds under the rules that made the past. `DEMARCHE_TWINS`
sets how many such worlds are tried.
"""

from __future__ import annotations

import os
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
import scipy.stats

from sim import kernel
from sim.hazard import sampling
from sim.hazard.learn import learn
from sim.hazard.posterior import Posterior
from sim.hazard.replay import replay
from sim.hazard.riskset import SLOTS, Layout, slots_of
from sim.hazard.terms import Terms
from sim.history.corpus import TABLES, Corpus, read_folder
from sim.world.assemble import Assembly, assemble, state
from sim.world.ensemble import run_ensemble
from sim.world.paired import Pair
from sim.world.scenario_model import Scenario

TWINS = int(os.environ.get("DEMARCHE_TWINS", "24"))
WORLDS, TRUE_WORLDS, DRAWS, PROPOSALS = 2000, 6000, 500, 2000
STATES = [f"S{i:02d}" for i in range(12)]
SIDES = {f"d{k}": (f"E{k}X", f"P{k}X", f"S{k:02d}") for k in range(4)}  # entity, parent, patron
BEGIN, TODAY = date(2000, 1, 1), date(2004, 12, 31)
RECORDED = ("condemn", "recall_ambassador", "downgrade_relations", "sever_relations")
LEVEL = 0.9

PROCESSES = ("recognise", "respond")  # what these worlds play; nothing is taken back or mended
INTERCEPTS = {"recognise": -8.7, "respond": -5.5}
INTERCEPT_SD = 1.5  # the learner supposes 3; most such worlds would be dead, or over in a day
SPREAD = 0.5  # of everything else, as the learner takes it to be before it has seen any


def written(folder: Path, events: list[str]) -> Corpus:
    """Write the tables of a history and read them."""
    folder.mkdir()
    people = [*STATES, *(parent for _, parent, _ in SIDES.values())]
    actors = [f"{c},{c},state,,,,,1990-01-01,,,toy,verified" for c in people]
    actors += [f"{e},{e},contested,,,,,1990-01-01,,,toy,verified" for e, _, _ in SIDES.values()]
    disputes = [f"{k},{k},secession,{e},{p},{b},,{BEGIN},,toy" for k, (e, p, b) in SIDES.items()]
    covers = [(k, "recognise", "recognise") for k in SIDES]
    covers += [(k, "respond", kind) for k in SIDES for kind in RECORDED]
    coverage = [f"{k},{process},{kind},,{BEGIN},,Toy.,toy,verified" for k, process, kind in covers]
    last = f"LAST,{TODAY},day,S10,sanction,S11,none,,toy,verified,"
    rows = {"actors": actors, "disputes": disputes, "coverage": coverage, "events": [*events, last]}
    for table, lines in rows.items():
        text = "\n".join([",".join(TABLES[table][0]), *lines]) + "\n"
        (folder / f"{table}.csv").write_text(text, encoding="utf-8")
    return read_folder(folder)


def drawn(terms: Terms, rng: np.random.Generator) -> np.ndarray:
    """Draw rules."""
    truth = []
    for name, block in terms.named.items():
        level = block == "intercept"
        centre = INTERCEPTS.get(name.split("/")[0], 0.0) if level else 0.0
        truth.append(centre + (INTERCEPT_SD if level else SPREAD) * rng.standard_normal())
    return np.array(truth)


def known_rules(known: Corpus, truth: np.ndarray, about: dict[str, object]) -> Posterior:
    """Return a posterior that is certain."""
    terms = Terms(Layout.of(known))
    return Posterior(
        list(terms.index), truth[None, :], truth, np.ones_like(truth), known.fingerprint, TODAY,
        about=about,
    )  # fmt: skip


def past(blank: Corpus, truth: np.ndarray, seed: int) -> list[str]:
    """Play five years under the true rules; return the events as rows of the table."""
    known = blank.as_of(BEGIN)
    layout = Layout.of(known)
    every = {"slots": [SLOTS.index(slot) for process in PROCESSES for slot in slots_of(process)]}
    history = replay(known, layout, BEGIN)
    template, draws = state(known, history, layout, known_rules(known, truth, every), BEGIN)
    days = float((TODAY - BEGIN).days)
    shell = Assembly(
        Scenario.model_validate(asked(BEGIN, 1)), layout, history, known_rules(known, truth, every),
        template, *draws, np.zeros((0, 4)), 0.0, days,
    )  # fmt: skip
    kernel.refresh(template, 0.0)
    log = run_ensemble(shell, 1, seed).log
    rows = []
    for r, (time, act, i, j, _, cause) in enumerate(log):
        sender, kind, receiver, dispute = shell.describe(int(act), int(i), int(j))
        day = BEGIN + timedelta(days=int(time))
        because = f"X{int(cause)}" if act >= kernel.CONDEMN else ""
        rows.append(f"X{r},{day},day,{sender},{kind},{receiver},{dispute},{because},toy,verified,")
    return rows


def asked(day: date, horizon: int, *interventions: dict[str, object]) -> dict[str, object]:
    return {
        "title": "Twin", "as_of": day, "horizon_days": horizon, "disputes": tuple(SIDES),
        "intervention": interventions,
    }  # fmt: skip


def pair(known: Corpus, posterior: Posterior, sender: str, worlds: int, seed: int) -> Pair:
    """Hold the world in which a state recognises against the world in which nothing is imposed."""
    act = {
        "date": TODAY + timedelta(days=10), "sender": sender, "kind": "recognise",
        "receivers": ("E0X",),
    }  # fmt: skip
    sides = [Scenario.model_validate(asked(TODAY, 120, *rows)) for rows in ((), (act,))]
    base, other = (run_ensemble(assemble(s, known, posterior), worlds, seed) for s in sides)
    return Pair(base, other)


def effects(found: Pair, sender: str) -> dict[str, tuple[float, float, float]]:
    """Return the change with its interval: of each answer, and of how many acts follow."""
    table = found.differences()
    told = {"acts that follow": (found.cascade.change, found.cascade.low, found.cascade.high)}
    for kind in RECORDED:
        mine = table[(table["kind"] == kind) & (table["receiver"] == sender)]
        mine = mine[mine["sender"] == "P0X"]
        row = mine[["difference", "low", "high"]].to_numpy()
        told[kind] = tuple(row[0]) if len(row) else (0.0, 0.0, 0.0)
    return told


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[float, ...]]]:
    """For each effect and twin world: the true change, the forecast one and its interval."""
    folder = tmp_path_factory.mktemp("twins")
    blank = written(folder / "blank", [])
    terms = Terms(Layout.of(blank.as_of(TODAY)))
    found: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    patch = pytest.MonkeyPatch()
    patch.setattr(sampling, "MOST", PROPOSALS)  # few coefficients need no more
    for number in range(TWINS):
        rng = np.random.default_rng([23, number])
        truth = drawn(terms, rng)
        known = written(folder / f"twin{number}", past(blank, truth, number)).as_of(TODAY)
        events = known.events
        already = set(events.loc[events["receiver"] == "E0X", "sender"])
        free = [code for code in STATES if code not in already]
        if not free:
            continue
        sender = free[int(rng.integers(len(free)))]
        learned = learn(known, TODAY, draws=DRAWS, processes=PROCESSES)
        forecast = effects(pair(known, learned, sender, WORLDS, number), sender)
        certain = known_rules(known, truth, learned.about)
        real = effects(pair(known, certain, sender, TRUE_WORLDS, 10_000 + number), sender)
        for name, told in forecast.items():
            found[name].append((real[name][0], *told))
    patch.undo()
    return found


@pytest.mark.slow
def test_intervals_of_effects_hold_the_truth(twins: dict[str, list[tuple[float, ...]]]) -> None:
    """Of each effect the 90 % interval holds the true change about as often as it claims.

    One effect of one world is one trial. The truth is itself counted in worlds, and the past is dated to
    the day: half a point is allowed for that, and 0.03 for scales that are estimated.
    """
    for name, rows in twins.items():
        real, _, low, high = np.array(rows).T
        inside = (low - 0.005 <= real) & (real <= high + 0.005)
        error = np.sqrt(LEVEL * (1 - LEVEL) / len(rows))
        print(f"{name}: {inside.mean():.3f} of {len(rows)}")  # shown with -s
        assert abs(inside.mean() - LEVEL) < 3 * error + 0.03, (name, inside.mean(), len(rows))


@pytest.mark.slow
def test_the_effect_is_forecast_better_than_by_its_mean(
    twins: dict[str, list[tuple[float, ...]]],
) -> None:
    """Where worlds differ, the forecasts tell which have the large effects."""
    real, told = (
        np.concatenate([np.array(rows)[:, c] for name, rows in twins.items() if name in RECORDED])
        for c in (0, 1)
    )
    rank = scipy.stats.spearmanr(real, told).statistic
    skill = 1 - ((real - told) ** 2).mean() / ((real - real.mean()) ** 2).mean()
    print(f"rank correlation {rank:.2f}, skill against the mean {skill:.2f}")
    assert rank > 0.6
    assert skill > 0.4
