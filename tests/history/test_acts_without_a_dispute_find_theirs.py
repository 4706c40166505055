"""An act that names no dispute belongs to the one it touches most closely, if that is one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sim.history.corpus import Corpus

# PAR is the parent of ENT and a patron in the south; PAT is a patron in both.
NORTH = "north,North,secession,ENT,PAR,PAT,,2000-01-01,,toy"
SOUTH = "south,South,secession,TWO,ONE,PAT+PAR,,2000-01-01,,toy"
GULF = "gulf,Gulf,boycott,OUT,AAA,BBB,,2000-01-01,,toy"
BREAK = "break,Break,rupture,PAR,,,,2000-01-01,,toy"
ALL = [NORTH, SOUTH, GULF]


@pytest.fixture
def resolved(toy: Callable[..., Corpus]) -> Callable[..., str]:
    """Tell the dispute that an act ends up in: ``resolved("AAA", "condemn", "PAR")``."""
    n = iter(range(100))

    def told(
        sender: str,
        kind: str,
        receiver: str,
        disputes: list[str] = ALL,
        given: str = "",
        when: str = "2001-01-01,day",
    ) -> str:
        name = f"X{next(n)}"
        (found,) = toy(disputes, [f"{name},{when},{sender},{kind},{receiver},{given},"]).events[
            "dispute"
        ]
        return str(found)

    return told


Resolved = Callable[..., str]


@pytest.mark.parametrize("kind", ["recognise", "establish_relations", "treaty"])
def test_a_recognition_belongs_where_its_receiver_is_contested(
    resolved: Resolved, kind: str
) -> None:
    assert resolved("CCC", kind, "ENT") == "north"
    assert resolved("PAR", kind, "TWO") == "south", "though PAR is a parent in the north"
    assert resolved("AAA", kind, "ENT") == "north", "though AAA leads a boycott"
    west = "west,West,secession,TWO,BBB,ENT,,2000-01-01,,toy"
    assert resolved("BBB", kind, "ENT", [NORTH, west]) == "north", "though both stand in the west"


def test_an_act_of_two_that_both_stand_in_a_dispute_belongs_there(resolved: Resolved) -> None:
    assert resolved("PAR", "condemn", "ENT") == "north"
    assert resolved("ONE", "recall_ambassador", "PAR") == "south", "PAR is a patron there"
    assert resolved("PAT", "sanction", "ONE") == "south"


def test_a_party_goes_before_a_patron(resolved: Resolved) -> None:
    """PAR is the parent in the north and only a patron in the south; CCC stands in neither."""
    assert resolved("PAR", "sever_relations", "CCC") == "north"
    assert resolved("CCC", "condemn", "PAR") == "north"
    assert resolved("PAT", "condemn", "CCC") == "", "a patron alone makes no act a dispute's"


def test_ruptures_and_boycotts_come_last(resolved: Resolved) -> None:
    assert resolved("CCC", "sever_relations", "PAR", [NORTH, BREAK]) == "north"
    assert resolved("CCC", "sever_relations", "PAR", [BREAK]) == "break"
    assert resolved("CCC", "sever_relations", "OUT") == "gulf"
    assert resolved("AAA", "sever_relations", "OUT") == "gulf"
    assert resolved("OUT", "expel_diplomats", "AAA") == "gulf", "both are touched"


def test_only_the_receiver_is_shunned(resolved: Resolved) -> None:
    assert resolved("OUT", "sever_relations", "CCC") == ""
    assert resolved("CCC", "sever_relations", "AAA") == "", "who boycotts is not shunned"


def test_where_two_are_as_close_the_act_stands_for_the_dyad(resolved: Resolved) -> None:
    assert resolved("PAR", "sever_relations", "PAT") == "", (
        "they meet in the north and in the south"
    )
    assert resolved("CCC", "sever_relations", "OUT", [GULF, GULF.replace("gulf", "gulf2")]) == ""
    assert resolved("CCC", "condemn", "DDD") == ""


def test_none_stays_none(resolved: Resolved) -> None:
    assert resolved("PAR", "sever_relations", "ENT", given="none") == "none"
    assert resolved("CCC", "recognise", "ENT", given="none") == "none"


def test_what_is_given_is_kept(resolved: Resolved) -> None:
    assert resolved("PAR", "sever_relations", "ENT", given="south") == "south"


def test_a_dispute_counts_while_it_is_open_on_any_day_of_the_date(resolved: Resolved) -> None:
    closed = NORTH.replace("2000-01-01,,", "2000-06-15,2001-06-15,")
    for when, found in (
        ("2000-06-14,day", ""),
        ("2000-06-15,day", "north"),
        ("2000-06-01,month", "north"),
        ("2000-05-01,month", ""),
        ("2001-06-15,day", "north"),
        ("2001-06-16,day", ""),
        ("2001-06-01,month", "north"),
        ("2001-01-01,year", "north"),
        ("2002-01-01,year", ""),
    ):
        assert resolved("CCC", "condemn", "PAR", [closed], when=when) == found, when
