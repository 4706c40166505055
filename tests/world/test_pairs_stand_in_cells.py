"""Every pair of actors on a day: what is possible agrees with `Standing`, and all pairs are counted."""

from __future__ import annotations

from dataclasses import replace
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


Acted = tuple[str, str, str]
LEFT: list[tuple[list[Acted], tuple[int, int]]] = [
    ([("BOL", "sever_relations", "NZL")], (0, 2)),
    ([("BOL", "sever_relations", "NZL"), ("NZL", "sever_relations", "BOL")], (0, 0)),
    ([("NZL", "sever_relations", "BOL"), ("BOL", "restore_relations", "NZL")], (1, 1)),
    ([("BOL", "sever_relations", "NZL"), ("NZL", "open_embassy", "BOL")], (1, 1)),
]
AWAY: list[tuple[list[Acted], tuple[int, int]]] = [
    ([("BOL", "recall_ambassador", "NZL")], (1, 0)),
    ([("BOL", "downgrade_relations", "NZL")], (2, 0)),
    ([("BOL", "downgrade_relations", "NZL"), ("BOL", "recall_ambassador", "NZL")], (1, 0)),
    ([("BOL", "downgrade_relations", "NZL"), ("BOL", "return_ambassador", "NZL")], (0, 0)),
    ([("BOL", "downgrade_relations", "NZL"), ("NZL", "return_ambassador", "BOL")], (2, 0)),
    ([("BOL", "downgrade_relations", "NZL"), ("NZL", "sever_relations", "BOL")], (0, 0)),
    ([("BOL", "recall_ambassador", "NZL"), ("NZL", "restore_relations", "BOL")], (0, 0)),
    ([("BOL", "downgrade_relations", "AU")], (0, 0)),
]


@pytest.mark.parametrize(
    ("family", "acts", "found"),
    [*(("sever", *case) for case in LEFT), *(("return", *case) for case in AWAY)],
)
def test_what_is_possible_follows_from_what_was_done(
    known: Corpus, family: str, acts: list[Acted], found: tuple[int, int]
) -> None:
    """Each way between the two that acted: 0 not at all, 1 as usual, 2 otherwise."""
    ground = Standings(known, DAY)
    for act in acts:
        ground.apply(*act)
    i, j = (known.actors.row(code) for code in (acts[0][0], acts[0][2]))
    possible = ground.possible(family)
    assert (possible[i, j], possible[j, i]) == found


def test_whom_a_recogniser_leaves_was_left(known: Corpus) -> None:
    """Relations that rest on nothing but the recognition end with it."""
    standing = Standing(replace(known, events=known.events.iloc[:0]), DAY)
    standing.apply("NRU", "recognise", "XKX")
    standing.apply("NRU", "withdraw_recognition", "XKX")
    assert standing.was_left("XKX", "NRU")
    assert not standing.was_left("NRU", "XKX")
    standing.apply("NRU", "recognise", "XKX")
    assert not standing.was_left("XKX", "NRU")


def test_what_is_possible_is_not_objected_to(known: Corpus) -> None:
    standing = Standing(known, DAY)
    standing.apply("BOL", "sever_relations", "NZL")
    assert standing.objection("NZL", "sever_relations", "BOL") is None
    assert standing.objection("BOL", "sever_relations", "NZL") is not None
    assert standing.objection("NZL", "return_ambassador", "BOL") is not None
    standing.apply("BOL", "restore_relations", "NZL")
    standing.apply("BOL", "downgrade_relations", "NZL")
    assert standing.objection("BOL", "return_ambassador", "NZL") is None


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
