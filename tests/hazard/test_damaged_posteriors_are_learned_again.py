"""A posterior's file is whole or absent; one that others have damaged is unreadable, never a bug."""

from __future__ import annotations

import errno
import json
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from sim.errors import ResultError
from sim.hazard import shelf
from sim.hazard.evidence import Evidence
from sim.hazard.posterior import Posterior
from sim.history.corpus import Corpus

NAMES = ["a", "b", "c"]


def small(fingerprint: str = "f", as_of: date = date(2022, 7, 12)) -> Posterior:
    draws = np.random.default_rng(3).normal(size=(40, 3)).astype(np.float32).astype(float)
    about = {"learner": shelf.learner_version(), "slots": [0]}
    evidence = {"respond": Evidence(("UKR-SYR-2022", "SRB-USA-2008"), np.ones((2, 3)))}
    return Posterior(NAMES, draws, draws[0], np.ones(3), fingerprint, as_of, (), about, evidence)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    small().save(tmp_path / "p.npz")
    return tmp_path / "p.npz"


def test_comes_back_as_it_was_saved(path: Path) -> None:
    found, saved = Posterior.load(path), small()
    assert (found.draws == saved.draws).all()
    assert (found.names, found.as_of, found.about) == (saved.names, saved.as_of, saved.about)
    assert found.evidence["respond"].cases == saved.evidence["respond"].cases


def test_cut_anywhere_it_is_unreadable(path: Path) -> None:
    content = path.read_bytes()
    for length in range(0, len(content), 7):
        path.write_bytes(content[:length])
        with pytest.raises(ResultError, match=r"^p\.npz is not a posterior that can be read: ."):
            Posterior.load(path)


@pytest.mark.parametrize("filling", [b"\0", b"\xff"])
def test_overwritten_anywhere_it_is_unreadable_or_unharmed(path: Path, filling: bytes) -> None:
    """Some bytes of a zip file tell nothing (times, attributes): then every number is as saved."""
    content, saved, unreadable = path.read_bytes(), small(), 0
    for start in range(0, len(content) - 64, 5):
        path.write_bytes(content[:start] + filling * 64 + content[start + 64 :])
        try:
            found = Posterior.load(path)
        except ResultError:
            unreadable += 1
            continue
        assert (found.draws == saved.draws).all()
        assert (found.fingerprint, found.as_of) == (saved.fingerprint, saved.as_of)
    assert unreadable > 50


@pytest.mark.parametrize(
    "change",
    [
        {"as_of": None},
        {"as_of": "soon"},
        {"names": None},
        {"names": ["a"]},
        {"about": None},
        {"without": None},
        {"cases": None},
        {"cases": {"respond": ["one"]}},
        {"format": 0},
        None,
    ],
)
def test_a_header_that_does_not_fit_is_unreadable(
    path: Path, change: dict[str, object] | None
) -> None:
    with np.load(path) as file:
        arrays = dict(file)
    header = json.loads(str(arrays["header"]))
    for key in change or {}:
        del header[key]
        header |= {} if change is None or change[key] is None else {key: change[key]}
    arrays["header"] = np.array(json.dumps([] if change is None else header))
    np.savez_compressed(path, **arrays)
    with pytest.raises(ResultError, match="not a posterior that can be read"):
        Posterior.load(path)


@pytest.mark.parametrize("content", [b"", b"\0" * 64, b"PK\x03\x04", None])
def test_the_shelf_learns_a_damaged_one_again_and_mends_the_cache(
    shipped: Corpus, day: date, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    content: bytes | None,
) -> None:  # fmt: skip
    learned = []

    def learn(corpus: Corpus, as_of: date, **_: object) -> Posterior:
        learned.append(as_of)
        return small(corpus.as_of(as_of).fingerprint, as_of)

    monkeypatch.setattr("sim.hazard.learn.learn", learn)
    monkeypatch.setattr(shelf, "cache_folder", lambda: tmp_path)
    day = day.replace(day=11)  # not the day of what ships
    shelf.posterior_for(shipped, day)
    (kept,) = tmp_path.iterdir()
    if content is None:
        kept.unlink()
        kept.mkdir()  # not even a file
    else:
        kept.write_bytes(content)
    for _ in range(2):
        assert shelf.posterior_for(shipped, day).as_of == day
    assert learned == [day] * (3 if content is None else 2)


def test_two_that_save_at_once_are_not_in_each_others_way(path: Path) -> None:
    def save_and_load(_: int) -> int:
        small().save(path)
        return len(Posterior.load(path).draws)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(save_and_load, range(80))) == {40}
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_failing_disk_leaves_the_old_one_and_nothing_else(
    path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    before = path.read_bytes()
    monkeypatch.setattr(os, failing, fail)
    with pytest.raises(OSError, match="full"):
        small("another").save(path)
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]
