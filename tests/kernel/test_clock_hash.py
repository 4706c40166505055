"""The hash behind the clocks: even, blind to its neighbours, and no two channels of the data share one.

`tests/benchmarks/clock_hash.py` draws a hundred million.
"""

from __future__ import annotations

import numpy as np
import pytest
from hash_study import avalanche, neighbours
from law_bench import holm

from sim.hazard.riskset import Layout
from sim.history.corpus import load_corpus
from sim.world.channels import channel_names
from sim.world.streams import clock_keys

LEVEL = 0.01


@pytest.fixture(scope="module")
def keys() -> np.ndarray:
    """Keys of every channel of the shipped tables, every dispute in play; a collision is refused."""
    return clock_keys(channel_names(Layout.of(load_corpus())))


def test_no_two_channels_of_the_data_collide(keys: np.ndarray) -> None:
    assert len(np.unique(keys)) == Layout.of(load_corpus()).channels > 50_000


@pytest.mark.slow
def test_draws_are_even_and_know_nothing_of_their_neighbours(keys: np.ndarray) -> None:
    assert min(holm(neighbours(keys[:200], 5000)).values()) > LEVEL


@pytest.mark.slow
def test_every_bit_in_moves_every_bit_out() -> None:
    claims, largest = avalanche(5000)
    assert min(holm(claims).values()) > LEVEL
    assert largest < 6 * 0.5 / np.sqrt(5000)


def test_a_counter_is_not_random_enough() -> None:
    """The same tests refute keys that differ in nothing: they would share their luck."""
    claims = neighbours(np.full(50, 7, np.uint64), 2000)
    assert claims["no correlation with the next channel of the data"] < 1e-9
