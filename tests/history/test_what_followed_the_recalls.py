"""Serbia after the recalls of 2008: whom it answered how, and who has an ambassador again."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from sim.history.corpus import Corpus
from sim.history.names import find_precedent
from sim.history.precedents import precedents

RECALL = ("recall_ambassador", "expel_diplomats")


def _of(table: pd.DataFrame, sender: str, kinds: tuple[str, ...], dispute: str) -> pd.DataFrame:
    mine = (table["sender"] == sender) & table["kind"].isin(kinds) & (table["dispute"] == dispute)
    return table[mine]


def _last(corpus: Corpus, dispute: str, kind: str) -> date:
    table = corpus.coverage
    (last,) = table.loc[(table["dispute"] == dispute) & (table["kind"] == kind), "last"]
    day: date = pd.Timestamp(last).date()
    return day


def test_of_every_recogniser_of_kosovo_it_is_told_whether_serbia_recalled(shipped: Corpus) -> None:
    told = {
        code
        for table in (shipped.events, shipped.nonevents)
        for code in _of(table, "SRB", RECALL, "kosovo")["receiver"]
    }
    acts = shipped.events
    recognised = acts[(acts["dispute"] == "kosovo") & (acts["kind"] == "recognise")]
    assert set(recognised["sender"]) - told == {"TWN"}, "had no relations with Serbia"


@pytest.mark.parametrize(
    "kind",
    ["recall_ambassador", "expel_diplomats", "downgrade_relations", "sever_relations"],
)
def test_what_serbia_did_is_told_to_the_last_recogniser(shipped: Corpus, kind: str) -> None:
    assert _last(shipped, "kosovo", kind) == date(2022, 12, 31)


def test_no_recogniser_after_october_2008_had_its_recognition_answered_by_a_recall(
    shipped: Corpus,
) -> None:
    answered = [
        p.id
        for p in precedents(shipped)
        if (p.responder, p.dispute, p.process) == ("SRB", "kosovo", "respond")
        and p.date > date(2008, 10, 31)
        and p.days_to("recall") is not None
    ]
    assert answered == []
    montenegro = find_precedent(precedents(shipped), "SRB-MNE-2008")
    assert [r.kind for r in montenegro.reactions] == ["expel_diplomats", "recall_ambassador"]


def test_who_was_shown_the_door_over_kosovo_came_back_but_malaysia(shipped: Corpus) -> None:
    out = _of(shipped.events, "SRB", RECALL, "kosovo").groupby("receiver")["placed"].max()
    back = _of(shipped.events, "SRB", ("return_ambassador",), "kosovo")
    since = back.groupby("receiver")["placed"].max()
    away = {code for code, day in out.items() if code not in since or since[code] < day}
    assert away == {"MYS"}
