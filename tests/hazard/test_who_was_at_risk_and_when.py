"""Who could have acted on which day, and what stood then: toy histories played by the calendar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sim import kernel
from sim.hazard import sampling
from sim.hazard.learn import learn
from sim.history.corpus import Corpus

Play = Callable[..., Any]

# -- one day --------------------------------------------------------------------------------------

JOINTLY = [
    "X1,2000-06-01,day,CCC,recognise,ENT,north,",
    "X2,2000-06-01,day,AAA,recognise,ENT,north,",
    "X3,2000-06-01,day,BBB,recognise,ENT,north,",
    "X4,2000-06-01,day,PAR,sever_relations,CCC,north,X1",
    "X5,2000-06-01,day,PAR,condemn,AAA,north,X2",
]
TIES = [
    *(f"membership,{c},CLUB,member,1995-01-01,,toy" for c in ("AAA", "BBB", "CCC", "PRT")),
    "alliance,AAA,CCC,defense,1995-01-01,,toy",
]
ORDERS = [(0, 1, 2, 3, 4), (2, 1, 0, 3, 4), (1, 2, 0, 4, 3), (4, 3, 2, 1, 0)]


def exposure(play: Play, order: tuple[int, ...]) -> pd.DataFrame:
    """Days at risk and events by all else that a row of exposure says."""
    rows = play([JOINTLY[i] for i in order], ties=TIES).history.exposure
    table = pd.DataFrame(rows.round(9) + 0.0)  # shares are sums
    return table.groupby([c for c in table.columns if c not in (4, 5)]).sum()


@pytest.mark.parametrize("order", ORDERS[1:])
def test_the_order_of_rows_within_a_day_leaves_the_exposure(
    play: Play, order: tuple[int, ...]
) -> None:
    pd.testing.assert_frame_equal(exposure(play, order), exposure(play, ORDERS[0]))


def test_all_who_recognise_on_one_day_do_so_in_the_state_of_that_morning(play: Play) -> None:
    played = play(JOINTLY, ties=TIES)
    for code in ("AAA", "BBB", "CCC"):
        (event,) = played.events(code, "recognise", "ENT")
        assert (event.z[: kernel.COUNT + 1] == 0).all(), "nobody had recognised yet"
        assert event.end == date(2000, 6, 1)
        rows = played.history.exposure
        phase = rows[(rows[:, 0] == played.channel(code, "recognise", "ENT", "north"))][:, 2]
        assert (phase == 0).all(), "the patron's recognition came no earlier than theirs"
    after = [s for s in played.spells("PRT", "recognise", "ENT") if s.end > date(2000, 6, 1)]
    assert after[-1].z[kernel.COUNT] == pytest.approx(np.log(4))


def test_the_order_of_rows_within_a_day_leaves_the_fit(
    toy_corpus: Callable[..., Corpus], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "BUDGET", 1)

    def mode(order: tuple[int, ...]) -> np.ndarray:
        corpus = toy_corpus([JOINTLY[i] for i in order], ties=TIES)
        return learn(corpus, date(2004, 12, 31), draws=20).mode

    np.testing.assert_allclose(mode(ORDERS[1]), mode(ORDERS[0]), atol=1e-6)


def test_an_answer_of_the_same_day_comes_after_what_it_answers(play: Play) -> None:
    (answer,) = play(JOINTLY).events("PAR", "sever_relations", "CCC")
    assert answer.days == 0.5
    assert answer.piece == 0


# -- newborn states -------------------------------------------------------------------------------


def test_a_newborn_state_is_newborn_from_its_first_day(play: Play) -> None:
    new = "NEW,NEW,state,,,,,2002-05-20,,,toy,verified"
    played = play(["X1,2002-08-01,day,NEW,recognise,ENT,north,"], actors=[new])
    spells = played.spells("NEW", "recognise", "ENT")
    channel = played.channel("NEW", "recognise", "ENT", "north")
    told = [played.fixed(s, channel, "recognise/x/newborn") for s in spells]
    assert told == [1.0] * len(spells)
    days = (date(2002, 8, 1) - date(2002, 5, 20)).days
    assert sum(s.days for s in spells) == pytest.approx(days + 0.25)
    assert spells[-1].events == 1
    old = played.spells("AAA", "recognise", "ENT")
    channel = played.channel("AAA", "recognise", "ENT", "north")
    assert {played.fixed(s, channel, "recognise/x/newborn") for s in old} == {0.0}


def test_a_newborn_state_has_fellow_members_from_its_first_day(play: Play) -> None:
    new = "NEW,NEW,state,,,,,2002-05-20,,,toy,verified"
    ties = [f"membership,{c},CLUB,member,1995-01-01,,toy" for c in ("AAA", "NEW")]
    rows = ["X0,2001-01-01,day,AAA,recognise,ENT,north,"]
    spells = play(rows, actors=[new], ties=ties).spells("NEW", "recognise", "ENT")
    assert {s.z[kernel.BLOC] for s in spells} == {1.0}


# -- rival governments ----------------------------------------------------------------------------

HELD = "X0,2000-03-01,day,AAA,recognise,TWO,twins,"


@pytest.mark.parametrize("completed", ["2001-03-03", "2001-03-31"])
def test_a_switch_in_two_steps_counts_once_on_the_first_day_while_the_rival_is_held(
    play: Play, completed: str
) -> None:
    played = play(
        [
            HELD,
            "X1,2001-03-01,day,AAA,withdraw_recognition,TWO,twins,",
            f"X2,{completed},day,AAA,establish_relations,ONE,twins,",
        ],
        ["twins"],
    )
    (turn,) = played.events("AAA", "recognise", "ONE", "twins")
    assert turn.end == date(2001, 3, 1)
    assert turn.z[kernel.RIVAL] == 1
    assert played.history.event_ids == ["X0", "X2"]
    assert played.recognises("AAA", "ONE")
    assert not played.recognises("AAA", "TWO")


def test_a_step_beyond_thirty_days_is_an_act_of_its_own(play: Play) -> None:
    played = play(
        [
            HELD,
            "X1,2001-03-01,day,AAA,withdraw_recognition,TWO,twins,",
            "X2,2001-04-01,day,AAA,establish_relations,ONE,twins,",
        ],
        ["twins"],
    )
    (turn,) = played.events("AAA", "recognise", "ONE", "twins")
    assert turn.end == date(2001, 4, 1)
    assert turn.z[kernel.RIVAL] == 0


BRIEFLY = [
    "X0,2000-03-01,day,AAA,recognise,ONE,twins,",
    "X1,2002-01-10,day,AAA,establish_relations,TWO,twins,",
    "X3,2002-03-20,day,AAA,withdraw_recognition,TWO,twins,",
]


def test_who_leaves_the_rival_again_recognises_the_first_whose_relations_were_never_cut(
    play: Play,
) -> None:
    played = play(BRIEFLY, ["twins"])
    assert played.recognises("AAA", "ONE")
    assert not played.recognises("AAA", "TWO")
    assert played.level("ONE", "AAA", "twins") == kernel.AMBASSADOR
    early = [s.end for s in played.spells("AAA", "recognise", "ONE", "twins")]
    assert max(early) == date(2002, 3, 20), "at risk only while it recognised the rival"


def test_who_leaves_the_rival_again_recognises_neither_where_the_first_had_cut(play: Play) -> None:
    cut = "X2,2002-01-12,day,ONE,sever_relations,AAA,twins,X1"
    played = play([*BRIEFLY, cut], ["twins"])
    assert not played.recognises("AAA", "ONE")
    assert not played.recognises("AAA", "TWO")
    assert played.level("ONE", "AAA", "twins") == kernel.NONE


def test_the_incumbent_is_recognised_by_all_states_at_the_opening(play: Play) -> None:
    late = "NEW,NEW,state,,,,,2002-05-20,,,toy,verified"
    club = "ORG,ORG,organisation,,,,,1990-01-01,,,toy,verified"
    played = play(["X1,2001-06-01,day,AAA,recognise,TWO,twins,"], ["seated"], [late, club])
    for code in ("BBB", "CCC", "PAR"):
        assert played.recognises(code, "ONE"), code
        assert {s.z[kernel.RIVAL] for s in played.spells(code, "recognise", "TWO", "twins")} == {1}
        assert not played.spells(code, "recognise", "ONE", "twins")
    for code in ("NEW", "ORG"):
        assert not played.recognises(code, "ONE"), code
    assert {s.z[kernel.RIVAL] for s in played.spells("NEW", "recognise", "TWO", "twins")} == {0}


def test_a_recognition_of_the_rival_takes_the_incumbents_away(play: Play) -> None:
    played = play(["X1,2001-06-01,day,AAA,recognise,TWO,twins,"], ["seated"])
    (turn,) = played.events("AAA", "recognise", "TWO", "twins")
    assert turn.z[kernel.RIVAL] == 1
    assert not played.recognises("AAA", "ONE")
    again = played.spells("AAA", "recognise", "ONE", "twins")
    assert {s.z[kernel.RIVAL] for s in again} == {1}, "at risk of turning back"
    assert played.days("ONE", "sever_relations", "AAA", "twins") > 0, "and an answer is due"


def test_without_an_incumbent_recognitions_are_listed(play: Play) -> None:
    played = play([], ["twins"])
    assert not played.recognises("BBB", "ONE")
    assert {s.z[kernel.RIVAL] for s in played.spells("BBB", "recognise", "TWO", "twins")} == {0}


# -- relations ------------------------------------------------------------------------------------

RECOGNITION = "X1,2001-02-01,day,AAA,recognise,ENT,north,"
CUTS = {
    "by the other side": "X2,2001-06-01,day,AAA,sever_relations,PAR,none,",
    "by the responder over another dispute": "X2,2001-06-01,day,PAR,sever_relations,AAA,south,",
    "by the responder over no dispute": "X2,2001-06-01,day,PAR,sever_relations,AAA,none,",
}


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS.keys())
def test_relations_end_whoever_breaks_them(play: Play, cut: str) -> None:
    played = play([RECOGNITION, cut], ["north", "south"])
    assert played.level("PAR", "AAA") == kernel.NONE
    for kind in ("condemn", "recall_ambassador", "sever_relations"):
        assert {s.end for s in played.spells("PAR", kind, "AAA") if s.days} <= {
            date(2001, 2, 2), date(2001, 2, 5), date(2001, 2, 16), date(2001, 4, 2),
            date(2001, 6, 1),
        }, "nothing is left to cut"  # fmt: skip
        assert played.days("PAR", kind, "AAA") == pytest.approx(120, abs=1)
    assert not played.events("PAR", "sever_relations", "AAA"), "it answered nothing"


@pytest.mark.parametrize("kind", ["restore_relations"])
@pytest.mark.parametrize("sides", ["AAA,{},PAR", "PAR,{},AAA"])
def test_relations_resume_when_they_are_restored(play: Play, kind: str, sides: str) -> None:
    rows = [
        "X1,2001-06-01,day,AAA,sever_relations,PAR,none,",
        f"X2,2002-01-01,day,{sides.format(kind)},none,",
        "X3,2003-01-01,day,AAA,recognise,ENT,north,",
    ]
    played = play(rows)
    assert played.level("PAR", "AAA") == kernel.AMBASSADOR
    assert played.days("PAR", "sever_relations", "AAA") == pytest.approx(730, abs=1)


def test_where_relations_were_not_restored_no_answer_is_at_risk(play: Play) -> None:
    rows = [
        "X1,2001-06-01,day,AAA,sever_relations,PAR,none,",
        "X3,2003-01-01,day,AAA,recognise,ENT,north,",
    ]
    assert play(rows).days("PAR", "sever_relations", "AAA") == 0


def test_a_stated_tie_that_ends_leaves_the_usual_relations(play: Play) -> None:
    ties = ["relations,AAA,PAR,none,2001-01-01,2002-12-31,toy"]
    for day, level in (
        (date(2002, 12, 31), kernel.NONE),
        (date(2003, 1, 1), kernel.AMBASSADOR),
    ):
        assert play(ties=ties, day=day).level("PAR", "AAA") == level


@pytest.mark.parametrize("recognised", [False, True])
def test_a_contested_responder_keeps_stated_relations_only_with_its_recognisers(
    play: Play, recognised: bool
) -> None:
    ties = ["relations,AAA,TWO,ambassador,2000-02-01,2002-12-31,toy"]
    rows = ["X1,2000-05-01,day,AAA,recognise,TWO,twins,"] if recognised else []
    during = play(rows, ["twins"], ties=ties, day=date(2002, 12, 31))
    assert during.level("TWO", "AAA", "twins") == kernel.AMBASSADOR
    after = play(rows, ["twins"], ties=ties, day=date(2003, 1, 1))
    assert after.level("TWO", "AAA", "twins") == (kernel.AMBASSADOR if recognised else kernel.NONE)
