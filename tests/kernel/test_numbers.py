"""Random words, exponentials and logarithms that are the same everywhere, and one clock's arithmetic."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import kernel

ONES = 0xFFFFFFFF


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        ((0, 0, 0, 0), (0, 0), "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ((ONES,) * 4, (ONES,) * 2, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            "d16cfe09 94fdcceb 5001e420 24126ea1",
        ),
    ],
)
def test_philox_known_answers(counter: tuple[int, ...], key: tuple[int, ...], words: str) -> None:
    """The vectors that Random123 ships (Salmon et al., 2011)."""
    found = kernel.philox(*map(np.uint64, (*counter, *key)))
    assert " ".join(f"{int(word):08x}" for word in found) == words


def test_uniforms_are_uniform_and_have_names() -> None:
    draws = np.array([kernel.uniform(1, world, 12345, 0) for world in range(20_000)])
    assert 0 < draws.min() < draws.max() < 1
    assert np.abs(np.histogram(draws, 20, (0, 1))[0] - 1000).max() < 4.5 * math.sqrt(950)
    big = 2**63 + 11
    base = kernel.uniform(1, 2, np.uint64(big), 3)
    other = [(2, 2, big, 3), (1, 3, big, 3), (1, 2, big + 1, 3), (1, 2, big, 4), (1, 2, 11, 3)]
    others = {kernel.uniform(s, w, np.uint64(k), o) for s, w, k, o in other}
    others.add(kernel.uniform(1 + 2**40, 2, np.uint64(big), 3))  # the seed's high half counts
    assert len(others | {base}) == 7
    assert kernel.uniform(1, 2, np.uint64(big), 3) == base


def ulps(found: np.ndarray, right: np.ndarray) -> float:
    return float(np.max(np.abs(found - right) / np.spacing(np.abs(right))))


def test_exp_is_within_two_ulp() -> None:
    grid = np.concatenate(
        [np.linspace(-699, 699, 20_001), np.linspace(-2, 2, 20_001), 10.0 ** np.arange(-300, 0)]
    )
    found = np.array([kernel.exp(x) for x in grid])
    assert ulps(found, np.array([math.exp(x) for x in grid])) <= 2
    assert (np.diff(found[:20_001]) > 0).all()


def test_exp_at_its_ends() -> None:
    assert kernel.exp(0.0) == 1.0
    assert kernel.exp(-1000.0) == 0.0
    assert kernel.exp(1e9) == kernel.exp(700.0) == pytest.approx(math.exp(700.0), rel=1e-15)


def test_log_is_within_two_ulp() -> None:
    around_one = 1 + np.linspace(-0.5, 1, 20_001)
    grid = np.concatenate(
        [
            10.0 ** np.linspace(-307, 307, 20_001),
            around_one[around_one != 1],
            np.ldexp(1.0, range(-1000, 1000)),
        ]
    )
    grid = grid[grid != 1]
    found = np.array([kernel.log(x) for x in grid])
    assert ulps(found, np.array([math.log(x) for x in grid])) <= 2
    assert kernel.log(1.0) == 0.0


profiles = st.lists(
    st.tuples(st.floats(0.01, 400), st.floats(0.0009, 900) | st.just(0.0)), min_size=1, max_size=6
)


lates = st.tuples(st.floats(0.01, 50), st.integers(0, 6))
"""Factor of the late pieces, and the first of them."""


@settings(deadline=None, max_examples=300, derandomize=True)
@given(profiles, lates, st.floats(0, 3000), st.floats(1e-6, 1e4))
def test_waiting_inverts_the_integral(
    profile: list[tuple[float, float]], late: tuple[float, int], since: float, need: float
) -> None:
    edges = np.cumsum([0.0, *(width for width, _ in profile[1:])])
    pace = np.array([factor for _, factor in profile])
    wait = kernel.waiting(pace, edges, *late, since, need)
    if math.isinf(wait):
        assert pace[-1] == 0
        assert kernel.integral(pace, edges, *late, since, 1e12) < need * (1 + 1e-9)
    else:
        assert wait >= 0
        # the end of the wait is rounded at its own size, so the integral is at its pace there
        slack = pace.max() * max(1.0, late[0]) * 4 * np.spacing(since + wait)
        got = kernel.integral(pace, edges, *late, since, since + wait)
        assert got == pytest.approx(need, rel=1e-9, abs=slack)


@settings(deadline=None, max_examples=200, derandomize=True)
@given(profiles, lates, st.floats(0, 2000), st.floats(0, 2000), st.floats(0, 2000))
def test_the_integral_adds_up(
    profile: list[tuple[float, float]], late: tuple[float, int], a: float, b: float, c: float
) -> None:
    edges = np.cumsum([0.0, *(width for width, _ in profile[1:])])
    pace = np.array([factor for _, factor in profile])
    first, then = (
        kernel.integral(pace, edges, *late, a, a + b),
        kernel.integral(pace, edges, *late, a + b, a + b + c),
    )
    assert first + then == pytest.approx(
        kernel.integral(pace, edges, *late, a, a + b + c), rel=1e-9, abs=1e-9
    )
