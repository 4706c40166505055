"""Laws of clocks that compete, follow one another, and change one another's hazards."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import scipy.linalg
import scipy.stats
from law_bench import (
    Bench,
    binned,
    chain,
    constant,
    independent,
    residual,
    shares,
    steps,
    survival,
    timed,
)
from laws_of_one_clock import RECOGNISE, SECESSION, WITHDRAW, A, B, C

from sim import kernel
from sim.hazard.riskset import SLOTS

KINDS = ("condemn", "recall_ambassador", "downgrade_relations", "sever_relations")
CONDEMNS, RECALLS, DOWNGRADES, SEVERS = (("PAR", kind, "AAA") for kind in KINDS)
SEVER_SLOT = SLOTS.index("respond/sever")
RIVALS = SLOTS.index("recognise/rival_government")
AT_ONCE = ((0.0, RECOGNISE, 0, 0),)  # AAA recognises ENT as the world begins
ANSWER_EDGES, ANSWER_FACTORS = (0.0, 1.0, 4.0), (4.0, 1.0, 0.25)


def a_race(b: Bench) -> dict[str, float]:
    rates = np.array([0.01, 0.02, 0.05])
    log = b.play("toy", dict(zip((A, B, C), rates, strict=True)), rows=3)
    when = np.stack([log.first(kernel.RECOGNISE, i) for i in range(3)])
    order, ranked = np.argsort(when, axis=0), np.sort(when, axis=0)
    ways = list(permutations(range(3)))
    first = (order[0], rates / rates.sum())
    found = [(way == order.T).all(axis=1).sum() for way in ways]
    p = [rates[x] / rates.sum() * rates[y] / (rates[y] + rates[z]) for x, y, z in ways]
    left = rates.sum() - rates[order[0]]
    return {
        "who is first says nothing of when": independent(first, residual(0.08 * ranked[0])),
        "in every order": shares(np.array(found), np.array(p)),
        "and when says nothing of the wait for the second": independent(
            residual(0.08 * ranked[0]), residual(left * (ranked[1] - ranked[0]))
        ),
        "nor does a rival's time": independent(
            *(residual(rate * own) for rate, own in zip(rates, when, strict=True))
        ),
    }


def a_birth_chain(b: Bench) -> dict[str, float]:
    """Each recognition changes the hazard of the others; how many recognise, by a matrix exponential."""
    found = {}
    for power, horizon in ((1.0, 20.0), (1.0, 60.0), (-0.7, 60.0)):
        k = np.arange(4)
        hazard = (3 - k) * 0.01 * (1.0 + k) ** power
        generator = np.diag(-hazard) + np.diag(hazard[:-1], 1)
        log = b.play(
            "toy", {A: 0.01, B: 0.01, C: 0.01}, rows=3, horizon=horizon,
            weight={(SECESSION, kernel.COUNT): power},
        )  # fmt: skip
        p = scipy.linalg.expm(horizon * generator)[0]
        counts = np.bincount(log.count(), minlength=4)
        found[f"with power {power} in {horizon:.0f} days"] = shares(counts, p)
    return found


def everyone_hears_everyone(b: Bench) -> dict[str, float]:
    """Blocs, a count and a delay profile at once: the integrated hazards are unit exponentials still."""
    bloc, effect, power, rate = np.zeros((5, 5)), 1.3, 0.6, 0.02
    bloc[:3, :3] = [[0.0, 0.7, 0.3], [1.0, 0.0, 0.0], [0.4, 0.6, 0.0]]
    edges, factors = (0.0, 5.0, 25.0), (2.0, 0.4, 1.0)
    log = b.play(
        "toy", {A: rate, B: rate, C: rate}, rows=3, bloc=bloc, edges={SECESSION: edges},
        pace={(SECESSION, 0): factors, (SECESSION, 1): factors}, patron=np.zeros((1, 5), np.int8),
        weight={(SECESSION, kernel.BLOC): effect, (SECESSION, kernel.COUNT): power},
    )  # fmt: skip
    when = np.stack([log.first(kernel.RECOGNISE, i) for i in range(3)])
    ranked, passed = np.sort(when, axis=0), steps(edges, factors)
    found = {}
    cells = []
    for i, name in enumerate("ABC"):
        mass = np.zeros(b.worlds)
        since = np.zeros(b.worlds)
        for until in ranked:
            acted = when <= since[None, :]
            heard = (bloc[i, :3, None] * acted * (since > 0)).sum(axis=0)
            count = (acted & (since > 0)).sum(axis=0)
            spell = passed(np.minimum(until, when[i])) - passed(np.minimum(since, when[i]))
            mass += rate * np.exp(effect * heard) * (1.0 + count) ** power * spell
            since = until
        cells.append(residual(mass))
        found[f"the mass of {name}"] = shares(np.bincount(cells[-1][0], minlength=10), cells[-1][1])
    return found | {"all three on their own": independent(*cells)}


def one_after_the_other(b: Bench) -> dict[str, float]:
    """BBB waits for its ally AAA, CCC for BBB: three exponential steps."""
    ally = np.zeros((5, 5))
    ally[1, 0] = ally[2, 1] = 1.0
    static = {B: float(np.log(0.1)) - 30.0, C: float(np.log(0.2)) - 30.0}
    log = b.play(
        "toy", {A: 0.05}, static=static, rows=3, ally=ally,
        weight={(SECESSION, kernel.ALLY): 30.0},
    )  # fmt: skip
    return {
        "the second": timed(log.first(kernel.RECOGNISE, 1), chain((0.05, 0.1))),
        "the third": timed(log.first(kernel.RECOGNISE, 2), chain((0.05, 0.1, 0.2))),
    }


def what_one_has_done_elsewhere(b: Bench) -> dict[str, float]:
    """Recognise a sibling, or kin of another dispute, from day 10 to day 30."""
    found = {}
    kin = np.array([[0.0, 0.3], [0.6, 0.0]])
    for toy, column, share, rate, state in (
        ("siblings", kernel.SIBLING, 1.0, 0.02, {}),
        ("mutual", kernel.KIN, 0.6, 0.03, {"kin": kin}),
    ):
        tne = ("AAA", "recognise", "TNE")
        b = replace(b, seed=b.seed + 1)  # the same channel of both toys would have the same luck
        log = b.play(
            toy, {tne: rate}, rows=3, weight={(SECESSION, column): 1.5},
            forced=((10.0, RECOGNISE, 0, 0), (30.0, WITHDRAW, 0, 0)), **state,
        )  # fmt: skip
        rates = rate * np.exp(1.5 * share * np.array([0.0, 1.0, 0.0]))
        mass = steps((0.0, 10.0, 30.0), tuple(rates))
        found[f"in {toy}"] = timed(log.first(kernel.RECOGNISE, 0, 1), mass)
    return found


def one_government_at_a_time(b: Bench) -> dict[str, float]:
    """Whoever changes sides at a constant rate does so a Poisson number of times."""
    to = {("AAA", "recognise", side): 0.05 for side in ("ENT", "PAR")}
    log = b.play(
        "rivals", to, rows=8, horizon=60.0, weight={(RIVALS, kernel.RIVAL): float(np.log(2.0))}
    )
    when = np.minimum(log.first(kernel.RECOGNISE, 0, 0), log.first(kernel.RECOGNISE, 0, 1))
    poisson = scipy.stats.poisson(6.0).pmf(np.arange(40))
    return {
        "how often": shares(np.bincount(log.count(), minlength=40)[:40], poisson),
        "the first of both": timed(when, constant(0.1), 60.0),
    }


def a_patron(b: Bench) -> dict[str, float]:
    """Its act starts the second phase of everyone's delays, at whatever time it comes."""
    edges, factors = (0.0, 5.0), (2.0, 0.2)
    log = b.play(
        "toy", {A: 0.1, C: 0.05}, rows=2, edges={SECESSION: edges},
        pace={(SECESSION, 0): (1.0, 1.0), (SECESSION, 1): factors},
    )  # fmt: skip
    own, patron = log.first(kernel.RECOGNISE, 0), log.first(kernel.RECOGNISE, 2)
    delay = np.maximum(own - patron, 0.0)
    mass = 0.1 * (np.minimum(own, patron) + steps(edges, factors)(delay))
    return {"the wave begins anew": independent(residual(mass), residual(0.05 * patron))}


def an_answer(b: Bench) -> dict[str, float]:
    """Its delay runs from the act it answers, whenever that came."""
    profile = {"edges": {SEVER_SLOT: ANSWER_EDGES}, "pace": {(SEVER_SLOT, 0): ANSWER_FACTORS}}
    log = b.play("toy", {A: 0.01, SEVERS: 0.3}, rows=2, **profile)
    start, end = log.first(kernel.RECOGNISE, 0), log.first(kernel.SEVER, 0)
    passed = steps(ANSWER_EDGES, ANSWER_FACTORS)
    due = b.toys["toy"].world.provoked.copy()
    due[0, 0] = 1
    ran = b.play(
        "toy", {SEVERS: 0.3}, rows=1, provoked=due,
        provoked_at=np.full(due.shape, -2.0), **profile,
    )  # fmt: skip
    plain = b.play("toy", {A: 0.05, SEVERS: 0.1}, rows=2)
    return {
        "after an act": independent(residual(0.01 * start), residual(0.3 * passed(end - start))),
        "that history left running": timed(
            ran.first(kernel.SEVER, 0), lambda t: 0.3 * (passed(t + 2.0) - passed(np.array(2.0)))
        ),
        "two steps": timed(plain.first(kernel.SEVER, 0), chain((0.05, 0.1))),
    }


def an_answer_no_longer_due(b: Bench) -> dict[str, float]:
    """Taken back on day 10, the act is not answered; done again on day 20, it is answered anew."""
    log = b.play(
        "toy", {SEVERS: 0.1}, rows=4, edges={SEVER_SLOT: ANSWER_EDGES},
        pace={(SEVER_SLOT, 0): ANSWER_FACTORS},
        forced=(*AT_ONCE, (10.0, WITHDRAW, 0, 0), (20.0, RECOGNISE, 0, 0)),
    )  # fmt: skip
    rates = 0.1 * np.array([4.0, 1.0, 0.25, 0.0, 4.0, 1.0, 0.25])
    mass = steps((0.0, 1.0, 4.0, 10.0, 20.0, 21.0, 24.0), tuple(rates))
    return {"until it is done again": timed(log.first(kernel.SEVER, 0), mass)}


def rungs_that_compete(b: Bench) -> dict[str, float]:
    """Climb: a rung may be skipped, not gone back to, so the rungs taken tell the way."""
    rates = np.array([0.6, 0.3, 0.2, 0.1])
    rungs = dict(zip((CONDEMNS, RECALLS, DOWNGRADES, SEVERS), rates, strict=True))
    log = b.play("toy", rungs, rows=5, forced=AT_ONCE)
    taken = np.stack([np.isfinite(log.first(kernel.CONDEMN + r, 0)) for r in range(4)])
    ways = np.zeros(16)
    for way in range(8, 16):
        reached, p = 0, 1.0
        for rung in [r for r in range(4) if way >> r & 1]:
            p *= rates[rung] / rates[reached:].sum()
            reached = rung + 1
        ways[way] = p
    counts = np.bincount((taken * [[1], [2], [4], [8]]).sum(axis=0), minlength=16)
    severed = log.first(kernel.SEVER, 0)
    return {
        "every way up": shares(counts, ways),
        "the last, whatever came before": timed(severed, constant(0.1)),
        "the first": timed(
            np.min([log.first(kernel.CONDEMN + r, 0) for r in range(4)], axis=0), constant(1.2)
        ),
    }


def a_rung_that_speeds_the_next(b: Bench) -> dict[str, float]:
    """Once condemned, severed four times as fast."""
    log = b.play(
        "toy", {CONDEMNS: 0.5, SEVERS: 0.1}, rows=3, forced=AT_ONCE,
        weight={(SEVER_SLOT, kernel.ANSWERED): float(np.log(4.0))},
    )  # fmt: skip
    mass = survival(lambda t: np.exp(-0.6 * t) + 2.5 * (np.exp(-0.4 * t) - np.exp(-0.6 * t)))
    return {"when it severs": timed(log.first(kernel.SEVER, 0), mass)}


def with_a_charge_only(b: Bench) -> dict[str, float]:
    """There is no ambassador to recall and nothing to downgrade."""
    level = b.toys["toy"].world.level.copy()
    level[0, 0] = kernel.CHARGE
    rates = {CONDEMNS: 0.5, RECALLS: 1.0, DOWNGRADES: 1.0, SEVERS: 0.5}
    log = b.play("toy", rates, rows=3, forced=AT_ONCE, level=level)
    condemned, severed = log.first(kernel.CONDEMN, 0), log.first(kernel.SEVER, 0)
    came = np.isfinite(condemned)
    taken = sum(2**r * np.isfinite(log.first(kernel.CONDEMN + r, 0)) for r in range(4))
    return {
        "two rungs are left": shares(
            np.bincount(taken, minlength=16), np.eye(16)[[8, 9]].mean(axis=0)
        ),
        "one before the other": independent(
            residual(1.0 * condemned[came]), residual(0.5 * (severed - condemned)[came])
        ),
    }


def two_who_would_break(b: Bench) -> dict[str, float]:
    """Let each cut once: what one of them cuts, the other cannot cut again."""
    rates = {("PAR", KINDS[3], "AAA"): 0.1, ("AAA", KINDS[3], "PAR"): 0.05}
    world = b.toys["mutual"]
    aaa, par = (world.layout.actors.row(code) for code in ("AAA", "PAR"))
    forced = ((0.0, RECOGNISE, aaa, 0), (0.0, RECOGNISE, par, 1))
    log = b.play("mutual", rates, rows=3, forced=forced)
    by_par, by_aaa = log.first(kernel.SEVER, aaa, 0), log.first(kernel.SEVER, par, 1)
    both = np.isfinite(by_par) & np.isfinite(by_aaa)
    who = np.where(both, 2, np.isfinite(by_aaa).astype(int))
    when = np.minimum(by_par, by_aaa)
    return {
        "who is first, and when": independent(
            (who, np.array([2 / 3, 1 / 3, 0.0])), binned(when, constant(0.15), 1e6, 10)
        )
    }


LAWS = (
    a_race, a_birth_chain, everyone_hears_everyone, one_after_the_other,
    what_one_has_done_elsewhere, one_government_at_a_time, a_patron, an_answer,
    an_answer_no_longer_due, rungs_that_compete, a_rung_that_speeds_the_next, with_a_charge_only,
    two_who_would_break,
)  # fmt: skip
