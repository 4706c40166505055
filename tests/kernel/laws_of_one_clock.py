"""Laws of one clock: its delay profile, its past, its screening, and what changes its hazard on the way."""

from __future__ import annotations

import numpy as np
from law_bench import Bench, Mass, binned, constant, independent, residual, steps, timed

from sim import kernel
from sim.hazard.riskset import SLOTS

A, B, C = (("AAA", "recognise", "ENT"), ("BBB", "recognise", "ENT"), ("CCC", "recognise", "ENT"))
SECESSION = SLOTS.index("recognise/secession")
RECOGNISE, WITHDRAW = float(kernel.RECOGNISE), float(kernel.WITHDRAW)
EDGES, FACTORS = (0.0, 1.0, 7.0, 30.0), (3.0, 0.5, 2.0, 0.1)


def from_origin(origin: float, rates: np.ndarray, edges: tuple[float, ...] = EDGES) -> Mass:
    """Rates of the pieces of a profile that began at `origin`, from time 0 on."""
    begun = steps(edges, tuple(rates))
    return lambda t: begun(np.asarray(t) - origin) - begun(np.array(-origin))


def one_exponential(b: Bench) -> dict[str, float]:
    when = b.play("toy", {A: 0.02}, rows=1).first(kernel.RECOGNISE, 0)
    cell = residual(0.02 * when)
    return {
        "its time": timed(when, constant(0.02)),
        "tells nothing of the next world": independent(
            (cell[0][:-1], cell[1]), (cell[0][1:], cell[1])
        ),
        "nor of the next draw": independent((cell[0][:-4], cell[1]), (cell[0][4:], cell[1])),
    }


def the_horizon(b: Bench) -> dict[str, float]:
    log = b.play("toy", {A: 0.02, B: 0.01}, horizon=30.0)
    when = [log.first(kernel.RECOGNISE, i) for i in (0, 1)]
    cells = [binned(w, constant(r), 30.0, 10) for w, r in zip(when, (0.02, 0.01), strict=True)]
    return {
        "cuts the first": timed(when[0], constant(0.02), 30.0),
        "cuts the second": timed(when[1], constant(0.01), 30.0),
        "both on their own": independent(*cells),
    }


def a_delay_profile(b: Bench) -> dict[str, float]:
    """Also where the clock had started before the world did, on an edge, or long before."""
    found = {}
    for origin in (0.0, -3.0, -7.0, -50.0):
        log = b.play(
            "toy", {A: 0.04}, rows=1, horizon=100.0, edges={SECESSION: EDGES},
            pace={(SECESSION, 0): FACTORS}, wave_at=np.array([origin]),
        )  # fmt: skip
        mass = from_origin(origin, 0.04 * np.array(FACTORS))
        found[f"begun on day {origin:.0f}"] = timed(log.first(kernel.RECOGNISE, 0), mass, 100.0)
    return found


def a_profile_that_pauses(b: Bench) -> dict[str, float]:
    edges, factors = (0.0, 5.0, 20.0, 60.0), (1.0, 0.0, 1.0, 0.0)
    log = b.play("toy", {A: 0.02}, rows=1, edges={SECESSION: edges}, pace={(SECESSION, 0): factors})
    mass = from_origin(0.0, 0.02 * np.array(factors), edges)
    return {"and ends for good": timed(log.first(kernel.RECOGNISE, 0), mass)}


def late_pieces(b: Bench) -> dict[str, float]:
    found = {}
    for late, origin in ((2.5, 0.0), (2.5, -3.0), (0.2, -10.0)):
        log = b.play(
            "toy", {A: 0.04}, rows=1, horizon=100.0, edges={SECESSION: EDGES}, late=late,
            pace={(SECESSION, 0): FACTORS}, late_from=np.full(len(SLOTS), 2),
            wave_at=np.array([origin]),
        )  # fmt: skip
        mass = from_origin(origin, 0.04 * np.array(FACTORS) * [1.0, 1.0, late, late])
        when = log.first(kernel.RECOGNISE, 0)
        found[f"weighed by {late} from day {origin:.0f}"] = timed(when, mass, 100.0)
    return found


def seldom(b: Bench) -> dict[str, float]:
    """Where the screening leaves one clock in a hundred to follow."""
    log = b.play("toy", {A: 0.0005}, rows=1, horizon=20.0)
    return {"in 20 days": timed(log.first(kernel.RECOGNISE, 0), constant(0.0005), 20.0, 20)}


def partner(weight: float) -> np.ndarray:
    """BBB looks at AAA."""
    shares = np.zeros((5, 5))
    shares[1, 0] = weight
    return shares


def a_hazard_that_changes(b: Bench) -> dict[str, float]:
    """AAA acts on a day, and BBB's hazard is another from then on: also if its clock was screened out."""
    found = {}
    for claim, rate, factor, day, horizon in (
        ("grows by 400 after the screening", 0.0005, 400.0, 5.0, 20.0),
        ("grows threefold half-way", 0.05, 3.0, 10.0, 20.0),
        ("falls to a tenth", 0.2, 0.1, 4.0, 20.0),
    ):
        log = b.play(
            "toy", {B: rate}, rows=2, horizon=horizon, bloc=partner(1.0),
            weight={(SECESSION, kernel.BLOC): float(np.log(factor))},
            forced=((day, RECOGNISE, 0, 0),),
        )  # fmt: skip
        mass = steps((0.0, day), (rate, rate * factor))
        found[claim] = timed(log.first(kernel.RECOGNISE, 1), mass, horizon, 50)
    return found


def a_hazard_that_changes_inside_a_piece(b: Bench) -> dict[str, float]:
    log = b.play(
        "toy", {B: 0.04}, rows=2, horizon=100.0, ally=partner(1.0), edges={SECESSION: EDGES},
        pace={(SECESSION, 0): FACTORS}, weight={(SECESSION, kernel.ALLY): float(np.log(4.0))},
        forced=((10.0, RECOGNISE, 0, 0),),
    )  # fmt: skip
    mass = steps((0.0, 1.0, 7.0, 10.0, 30.0), 0.04 * np.array([3.0, 0.5, 2.0, 8.0, 0.4]))
    return {"by its ally's act": timed(log.first(kernel.RECOGNISE, 1), mass, 100.0)}


def partners_that_come_and_go(b: Bench) -> dict[str, float]:
    """Three partners act in turn, and one of them takes it back."""
    bloc = np.zeros((5, 5))
    bloc[1, [0, 2, 4]] = 0.2, 0.3, 0.5
    days = (10.0, 20.0, 30.0, 40.0)
    forced = tuple((d, RECOGNISE, i, 0) for d, i in zip(days, (0, 2, 4), strict=False))
    log = b.play(
        "toy", {B: 0.01}, rows=5, bloc=bloc, weight={(SECESSION, kernel.BLOC): 2.0},
        forced=(*forced, (40.0, WITHDRAW, 4, 0)),
    )  # fmt: skip
    rates = 0.01 * np.exp(2.0 * np.array([0.0, 0.2, 0.5, 1.0, 0.5]))
    return {"each heard": timed(log.first(kernel.RECOGNISE, 1), steps((0.0, *days), tuple(rates)))}


def an_imposed_act(b: Bench) -> dict[str, float]:
    """Impose it: it comes on its very moment where the clock had not rung before."""
    log = b.play("toy", {A: 0.02}, rows=1, forced=((40.0, RECOGNISE, 0, 0),))
    when = log.first(kernel.RECOGNISE, 0)
    early = np.where(when == 40.0, np.inf, when)
    return {"or earlier by itself": timed(early, constant(0.02), 40.0)}


def opened_again(b: Bench) -> dict[str, float]:
    """Take a recognition back on a day: it may come again, by a clock of its own."""
    log = b.play("toy", {A: 0.03}, rows=3, horizon=100.0, forced=((50.0, WITHDRAW, 0, 0),))
    first = log.first(kernel.RECOGNISE, 0)
    back = first < 50.0
    again = log.rows[(log.rows[:, 1] == kernel.RECOGNISE) & (log.rows[:, 0] >= 50.0)]
    second = np.full(b.worlds, np.inf)
    second[again[:, 4].astype(int)] = again[:, 0] - 50.0
    mass = constant(0.03)
    late = binned(second, mass, 50.0, 10)
    early = binned(first[back], mass, 50.0, 10)
    early = (early[0], np.append(np.full(10, 0.1), [0.0, 0.0]))
    return {
        "the first time": timed(first, mass, 100.0),
        "the second is as free as the first": timed(second[back], mass, 50.0),
        "the second tells nothing of the first": independent(early, (late[0][back], late[1])),
    }


def own_draws(b: Bench) -> dict[str, float]:
    """Worlds under three posterior draws."""
    log = b.play("toy", {A: 0.02}, rows=1, shifts=tuple(np.log([1.0, 5.0, 0.3])))
    when = log.first(kernel.RECOGNISE, 0)
    draw = kernel.draw_of(np.arange(b.worlds), 3)
    return {
        f"draw {d}": timed(when[draw == d], constant(0.02 * factor))
        for d, factor in enumerate((1.0, 5.0, 0.3))
    }


LAWS = (
    one_exponential, the_horizon, a_delay_profile, a_profile_that_pauses, late_pieces, seldom,
    a_hazard_that_changes, a_hazard_that_changes_inside_a_piece, partners_that_come_and_go,
    an_imposed_act, opened_again, own_draws,
)  # fmt: skip
