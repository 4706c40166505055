"""Where silence means that nothing was done, and where it means nothing: toy records."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from sim.history.precedents import WINDOW_DAYS

Play = Callable[..., Any]

TRIGGER = "X1,2000-03-01,day,AAA,recognise,ENT,north,"
OTHER = "X2,2000-03-01,day,BBB,recognise,ENT,north,"


def window(process: str, kind: str, last: str = "", sender: str = "", pairs: str = "all") -> str:
    return f"north,{process},{kind},{sender},2000-01-01,{last},Toy.,toy,verified,{pairs}"


# -- kinds of acts --------------------------------------------------------------------------------


@pytest.mark.parametrize("short", ["recall_ambassador", "expel_diplomats"])
def test_a_rung_is_covered_only_while_each_recorded_kind_of_it_is(play: Play, short: str) -> None:
    longer = {"recall_ambassador", "expel_diplomats"} - {short}
    coverage = [window("respond", short, "2001-06-30"), window("respond", *longer)]
    spells = play([TRIGGER], coverage=coverage).spells("PAR", "recall_ambassador", "AAA")
    assert sum(s.days for s in spells) == pytest.approx(
        (date(2001, 7, 1) - date(2000, 3, 1)).days, abs=1
    )
    assert max(s.end for s in spells) == date(2001, 7, 1)


def test_a_kind_that_no_window_speaks_of_does_not_close_its_rung(play: Play) -> None:
    played = play([TRIGGER], coverage=[window("respond", "recall_ambassador")])
    days = (date(2005, 1, 1) - date(2000, 3, 1)).days
    assert played.days("PAR", "recall_ambassador", "AAA") == pytest.approx(days, abs=1)
    for kind in ("condemn", "downgrade_relations", "sever_relations"):
        assert not played.spells("PAR", kind, "AAA"), kind


def test_a_kind_with_two_windows_is_covered_in_either(play: Play) -> None:
    early = window("respond", "sever_relations", "2000-12-31")
    late = early.replace("2000-01-01,2000-12-31", "2002-01-01,2002-12-31")
    played = play([TRIGGER], coverage=[early, late])
    assert played.days("PAR", "sever_relations", "AAA") == pytest.approx(306 + 365, abs=1)


def test_a_record_of_withdrawals_is_none_of_recognitions(play: Play) -> None:
    assert not play([TRIGGER], coverage=[window("recognise", "withdraw_recognition")]).spells(
        "BBB", "recognise", "ENT"
    )
    both = [
        window("recognise", "recognise"),
        window("recognise", "withdraw_recognition", "2001-06-30"),
    ]
    spells = play([TRIGGER], coverage=both).spells("BBB", "recognise", "ENT")
    assert max(s.end for s in spells) == date(2004, 12, 31) + timedelta(days=1)


def test_a_window_with_senders_speaks_of_them_only(play: Play) -> None:
    played = play([TRIGGER], coverage=[window("respond", "sever_relations", sender="BBB+PRT")])
    assert not played.spells("PAR", "sever_relations", "AAA")
    played = play([TRIGGER], coverage=[window("respond", "sever_relations", sender="PAR+PRT")])
    assert played.spells("PAR", "sever_relations", "AAA")


# -- coded pairs ----------------------------------------------------------------------------------

DENIED = "N1,2000-03-02,day,PAR,sever_relations,AAA,north,X1,did_not_sever,toy,verified,"
SEVERED = "X3,2000-03-05,day,PAR,sever_relations,AAA,north,X1"


@pytest.mark.parametrize(
    ("events", "nonevents"), [([SEVERED], []), ([], [DENIED])], ids=["an act", "a non-event"]
)
def test_a_record_of_coded_pairs_exposes_only_those_with_an_act_or_a_non_event(
    play: Play, events: list[str], nonevents: list[str]
) -> None:
    played = play(
        [TRIGGER, OTHER, *events],
        coverage=[window("respond", "sever_relations", pairs="coded")],
        nonevents=nonevents,
    )
    assert played.spells("PAR", "sever_relations", "AAA")
    assert not played.spells("PAR", "sever_relations", "BBB"), "no source says a word of it"
    assert len(played.events("PAR", "sever_relations", "AAA")) == len(events)


def test_an_act_on_another_rung_or_in_another_dispute_codes_no_pair(play: Play) -> None:
    rows = [
        "X3,2000-03-05,day,PAR,condemn,AAA,north,X1",
        "X4,2000-03-05,day,PAR,sever_relations,BBB,south,",
    ]
    played = play(
        [TRIGGER, OTHER, *rows],
        ["north", "south"],
        coverage=[window("respond", "sever_relations", pairs="coded")],
    )
    assert not played.spells("PAR", "sever_relations", "AAA")
    assert not played.spells("PAR", "sever_relations", "BBB")


# -- what was impossible, or is not known ---------------------------------------------------------

AGAIN = [
    "X1,2000-03-01,day,AAA,recognise,ENT,north,",
    "X5,2003-01-01,day,AAA,withdraw_recognition,ENT,north,",
    "X6,2003-06-01,day,AAA,recognise,ENT,north,",
]
END = date(2000, 3, 1) + timedelta(days=WINDOW_DAYS)


def said(reason: str, trigger: str = "X1", placed: str = "2000-03-20") -> str:
    return f"N1,{placed},day,PAR,recall_ambassador,AAA,north,{trigger},{reason},toy,verified,"


@pytest.mark.parametrize("reason", ["no_relations_to_cut", "not_known"])
def test_what_was_impossible_or_is_not_known_holds_for_its_window_only(
    play: Play, reason: str
) -> None:
    played = play(AGAIN, nonevents=[said(reason)])
    recalls = played.spells("PAR", "recall_ambassador", "AAA")
    assert min(s.end - timedelta(days=s.days) for s in recalls) >= END
    by_hand = (date(2003, 1, 1) - END).days + (date(2005, 1, 1) - date(2003, 6, 1)).days
    assert sum(s.days for s in recalls) == pytest.approx(by_hand, abs=1)
    assert played.days("PAR", "sever_relations", "AAA") > 1400, "the other rungs are untouched"


@pytest.mark.parametrize("reason", ["no_relations_to_cut", "not_known"])
def test_it_does_not_reach_back_before_its_trigger(play: Play, reason: str) -> None:
    played = play(AGAIN, nonevents=[said(reason, "X6", "2003-06-10")])
    recalls = played.spells("PAR", "recall_ambassador", "AAA")
    assert max(s.end for s in recalls) == date(2003, 1, 1)
    assert sum(s.days for s in recalls) == pytest.approx(1036, abs=1)


@pytest.mark.parametrize(
    ("day", "possible"),
    [(date(2000, 2, 29), 1), (date(2000, 4, 1), 0), (END - timedelta(days=1), 0), (END, 1)],
)
def test_a_simulation_can_do_again_what_was_impossible_once(
    play: Play, day: date, possible: int
) -> None:
    for reason, expected in (("no_resident_envoy", possible), ("not_known", 1)):
        played = play(AGAIN, nonevents=[said(reason)], day=day)
        k = played.channel("PAR", "recall_ambassador", "AAA", "north")
        assert played.history.possible[k] == expected
        assert played.history.possible.sum() >= len(played.history.possible) - 1


@pytest.mark.parametrize("reason", ["did_not_sever", "no_resident_envoy"])
def test_what_a_forecast_cannot_foresee_teaches_that_nothing_was_done(
    play: Play, reason: str
) -> None:
    played = play(AGAIN, nonevents=[said(reason)])
    assert played.days("PAR", "recall_ambassador", "AAA") == pytest.approx(1036 + 580, abs=2)
