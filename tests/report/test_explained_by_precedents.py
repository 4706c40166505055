"""One act explained: its log hazard taken apart, what it rests on, and what was like it."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from sim import kernel
from sim.errors import InputError
from sim.hazard.refits import Refits
from sim.hazard.terms import Terms
from sim.history.corpus import Corpus, load_corpus
from sim.report.contributions import DELAY, DOCTRINE, contributions, covariate_of
from sim.report.explain import Clock, supports
from sim.report.explanation import Explanation, Verification, Without, clock_of, recalled_events
from sim.report.explanation_json import explanation_summary
from sim.report.explanation_page import explanation_page
from sim.report.text import as_text
from sim.world.assemble import Assembly, assemble
from sim.world.ensemble import Ensemble
from sim.world.named_acts import read_act

BREAK, FOLLOWER, NEXT = (
    "UKR sever_relations SYR", "KAZ recognise DPR", "UKR sever_relations BLR",
)  # fmt: skip


@pytest.fixture(scope="module")
def known(syria: Assembly) -> Corpus:
    return load_corpus().as_of(syria.scenario.as_of)


def asked(assembly: Assembly, text: str) -> Clock:
    return clock_of(assembly, read_act("--event", text, assembly.layout.actors, dated=False))


@pytest.fixture(scope="module")
def explained(ensemble: Ensemble, known: Corpus) -> dict[str, Explanation]:
    return {
        text: Explanation(ensemble, known, asked(ensemble.assembly, text))
        for text in (BREAK, FOLLOWER, NEXT)
    }


# -- the log hazard -----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [BREAK, FOLLOWER, NEXT])
def test_contributions_sum_to_the_hazard_of_the_kernel(
    explained: dict[str, Explanation], text: str
) -> None:
    one = explained[text]
    total = math.fsum(c.contribution for c in one.contributions)
    assert total == pytest.approx(one.clock.log_hazard, abs=1e-9)
    assert total == pytest.approx(math.log(_by_the_kernel(one)), abs=1e-9)
    for c in one.contributions:
        assert c.contribution == pytest.approx(c.value * c.weight, abs=1e-12)


def _by_the_kernel(one: Explanation) -> float:
    w = _played_at_mode(one.assembly, one.clock.terms)
    if one.clock.opening.awaited:
        awaited = one.clock.opening.awaited
        kernel.apply_event(w, *awaited, one.clock.opening.time, kernel.NO_CAUSE, 0, 0)
    return float(kernel.hazard_now(w, one.clock.k, one.clock.opening.time))


def _played_at_mode(a: Assembly, terms: Terms) -> kernel.WorldArrays:
    """Return the state right after the imposed acts, with the hazards of the mode."""
    w = kernel.copy_state(a.template)
    mode = replace(a.posterior, draws=a.posterior.mode[None, :])
    fixed, weight, pace = mode.coefficients(terms)
    kernel.load_draw(w, fixed[0], weight[0], pace[0], a.start, a.horizon)
    for time, act, i, j in a.forced:
        kernel.apply_event(w, int(act), int(i), int(j), time, kernel.NO_CAUSE, 0, 0)
    return w


def test_whatever_runs_is_taken_apart_exactly(syria: Assembly) -> None:
    """Young waves and old ones, answers that fall due and answers long due."""
    disputes = ("kosovo", "palestine", "china", "georgia", "donbas")
    asked_of_many = syria.scenario.model_copy(update={"disputes": disputes, "forecasts": ()})
    a = assemble(asked_of_many, load_corpus(), syria.posterior)
    w = _played_at_mode(a, Terms(a.layout))
    running = np.flatnonzero(w.is_open)
    answers = running[(running >= a.layout.answers.start) & (running < a.layout.answers.stop)]
    old = 0
    for k in map(int, (*np.random.default_rng(1).choice(running, 60, False), *answers[:20])):
        clock = Clock.of(a, k)
        total = math.fsum(c.contribution for c in contributions(clock))
        rate = float(kernel.hazard_now(w, k, clock.opening.time))
        assert total == pytest.approx(math.log(rate), abs=1e-9), a.channel(k)
        old += clock.channel.since > 1000
    assert 0 < old < 80


def test_every_part_of_the_rule_is_named_once(explained: dict[str, Explanation]) -> None:
    names = [c.covariate for c in explained[BREAK].contributions]
    assert sorted(names) == sorted(
        ["intercept", "stronger", "mission", "answered", DOCTRINE, DELAY]
    )
    names = [c.covariate for c in explained[FOLLOWER].contributions]
    assert len(names) == len(set(names))
    assert {"intercept", "dispute", "alignment", "bloc_share", DOCTRINE, DELAY} <= set(names)
    assert covariate_of("recognise/late/x/distance") == "distance"


def test_who_recognises_is_told_in_words_of_recognition(explained: dict[str, Explanation]) -> None:
    """Some covariates move a break too, and are told in other words there."""
    page = " ".join(as_text(explanation_page(explained[FOLLOWER])).split())
    assert "alignment: votes at the UN like the powers behind" in page
    assert "lead the break" not in page
    assert "shunned" not in page


def test_a_doctrine_that_breaks_adds(explained: dict[str, Explanation]) -> None:
    (doctrine,) = (c for c in explained[BREAK].contributions if c.covariate == DOCTRINE)
    assert doctrine.contribution > 0, "the only answer on record was a break"
    (delay,) = (c for c in explained[BREAK].contributions if c.covariate == DELAY)
    assert delay.contribution > 1, "answers come at once or not"


# -- what it rests on ---------------------------------------------------------------------------------


def test_precedents_are_those_of_the_projection(explained: dict[str, Explanation]) -> None:
    one = explained[BREAK]
    named = supports(one.assembly, "UKR", "sever_relations", "SYR", "donbas")
    assert [(p.label, p.change) for p in one.precedents] == [(s.label, s.change) for s in named]
    assert one.precedents[0].label == "UKR-RUS-2022"
    assert one.effective < 5


def test_the_posterior_is_narrower_than_the_prior(explained: dict[str, Explanation]) -> None:
    for one in explained.values():
        assert one.prior.narrower > 2
        low, high = one.draws[1:]
        assert one.prior.high - one.prior.low > high - low


@pytest.fixture(scope="module")
def refits(syria: Assembly, known: Corpus) -> Refits:
    return Refits.of(known, syria.scenario.as_of, "respond")


@pytest.mark.slow
def test_refits_move_the_way_the_step_says(
    explained: dict[str, Explanation], refits: Refits
) -> None:
    clock = explained[BREAK].clock
    assert clock.evidence is not None
    base = refits.mode() @ clock.values
    assert base == pytest.approx(clock.log_hazard, abs=0.01), "nothing dropped, nothing changed"
    steps = clock.evidence.moves @ clock.values
    strongest = np.argsort(-np.abs(steps))[:8]
    moved = [float(refits.mode([clock.evidence.cases[c]]) @ clock.values - base) for c in strongest]
    assert np.sign(moved).tolist() == np.sign(steps[strongest]).tolist()
    assert moved[0] == pytest.approx(steps[strongest[0]], rel=0.25)


@pytest.mark.slow
def test_refits_agree_with_the_step_over_fifty_cases(explained: dict[str, Explanation]) -> None:
    from sim.report.explanation import verify

    told: list[tuple[int, int]] = []
    found = verify(explained[BREAK], lambda done, every: told.append((done, every)))
    assert told == [(done, 50) for done in range(50)]
    assert len(set(found.labels)) == 50
    assert found.correlation >= 0.9
    assert 0.5 < found.slope < 2


def test_a_correlation_needs_two_that_vary() -> None:
    assert Verification(("A",), (1.0,), (1.0,)).correlation == 0
    assert Verification(("A", "B"), (1.0, 1.0), (1.0, 2.0)).correlation == 0
    assert Verification(("A", "B"), (1.0, 2.0), (-1.0, -2.0)).correlation == pytest.approx(-1)


# -- what an act waits for, and what was like it ------------------------------------------------------


def test_an_answer_that_nothing_provokes_waits_for_the_recognition(
    explained: dict[str, Explanation],
) -> None:
    assert explained[BREAK].awaited is None
    assert explained[NEXT].awaited == ("BLR", "recognise", "DPR", "donbas")
    assert explained[NEXT].share.probability < 0.1 < explained[NEXT].draws[0]


def test_similar_actors_are_of_the_past_and_each_named_once(
    explained: dict[str, Explanation],
) -> None:
    for one in explained.values():
        cases = one.similar
        assert len(cases) == len({case.sender for case in cases}) == 5
        assert all(case.date <= one.assembly.scenario.as_of for case in cases)
        assert [c.distance for c in cases] == sorted(c.distance for c in cases)
        assert all((case.days is None) != case.acted for case in cases)
    georgia = next(c for c in explained[BREAK].similar if c.sender == "GEO")
    assert (georgia.id, georgia.acted, georgia.days) == ("GEO-NIC-2008", True, 84)


def test_the_record_is_counted_and_the_scores_are_pointed_at(
    explained: dict[str, Explanation],
) -> None:
    track = explained[BREAK].track
    assert (track.own_cases, track.own_acted) == (1, 1), "Russia's recognition"
    assert 1 < track.acted < track.cases
    assert explained[FOLLOWER].track.command == "demarche backtest --leave-out dispute"


# -- acts that cannot be explained --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("SYR recognise DPR", "which the scenario imposes"),
        ("UKR condemn SYR", "of which no complete record teaches anything"),
        ("UKR recall_ambassador SYR", "which cannot come in this scenario"),
        ("UKR return_ambassador SYR", "which cannot come in this scenario"),
        ("KAZ recognise DPR+LPR", "an act toward one receiver"),
        ("SRB sever_relations DEU", "no act of donbas"),
    ],
)
def test_an_act_that_cannot_come_is_refused(syria: Assembly, text: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        asked(syria, text)


# -- what is told -------------------------------------------------------------------------------------


def test_page_and_object_tell_the_same(explained: dict[str, Explanation]) -> None:
    one = explained[BREAK]
    without = Without(("A\x1b[31m-B",), False, one)
    verified = Verification(("UKR-RUS-2022", "GEO-RUS-2008"), (-1.0, -0.5), (-1.1, -0.5))
    page = as_text(explanation_page(one, without, verified, top=2))
    assert "Ukraine severs relations with Syria: " in page
    assert "+UKR-RUS-2022" in page
    assert "doctrine: how Ukraine tends to act" in page
    assert "GEO-NIC-2008" in page
    assert "\x1b" not in page
    assert max(map(len, page.splitlines())) <= 80
    told = json.loads(json.dumps(explanation_summary("x", one, without, verified), allow_nan=False))
    assert told["event"]["receivers"] == ["SYR"]
    assert told["precedents"][0]["id"] == "UKR-RUS-2022"
    assert told["verify"]["cases"] == 2
    assert told["without"]["log_hazard"] == told["log_hazard"], "as nothing was learned again"
    assert math.fsum(c["contribution"] for c in told["contributions"]) == pytest.approx(
        told["log_hazard"], abs=1e-9
    )


def test_what_nobody_verified_is_named(known: Corpus) -> None:
    gone = recalled_events(known)
    confidence = known.events.groupby("event_id")["confidence"].agg(set)
    assert gone
    assert all("recalled" in confidence[name] for name in gone)
    assert len(gone) == sum("recalled" in found for found in confidence)


PAGE = """
from datetime import date
import sim
from sim import kernel
from sim.report.explain import supports
from sim.report.text import page
from sim.world.scenario import Scenario
about = {"title": "A quarter", "as_of": date(2022, 12, 31), "horizon_days": 90, "disputes": ("kosovo",)}
page(sim.run(Scenario.model_validate(about), worlds=200), supports=supports)
functions = [f for f in vars(kernel).values() if hasattr(f, "signatures")]
inlined = [f for f in functions if f.targetoptions.get("inline") == "always"]
assert {kernel._runs_since, kernel._driven_by} <= set(inlined)
print([f.__name__ for f in inlined if f.signatures])
"""


def test_a_page_compiles_nothing_that_no_cache_keeps() -> None:
    """What the kernel inlines is not cached: called from outside, each process would compile it anew."""
    told = subprocess.run([sys.executable, "-c", PAGE], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
