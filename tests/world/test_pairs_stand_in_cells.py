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
                related, left = standing.has_relations(one, other), standing.was_left(one, other)
                recalled = standing.has_recalled(one, other)
                lowered = standing.has_no_ambassador(one, other) and not recalled
                assert sever[i, j] == (1 if related else 2 * left), (one, other)
                assert withdraw[i, j] == standing.recognises(one, other), (one, other)
                assert back[i, j] == (1 if recalled else 2 * lowered), (one, other)
    assert set(np.unique(sever)) == set(np.unique(back)) == {0, 1, 2}


def test_who_was_left_may_still_break_and_who_lowered_relations_may_mend_them(
    known: Corpus,
) -> None:
    ground = Standings(known, DAY)

    def possible(family: str, sender: str, receiver: str) -> int:
        row = known.actors.row
        return int(ground.possible(family)[row(sender), row(receiver)])

    ground.apply("BOL", "sever_relations", "NZL")
    assert (possible("sever", "BOL", "NZL"), possible("sever", "NZL", "BOL")) == (0, 2)
    assert possible("lower", "NZL", "BOL") == 0
    ground.apply("NZL", "sever_relations", "BOL")
    assert possible("sever", "NZL", "BOL") == 0
    ground.apply("NZL", "restore_relations", "BOL")
    assert (possible("sever", "BOL", "NZL"), possible("sever", "NZL", "BOL")) == (1, 1)
    ground.apply("BOL", "downgrade_relations", "NZL")
    assert (possible("return", "BOL", "NZL"), possible("return", "NZL", "BOL")) == (2, 0)
    ground.apply("BOL", "recall_ambassador", "NZL")
    assert possible("return", "BOL", "NZL") == 1
    ground.apply("BOL", "return_ambassador", "NZL")
    assert possible("return", "BOL", "NZL") == 0


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
