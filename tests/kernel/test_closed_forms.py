"""Worlds small enough for pencil and paper: the kernel agrees with theory, within 4.5 standard errors."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg

from sim import kernel
from sim.hazard.riskset import SLOTS

WORLDS = 30_000
Z = 4.5
A, B, C = (("AAA", "recognise", "ENT"), ("BBB", "recognise", "ENT"), ("CCC", "recognise", "ENT"))
CONDEMNS, RECALLS, DOWNGRADES, SEVERS = (
    ("PAR", kind, "AAA")
    for kind in ("condemn", "recall_ambassador", "downgrade_relations", "sever_relations")
)
SECESSION = SLOTS.index("recognise/secession")
CONDEMN_SLOT, SEVER_SLOT = SLOTS.index("respond/condemn"), SLOTS.index("respond/sever")
AT_ONCE = ((0.0, kernel.RECOGNISE, 0, 0),)  # AAA recognises ENT as the world begins


def assert_share(happened: int, p: float, of: int = WORLDS) -> None:
    """Fail unless a count agrees with a probability."""
    error = np.sqrt(p * (1 - p) / of)
    assert abs(happened / of - p) <= Z * error, (happened / of, p, error)


def assert_mean(sample: np.ndarray, mean: float, sd: float) -> None:
    error = sd / np.sqrt(len(sample))
    assert abs(sample.mean() - mean) <= Z * error, (sample.mean(), mean, error)


def firsts(log: np.ndarray) -> np.ndarray:
    """Return the first act of each world."""
    return log[np.unique(log[:, 4], return_index=True)[1]]


def times(log: np.ndarray, act: int, i: int) -> np.ndarray:
    """Tell when an act by or to actor row `i` happened, one for each world in which it did."""
    return log[(log[:, 1] == act) & (log[:, 2] == i), 0]


def test_the_fastest_of_three_exponentials(toy) -> None:
    rates = {A: 0.01, B: 0.02, C: 0.05}
    log = toy.play(rates)
    assert len(log) == 3 * WORLDS
    first = firsts(log)
    for i, rate in enumerate(rates.values()):
        assert_share(int((first[:, 2] == i).sum()), rate / 0.08)
    assert_mean(first[:, 0], 1 / 0.08, 1 / 0.08)
    assert_share(int((first[:, 0] > 20).sum()), np.exp(-0.08 * 20))
    # who is first tells nothing about when
    assert_mean(first[first[:, 2] == 0, 0], 1 / 0.08, 1 / 0.08)


@pytest.mark.parametrize("origin", [0.0, -3.0, -50.0])
def test_survival_at_the_edges_of_a_delay_profile(toy, origin: float) -> None:
    """Also where the clock had started before the world did: what had passed by then does not count."""
    edges, factors, rate = (0.0, 1.0, 7.0, 30.0), (3.0, 0.5, 2.0, 0.1), 0.04
    log = toy.play(
        {A: rate}, horizon=100.0, edges={SECESSION: edges}, pace={(SECESSION, 0): factors},
        wave_at=np.array([origin]),
    )  # fmt: skip
    when = times(log, kernel.RECOGNISE, 0)
    for at in (0.5, 1.0, 4.0, 7.0, 30.0, 60.0, 99.9):
        days = np.diff(np.clip([*edges, np.inf], -origin, at - origin))
        assert_share(WORLDS - int((when <= at).sum()), np.exp(-rate * np.dot(days, factors)))


def test_late_pieces_have_a_factor_of_their_own(toy) -> None:
    edges, factors, rate = (0.0, 1.0, 7.0, 30.0), (3.0, 0.5, 2.0, 0.1), 0.04
    log = toy.play(
        {A: rate}, horizon=100.0, edges={SECESSION: edges}, pace={(SECESSION, 0): factors},
        late=2.5, late_from=np.full(6, 2), wave_at=np.array([-3.0]),
    )  # fmt: skip
    when = times(log, kernel.RECOGNISE, 0)
    for at in (0.5, 4.0, 10.0, 27.0, 60.0, 99.9):
        days = np.diff(np.clip([*edges, np.inf], 3.0, at + 3.0))
        mass = np.dot(days * [1, 1, 2.5, 2.5], factors)
        assert_share(WORLDS - int((when <= at).sum()), np.exp(-rate * mass))


def test_the_horizon_ends_a_world(toy) -> None:
    log = toy.play({A: 0.02, B: 0.01}, horizon=30.0)
    assert log[:, 0].max() < 30.0
    assert_share(len(times(log, kernel.RECOGNISE, 0)), 1 - np.exp(-0.6))
    assert_share(len(times(log, kernel.RECOGNISE, 1)), 1 - np.exp(-0.3))


def test_what_is_not_allowed_never_rings(toy) -> None:
    log = toy.play({A: 0.05})
    assert set(log[:, 2]) == {0}
    assert len(log) == WORLDS
    log = toy.play({A: 0.05}, static={B: -1000.0})  # allowed, but without any hazard
    assert set(log[:, 2]) == {0}


def test_nobody_answers_what_has_not_happened(toy) -> None:
    assert len(toy.play({SEVERS: 10.0, CONDEMNS: 10.0})) == 0


def test_a_recognition_provokes_an_answer(toy) -> None:
    """The answer's delay follows its own profile from the moment of the recognition."""
    edges, factors, rate = (0.0, 1.0, 4.0), (4.0, 1.0, 0.25), 0.3
    log = toy.play(
        {A: 0.01, SEVERS: rate}, edges={SEVER_SLOT: edges}, pace={(SEVER_SLOT, 0): factors}
    )
    assert len(log) == 2 * WORLDS
    log = log.reshape(WORLDS, 2, 6)
    assert (log[:, 0, 1] == kernel.RECOGNISE).all()
    assert (log[:, 1, 1] == kernel.SEVER).all()
    assert (log[:, 0, 5] == kernel.NO_CAUSE).all()
    assert (log[:, 1, 5] == 0).all()  # row 0 of the world's log set it going
    start, delay = log[:, 0, 0], log[:, 1, 0] - log[:, 0, 0]
    assert_mean(start, 100, 100)
    for at in (0.3, 1.0, 2.0, 4.0, 10.0, 30.0):
        days = np.diff(np.clip([*edges, np.inf], 0, at))
        assert_share(int((delay > at).sum()), np.exp(-rate * np.dot(days, factors)))
    assert abs(np.corrcoef(start, delay)[0, 1]) < Z / np.sqrt(WORLDS)


def test_a_severance_ends_the_answer(toy) -> None:
    """Of the rungs that compete, a lower one comes only if it comes before the highest."""
    rates = {CONDEMNS: 0.6, RECALLS: 0.3, DOWNGRADES: 0.2, SEVERS: 0.1}
    log = toy.play(rates, forced=AT_ONCE)
    severed = times(log, kernel.SEVER, 0)
    assert len(severed) == WORLDS
    assert_mean(severed, 10, 10)
    # a rung may be skipped, not gone back to: it comes if it is first among itself and those above it
    for act, p in ((kernel.CONDEMN, 0.6 / 1.2), (kernel.RECALL, 0.5), (kernel.DOWNGRADE, 2 / 3)):
        assert_share(len(times(log, act, 0)), p)
    by_world = log[np.argsort(log[:, 4], kind="stable")]
    same = np.diff(by_world[:, 4]) == 0
    assert (np.diff(by_world[:, 1])[same] > 0).all()


def test_a_lower_rung_changes_the_hazard_of_the_higher(toy) -> None:
    boost = 4.0
    log = toy.play(
        {CONDEMNS: 0.5, SEVERS: 0.1}, forced=AT_ONCE,
        weight={(SEVER_SLOT, kernel.ANSWERED): np.log(boost)},
    )  # fmt: skip
    condemned = log[log[:, 1] == kernel.CONDEMN]
    assert_share(len(condemned), 5 / 6)
    assert_mean(condemned[:, 0], 1 / 0.6, 1 / 0.6)
    severed = np.zeros(WORLDS)
    rows = log[log[:, 1] == kernel.SEVER]
    severed[rows[:, 4].astype(int)] = rows[:, 0]
    delay = severed[condemned[:, 4].astype(int)] - condemned[:, 0]
    assert_mean(delay, 1 / (0.1 * boost), 1 / (0.1 * boost))
    assert_share(int((delay > 5).sum()), np.exp(-5 * 0.1 * boost), len(delay))


def test_without_relations_there_is_nothing_to_sever(toy) -> None:
    level = toy.world.level.copy()
    level[0, 0] = kernel.CHARGE
    log = toy.play({RECALLS: 1.0, SEVERS: 1.0}, forced=AT_ONCE, level=level)
    assert (log[:, 1] != kernel.RECALL).all()  # no ambassador to recall
    assert len(times(log, kernel.SEVER, 0)) == WORLDS
    level[0, 0] = kernel.NONE
    log = toy.play({CONDEMNS: 1.0, RECALLS: 1.0, SEVERS: 1.0}, forced=AT_ONCE, level=level)
    assert set(log[:, 1]) == {kernel.RECOGNISE}


@pytest.mark.parametrize("power", [1.0, -0.7])
def test_a_birth_chain(toy, power: float) -> None:
    """Each recognition changes the hazard of the others; how many recognise, by a matrix exponential."""
    rate, n = 0.01, 3
    hazard = np.array([(n - k) * rate * (1 + k) ** power for k in range(n + 1)])
    generator = np.diag(-hazard) + np.diag(hazard[:-1], 1)
    weight = {(SECESSION, kernel.COUNT): power}
    for horizon in (20.0, 60.0):
        log = toy.play({A: rate, B: rate, C: rate}, horizon=horizon, weight=weight)
        counts = np.bincount(np.bincount(log[:, 4].astype(int), minlength=WORLDS), minlength=n + 1)
        expected = scipy.linalg.expm(horizon * generator)[0]
        for k in range(n + 1):
            assert_share(int(counts[k]), expected[k])
    whole = toy.play({A: rate, B: rate, C: rate}, weight=weight).reshape(WORLDS, n, 6)
    gaps = np.diff(whole[:, :, 0], prepend=0.0, axis=1)
    for k in range(n):
        assert_mean(gaps[:, k], 1 / hazard[k], 1 / hazard[k])


def test_the_share_of_partners_raises_a_hazard(toy) -> None:
    """BBB listens to AAA alone, CCC to AAA with a third of its weight: the spread between them tells."""
    bloc = np.zeros((5, 5))
    bloc[1, 0], bloc[2, 0], bloc[2, 3] = 1.0, 1 / 3, 2 / 3
    effect = 1.5
    log = toy.play(
        {B: 0.01, C: 0.01}, forced=AT_ONCE, bloc=bloc, weight={(SECESSION, kernel.BLOC): effect}
    )
    for i, share in ((1, 1.0), (2, 1 / 3)):
        mean = 1 / (0.01 * np.exp(effect * share))
        assert_mean(times(log, kernel.RECOGNISE, i), mean, mean)


def test_a_patron_starts_the_wave_anew(toy) -> None:
    """Until the patron recognises nobody does; from then on the delays of the second phase run."""
    edges, factors, rate = (0.0, 5.0), (2.0, 0.2), 0.1
    log = toy.play(
        {A: rate, C: 0.02}, edges={SECESSION: edges},
        pace={(SECESSION, 0): (1.0, 1.0), (SECESSION, 1): factors},
        forced=((40.0, kernel.RECOGNISE, 2, 0),),
    )  # fmt: skip
    patron = np.zeros(WORLDS)
    rows = log[log[:, 2] == 2]
    assert len(rows) == WORLDS
    patron[rows[:, 4].astype(int)] = rows[:, 0]
    assert_share(int((patron == 40.0).sum()), np.exp(-0.02 * 40))
    other = log[log[:, 2] == 0]
    late = other[other[:, 0] > patron[other[:, 4].astype(int)]]
    worlds = late[:, 4].astype(int)
    # before the patron's act the hazard of AAA is 0.1 a day against 0.02, and 40 days at most
    assert_share(len(late), 0.02 / 0.12 * (1 - np.exp(-0.12 * 40)) + np.exp(-0.12 * 40))
    delay = late[:, 0] - patron[worlds]
    for at in (1.0, 5.0, 20.0):
        days = np.diff(np.clip([*edges, np.inf], 0, at))
        assert_share(int((delay > at).sum()), np.exp(-rate * np.dot(days, factors)), len(late))


def test_a_clock_keeps_its_luck_when_its_hazard_changes(toy) -> None:
    """Integrated hazard up to the ring is the same number with and without a change on the way."""
    plain = toy.play({B: 0.01}, worlds=2000)
    bloc = np.zeros((5, 5))
    bloc[1, 0] = 1.0
    changed = toy.play(
        {B: 0.01}, worlds=2000, forced=((50.0, kernel.RECOGNISE, 0, 0),), bloc=bloc,
        weight={(SECESSION, kernel.BLOC): np.log(3.0)},
    )  # fmt: skip
    before = times(plain, kernel.RECOGNISE, 1)
    after = np.sort(changed[changed[:, 2] == 1], axis=0)[:, 0]
    expected = np.sort(np.where(before <= 50, before, 50 + (before - 50) / 3))
    np.testing.assert_allclose(after, expected, rtol=1e-12)
