"""How far two coders agree, by hand on five answers and two recognitions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from sim.history.corpus import Corpus
from sim.history.second_coding import COLUMNS, NOT_FOUND, agreement, second_coding

NORTH = "north,North,secession,ENT,PAR,PAT,,2000-01-01,,toy"
EVENTS = [
    "A,2000-02-01,day,AAA,recognise,ENT,north,",
    "A1,2000-02-10,day,PAR,sever_relations,AAA,north,A",
    "B,2000-03-01,day,BBB,recognise,ENT,north,",
    "B1,2000-03-01,month,PAR,recall_ambassador,BBB,north,B",
    "C,2000-04-01,day,CCC,recognise,ENT,north,",
    "C1,2000-04-02,day,PAR,condemn,CCC,north,C",
    "D,2000-05-01,day,DDD,recognise,ENT,north,",
    "D1,2000-05-02,day,PAR,condemn,DDD,north,D",
    "Q,2000-06-01,day,QQQ,recognise,ENT,north,",
    "Q1,2000-06-02,day,PAR,condemn,QQQ,north,Q",
]
LINES = [
    "A1,sever_relations,2000-02-13,day,A,,yes,yes",  # act, three days off, trigger
    "B1,expel_diplomats,2000-02-20,day,,,yes,no",  # another act,
    "B1,recall_ambassador,2000-03-01,month,B,,yes,yes",  # and the same: month against month
    "C1,condemn,2000-04-06,day,other,,yes,yes",  # four days off, another trigger
    "D1,sanction,2000-05-02,day,D,,part,yes",  # another act on the day
    f"Q1,{NOT_FOUND},,,,,no,no",
    "A,establish_relations,2000-02-01,day,,,yes,yes",  # as good as a recognition
    "B,sanction,2001-01-01,day,,,yes,yes",
    "ZZ,condemn,2000-01-01,day,,,yes,yes",  # not an event of this corpus
]


def lines(*rows: str) -> pd.DataFrame:
    cells = [[*row.split(","), "toy", ""] for row in rows]
    table = pd.DataFrame(cells, columns=list(COLUMNS), dtype=object)
    return table.assign(line=np.arange(2, len(rows) + 2), file="toy")


@pytest.fixture
def corpus(toy: Callable[..., Corpus]) -> Corpus:
    return toy([NORTH], EVENTS)


def test_shares_and_kappa_by_hand(corpus: Corpus) -> None:
    answers = agreement(corpus, lines(*LINES)).loc["responses"]
    assert (answers["coded"], answers["not_found"]) == (5, 1)
    assert answers["act"] == 3 / 4, "A1, B1 and C1 of the four found"
    assert answers["date"] == 3 / 4, "A1, B1, D1"
    assert answers["trigger"] == 3 / 4, "A1, B1, D1"
    # The first coder names A, B, C, D once each; the second A, B, D and another: by chance 3/16.
    assert answers["kappa"] == pytest.approx((3 / 4 - 3 / 16) / (1 - 3 / 16))


def test_all_acts_that_imply_recognition_count_as_one(corpus: Corpus) -> None:
    recognitions = agreement(corpus, lines(*LINES)).loc["recognitions"]
    assert (recognitions["coded"], recognitions["not_found"]) == (2, 0)
    assert recognitions["act"] == recognitions["date"] == 1 / 2
    assert np.isnan(recognitions["trigger"])


def test_only_the_main_line_tells_the_trigger(corpus: Corpus) -> None:
    rows = ["A1,sever_relations,2000-02-10,day,A,,yes,no", "A1,condemn,2000-02-10,day,B,,yes,yes"]
    answers = agreement(corpus, lines(*rows, LINES[2], LINES[6])).loc["responses"]
    assert (answers["act"], answers["trigger"]) == (1, 1 / 2)


def test_the_shipped_lines_are_compared_by_default(shipped: Corpus) -> None:
    table = agreement(shipped)
    pd.testing.assert_frame_equal(table, agreement(shipped, second_coding()))
    known = second_coding()["event_id"].isin(shipped.events["event_id"])
    assert table["coded"].sum() == second_coding()["event_id"][known].nunique()
    for column in ("act", "date"):
        assert table[column].between(0.5, 1).all()


def test_of_several_triggers_any_is_the_same_by_chance_too(toy: Callable[..., Corpus]) -> None:
    """Two triggers of one affair: who names the second names the affair, and so does chance."""
    events = [
        EVENTS[0],
        "A2,2000-02-05,day,AAA,withdraw_recognition,ENT,north,",
        "A3,2000-02-06,day,AAA,establish_relations,ENT,north,",
        EVENTS[1],
        *EVENTS[2:6],
    ]
    rows = ["A1,sever_relations,2000-02-10,day,A3,,yes,yes", *LINES[2:4]]
    answers = agreement(toy([NORTH], events), lines(*rows)).loc["responses"]
    assert answers["trigger"] == 2 / 3
    # A, B, C against A (by the name of A3), B and another: by chance 2/9, not 1/9.
    assert answers["kappa"] == pytest.approx((2 / 3 - 2 / 9) / (1 - 2 / 9))


def test_an_act_that_is_neither_answer_nor_recognition_is_in_no_group(
    toy: Callable[..., Corpus],
) -> None:
    corpus = toy([NORTH], [*EVENTS[:2], "Z,2000-02-05,day,CCC,sanction,DDD,none,"])
    table = agreement(corpus, lines(LINES[0], "Z,sanction,2000-02-05,day,,,yes,yes", LINES[6]))
    assert table["coded"].tolist() == [1, 1]


def test_where_nothing_was_coded_twice_nothing_is_told(shipped: Corpus) -> None:
    table = agreement(shipped, lines("ZZ,condemn,2000-01-01,day,,,yes,yes"))
    assert table["coded"].tolist() == [0, 0]
    assert table[["act", "date", "trigger", "kappa"]].isna().all(axis=None)
