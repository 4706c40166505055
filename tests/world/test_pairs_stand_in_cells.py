"""Every pair of actors on a day: what is possible agrees with `Standing`, and all pairs are counted."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from sim.hazard.dyads import CELLS, FEATURES, NAMES, Dyads, bands_of
from sim.history.corpus import Corpus, load_corpus
from sim.world.ground import Standings
from sim.world.standing import Standing

DAY = date(2008, 3, 10)
ACT = ("placed", "sender", "kind", "receiver")


@pytest.fixture(scope="module")
def known() -> Corpus:
    return load_corpus().as_of(DAY)


@pytest.fixture(scope="module")
def dyads(known: Corpus) -> Dyads:
    """Replay history up to a day in a wave of recognitions and recalls."""
    found = Dyads(known, Standings(known, DAY))
    for at, sender, kind, receiver in zip(*(known.events[c] for c in ACT), strict=True):
        found.move(at.toordinal())
        found.apply(sender, kind, receiver)
    found.move(DAY.toordinal())
    return found


def test_what_is_possible_agrees_with_how_two_actors_stand(known: Corpus, dyads: Dyads) -> None:
    standing, codes = Standing(known, DAY), known.actors.codes
    sever, withdraw = dyads.ground.possible("sever"), dyads.ground.possible("withdraw")
    back = dyads.ground.possible("return")
    for i, one in enumerate(codes):
        for j, other in enumerate(codes):
            if i != j:
                assert sever[i, j] == standing.has_relations(one, other), (one, other)
                assert withdraw[i, j] == standing.recognises(one, other), (one, other)
                assert back[i, j] == standing.has_recalled(one, other), (one, other)


@pytest.mark.parametrize("family", NAMES)
def test_classes_count_what_one_by_one_would(dyads: Dyads, family: str) -> None:
    alive = np.flatnonzero(dyads.alive())
    cells = dyads.cells(family, alive[:, None], alive)
    each = cells[~np.eye(len(alive), dtype=bool)]
    found, pairs = dyads.tally(family)
    assert np.array_equal(
        np.bincount(found, pairs, CELLS), np.bincount(each, minlength=CELLS).astype(float)
    )


def bands(dyads: Dyads, family: str, sender: str, receiver: str) -> dict[str, int]:
    row = dyads.known.actors.row
    cells = dyads.cells(family, np.array([row(sender)]), np.array([row(receiver)]))
    return dict(zip(FEATURES, bands_of(cells)[0].tolist(), strict=True))


def test_a_pair_stands_where_history_put_it(dyads: Dyads) -> None:
    """Colombia's raid of 1 March: Ecuador and Venezuela broke on the 3rd, Nicaragua on the 6th."""
    joining = bands(dyads, "sever", "BOL", "COL")
    assert joining["wave"] == joining["storm"] == 0, "not ten days ago"
    assert joining["receiver hostile"] == joining["sender hostile"] == 5, "never"
    assert joining["drawn"] == 1, "its neighbours or allies did"
    assert joining["possible"] == 1
    broken = bands(dyads, "sever", "NIC", "COL")
    assert (broken["sender hostile"], broken["receiver hostile"]) == (0, 5)
    quiet = bands(dyads, "sever", "BOL", "NZL")
    assert quiet["storm"] == 5
    assert quiet["drawn"] == 0


def test_time_makes_a_wave_old(known: Corpus) -> None:
    dyads = Dyads(known, Standings(known, DAY))
    dyads.move(DAY.toordinal())
    dyads.apply("ECU", "sever_relations", "COL")
    seen = []
    for later in (0, 10, 11, 181, 1096, 3651):
        dyads.move(DAY.toordinal() + later)
        seen.append(bands(dyads, "sever", "BOL", "COL")["wave"])
    assert seen == [0, 0, 1, 3, 4, 5]
