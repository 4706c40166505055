"""One law: a watched world is that row of the ensemble, and how worlds are shared out changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from typing import Any

import numpy as np
import pytest

from sim.world import ensemble as ensembles
from sim.world.assemble import Assembly
from sim.world.ensemble import Ensemble, run_ensemble
from sim.world.model import World

WATCHED = 100


class Backwards(Executor):
    """Plays the shards last first."""

    def map(self, fn: Any, *iterables: Any, **_: Any) -> Iterator[Any]:
        work = list(zip(*iterables, strict=True))
        return iter([fn(*args) for args in reversed(work)][::-1])


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ensembles, "SHARD", 170)


@pytest.fixture(scope="module")
def thousand(syria: Assembly) -> bytes:
    return run_ensemble(syria, worlds=1000).log.tobytes()


def test_a_hundred_watched_worlds(syria: Assembly, ensemble: Ensemble) -> None:
    played = 0
    for v in range(WATCHED):
        world = World(syria, world=v)
        world.run()
        rows = ensemble.log[ensemble.log[:, 4] == v]
        assert world.log.tobytes() == rows.tobytes(), v
        played += len(rows)
    assert played > WATCHED * len(syria.forced)  # some had more to tell than what was imposed


def test_more_worlds_than_draws(syria: Assembly) -> None:
    """Worlds beyond the last draw come back to the first, with luck of their own."""
    few = replace(syria, fixed=syria.fixed[:3], weight=syria.weight[:3], pace=syria.pace[:3])
    log = run_ensemble(few, worlds=40).log
    for v in range(40):
        world = World(few, world=v)
        world.run()
        assert world.log.tobytes() == log[log[:, 4] == v].tobytes(), v
    times = [tuple(log[log[:, 4] == v, 0]) for v in range(40)]
    assert len(set(times)) > 10


def test_a_watched_world_tells_the_same_events(syria: Assembly, ensemble: Ensemble) -> None:
    counts = np.bincount(ensemble.log[:, 4].astype(int))
    v = int(counts.argmax())
    world = World(syria, world=v)
    world.run()
    expected = ensemble.events[ensemble.events["world"] == v].reset_index(drop=True)
    assert world.events.to_dict("list") == expected.to_dict("list")


def test_the_same_seed_gives_the_same_bytes(syria: Assembly, thousand: bytes) -> None:
    assert run_ensemble(syria, worlds=1000).log.tobytes() == thousand
    assert run_ensemble(syria, worlds=1000, seed=syria.scenario.seed).log.tobytes() == thousand
    assert run_ensemble(syria, worlds=1000, seed=syria.scenario.seed + 1).log.tobytes() != thousand


@pytest.mark.usefixtures("small_shards")
@pytest.mark.parametrize("threads", [1, 2])
def test_any_number_of_threads(syria: Assembly, thousand: bytes, threads: int) -> None:
    with ThreadPoolExecutor(threads) as pool:
        assert run_ensemble(syria, worlds=1000, executor=pool).log.tobytes() == thousand


@pytest.mark.slow
@pytest.mark.usefixtures("small_shards")
def test_two_processes(syria: Assembly, thousand: bytes) -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        assert run_ensemble(syria, worlds=1000, executor=pool).log.tobytes() == thousand


@pytest.mark.usefixtures("small_shards")
def test_any_order_of_shards(syria: Assembly, thousand: bytes) -> None:
    assert run_ensemble(syria, worlds=1000, executor=Backwards()).log.tobytes() == thousand


def test_a_log_that_outgrows_its_room(
    syria: Assembly, thousand: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ensembles, "ROWS_A_WORLD", 1)
    assert run_ensemble(syria, worlds=1000).log.tobytes() == thousand


def test_fewer_worlds_are_the_first_of_more(syria: Assembly, thousand: bytes) -> None:
    fewer = run_ensemble(syria, worlds=500).log
    more = np.frombuffer(thousand).reshape(-1, 6)
    assert fewer.tobytes() == more[more[:, 4] < 500].tobytes()


def test_running_leaves_the_assembly_as_it_was(syria: Assembly) -> None:
    before = {name: value.tobytes() for name, value in syria.template._asdict().items()}
    run_ensemble(syria, worlds=20)
    World(syria, world=3).run()
    assert {name: value.tobytes() for name, value in syria.template._asdict().items()} == before
