"""How the hurt side answered, counted on a toy: what is not coded is not "did nothing"."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from sim.history.corpus import Corpus
from sim.history.precedents import precedents
from sim.history.statistics import OUTCOMES, by_dispute, by_kind, by_responder, totals

NORTH = "north,North,secession,ENT,PAR,PAT,,2000-01-01,,toy"
TWINS = "twins,Twins,rival_government,TWO,ONE,,,2000-01-01,,toy"
EVENTS = [
    "A,2000-02-01,day,AAA,recognise,ENT,north,",
    "A0,2000-02-02,day,PAR,sanction,AAA,north,A",
    "A1,2000-02-03,day,PAR,condemn,AAA,north,A",
    "A2,2000-02-11,day,PAR,sever_relations,AAA,north,A",
    "B,2000-03-01,day,BBB,recognise,ENT,north,",
    "B1,2000-03-01,month,PAR,recall_ambassador,BBB,north,B",
    "C,2000-04-01,day,CCC,recognise,ENT,north,",
    "D,2000-05-01,day,DDD,recognise,ENT,north,",
    "D1,2000-05-05,day,PAR,sanction,DDD,north,D",
    "P,2000-06-01,day,PAT,recognise,ENT,north,",
    "Q,2000-07-01,day,QQQ,recognise,ENT,north,",
    "O,2000-08-01,day,OUT,recognise,TWO,twins,",
    "O1,2000-08-01,day,ONE,downgrade_relations,OUT,twins,O",
]
NONEVENTS = [
    "NC,2000-04-20,day,PAR,sever_relations,CCC,north,C,did_not_sever",
    "NP,2000-06-20,day,PAR,sever_relations,PAT,north,P,no_relations_to_cut",
    "NA,2000-02-20,day,PAR,recall_ambassador,AAA,north,A,no_resident_envoy",
]


@pytest.fixture
def corpus(toy: Callable[..., Corpus]) -> Corpus:
    return toy([NORTH, TWINS], EVENTS, NONEVENTS)


def test_each_affair_ends_in_one_way(corpus: Corpus) -> None:
    table = by_responder(corpus, precedents(corpus))
    par = table.loc["PAR", "north"]
    assert par["triggers"] == 6
    assert (
        par[list(OUTCOMES)].to_dict()
        == {
            "severed": 1,  # AAA: the highest rung counts, not the first, nor what was impossible beside it
            "downgraded": 0,
            "recalled": 1,  # BBB
            "condemned": 0,
            "none": 1,  # CCC: coded as not severing
            "impossible": 1,  # PAT
            "uncoded": 2,  # QQQ: not a word; DDD: a sanction stands on no rung
        }
    )
    one = table.loc["ONE", "twins"]
    assert (one["triggers"], one["downgraded"]) == (1, 1)
    assert (table[list(OUTCOMES)].sum(axis=1) == table["triggers"]).all()
    assert table.index.tolist() == [("PAR", "north"), ("ONE", "twins")], "most triggers first"


def test_uncoded_is_not_none(toy: Callable[..., Corpus]) -> None:
    quiet = toy([NORTH], [EVENTS[0]])
    row = by_responder(quiet, precedents(quiet)).loc["PAR", "north"]
    assert (row["none"], row["uncoded"]) == (0, 1)
    assert np.isnan(row["median_days"])


def test_what_is_not_known_is_uncoded(toy: Callable[..., Corpus]) -> None:
    said = "NA,2000-02-20,day,PAR,sever_relations,AAA,north,A,not_known"
    corpus = toy([NORTH], [EVENTS[0]], [said])
    row = by_responder(corpus, precedents(corpus)).loc["PAR", "north"]
    assert (row["none"], row["uncoded"]) == (0, 1)
    assert by_dispute(corpus, precedents(corpus)).loc["north", "coded_none"] == 0


def test_days_are_those_to_the_first_act_on_the_ladder(corpus: Corpus) -> None:
    table = by_responder(corpus, precedents(corpus))
    # AAA 2 days, BBB 15 (16 March, the middle of what remains of the month); the sanction is no rung
    assert table.loc[("PAR", "north"), "median_days"] == (2 + 15) / 2
    assert table.loc[("ONE", "twins"), "median_days"] == 0


def test_disputes_are_counted(corpus: Corpus) -> None:
    table = by_dispute(corpus, precedents(corpus))
    assert table.loc["north"].to_dict() == {
        "kind": "secession", "events": 11, "recognitions": 6, "severances": 1, "non_events": 3,
        "precedents": 6, "answered": 2, "coded_none": 2,
    }  # fmt: skip
    assert table.loc["twins", ["events", "recognitions", "answered"]].tolist() == [2, 1, 1]


def test_rows_and_shares_are_counted_once_for_a_joint_act(toy: Callable[..., Corpus]) -> None:
    corpus = toy(
        [NORTH],
        [
            "A,2000-02-01,day,AAA+BBB,recognise,ENT,north,",
            "A1,2000-02-01,month,PAR,recall_ambassador,AAA+BBB,north,A",
            "Z,2000-02-05,day,CCC,sanction,DDD,none,",
        ],
    )
    corpus.events.loc[corpus.events["event_id"] == "Z", "confidence"] = "recalled"
    table = totals(corpus, precedents(corpus))
    told = table.round(6).to_dict("index")
    assert told["events"] == pytest.approx(
        {"rows": 3, "verified": 2 / 3, "day": 2 / 3, "days": 2}, abs=1e-6
    )
    assert told["responses"] == {"rows": 1, "verified": 1, "day": 0, "days": 0}
    assert told["recognitions"] == {"rows": 1, "verified": 1, "day": 1, "days": 1}
    assert told["non-events"]["rows"] == 0
    assert pd.isna(told["non-events"]["verified"])


def test_a_joint_act_in_two_disputes_counts_once_in_each(toy: Callable[..., Corpus]) -> None:
    """Its first part recognises nobody contested; all the same the act is a recognition, once."""
    rows = [
        "A,2000-02-01,day,AAA,establish_relations,BBB+ENT,north,",
        "B,2000-03-01,day,CCC,recognise,ENT+TWO,,",
    ]
    corpus = toy([NORTH, TWINS], rows)
    found = precedents(corpus)
    assert totals(corpus, found).loc["recognitions", "rows"] == 2
    table = by_dispute(corpus, found)
    assert table.loc["north", ["events", "recognitions"]].tolist() == [2, 2]
    assert table.loc["twins", ["events", "recognitions"]].tolist() == [1, 1]


def test_kinds_are_counted(corpus: Corpus) -> None:
    table = by_kind(corpus)
    assert table.loc["recognise"].to_dict() == {"rows": 7, "verified": 1, "day": 1, "days": 7}
    assert table.loc["recall_ambassador", ["rows", "day"]].tolist() == [1, 0]
    assert "treaty" not in table.index
    assert table["rows"].sum() == totals(corpus, precedents(corpus)).loc["events", "rows"]
