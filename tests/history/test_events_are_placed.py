"""Joint acts are split, imprecise dates placed, empty disputes resolved."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from sim.history.corpus import Corpus, load_corpus
from sim.history.events import IMPLIES_RECOGNITION, LADDER, RUNGS, EventKind, rung_of
from sim.history.placing import causal_order, last_day, place_days, sort_rows

Writer = Callable[..., Path]


def days(*texts: str) -> np.ndarray:
    return np.array(texts, dtype="datetime64[D]")


def test_the_ladder_climbs_from_condemnation_to_severance() -> None:
    assert RUNGS == ("condemn", "recall", "downgrade", "sever")
    assert rung_of("summon_ambassador") == "condemn"
    assert rung_of("expel_diplomats") == "recall"
    assert rung_of("sever_relations") == "sever"
    assert rung_of("recognise") is None
    assert len(EventKind) == 17
    assert not {k for kinds in LADDER.values() for k in kinds} & IMPLIES_RECOGNITION


def test_a_joint_act_is_one_event_toward_each(shipped: Corpus) -> None:
    syria = shipped.events[shipped.events["event_id"] == "DPR24"]
    assert syria["receiver"].tolist() == ["DPR", "LPR"]
    assert not shipped.events["receiver"].str.contains("+", regex=False).any()


def test_an_interval_ends_with_its_month_or_year() -> None:
    assert last_day(date(2024, 2, 1), "month") == date(2024, 2, 29)
    assert last_day(date(2023, 12, 1), "month") == date(2023, 12, 31)
    assert last_day(date(2023, 1, 1), "year") == date(2023, 12, 31)
    assert last_day(date(2023, 5, 6), "day") == date(2023, 5, 6)


def test_an_imprecise_date_is_placed_in_the_middle_of_what_is_feasible() -> None:
    assert place_days(days("2008-08-01"), days("2008-08-31"), [()]).tolist() == [date(2008, 8, 16)]
    answer = place_days(
        days("2008-08-26", "2008-08-01"), days("2008-08-26", "2008-08-31"), [(), (0,)]
    )
    assert answer[1] == np.datetime64("2008-08-28")


def test_a_vague_trigger_lies_before_its_answer() -> None:
    placed = place_days(
        days("2008-01-01", "2008-03-10"), days("2008-12-31", "2008-03-10"), [(), (0,)]
    )
    assert placed[0] < placed[1] == np.datetime64("2008-03-10")


def test_a_known_day_is_not_moved_even_before_its_trigger() -> None:
    first = days("1992-08-24", "1992-08-23")
    assert place_days(first, first, [(), (0,)]).tolist() == first.tolist()


@st.composite
def histories(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, list[tuple[int, ...]]]:
    """Draw acts with their true days, what they answer, and intervals around the days."""
    true = sorted(draw(st.lists(st.integers(0, 700), min_size=1, max_size=8)))
    before, after = (
        draw(st.lists(st.integers(0, 400), min_size=len(true), max_size=len(true)))
        for _ in range(2)
    )
    links = [
        tuple(draw(st.sets(st.integers(0, i - 1), max_size=2))) if i else ()
        for i in range(len(true))
    ]
    low = (np.array(true) - before).astype("datetime64[D]")
    return low, (np.array(true) + after).astype("datetime64[D]"), links


@given(histories())
def test_every_act_stays_in_its_interval_and_follows_what_it_answers(
    history: tuple[np.ndarray, np.ndarray, list[tuple[int, ...]]],
) -> None:
    low, high, links = history
    placed = place_days(low, high, links)
    assert (low <= placed).all()
    assert (placed <= high).all()
    order = sort_rows(placed, np.arange(len(low))[::-1].copy(), links).tolist()
    for row, answered in enumerate(links):
        for trigger in answered:
            assert placed[trigger] <= placed[row]
            assert order.index(trigger) < order.index(row)


def test_acts_that_answer_each_other_have_no_order() -> None:
    assert causal_order([(1,), (0,), ()]) == [2]


def test_events_of_one_day_stay_as_given(folder: Writer) -> None:
    rows = [
        "X2,2023-08-01,day,UKR,condemn,BLR,donbas,,a,verified,",
        "X1,2023-08-01,day,UKR,sanction,BLR,donbas,,a,verified,",
    ]
    events = load_corpus(folder(events=rows)).events
    assert events["event_id"].tolist()[-2:] == ["X2", "X1"]


def test_events_are_sorted_by_the_day_they_are_placed_on(shipped: Corpus) -> None:
    placed = shipped.events["placed"]
    assert placed.is_monotonic_increasing
    assert (placed >= shipped.events["first"]).all()
    assert (placed <= shipped.events["last"]).all()
    assert (shipped.events["known_from"] == shipped.events["last"]).all()


def test_an_event_known_to_the_year_is_not_known_before_the_year_ends(folder: Writer) -> None:
    corpus = load_corpus(folder(events=["X1,2012-01-01,year,UKR,condemn,BRA,,,a,verified,"]))

    def known(day: date) -> bool:
        return "X1" in set(corpus.as_of(day).events["event_id"])

    assert not known(date(2012, 12, 30))
    assert known(date(2012, 12, 31))


def resolved(folder: Writer, row: str) -> str:
    events = load_corpus(folder(events=[row])).events
    return str(events.loc[events["event_id"] == "X1", "dispute"].iat[0])


def test_an_empty_dispute_is_the_one_that_the_act_touches(folder: Writer) -> None:
    row = "X1,2022-08-01,day,{},{},{},,,a,verified,"
    assert resolved(folder, row.format("BLR", "recognise", "DPR+LPR")) == "donbas"
    assert resolved(folder, row.format("UKR", "sever_relations", "BLR")) == "donbas"
    assert resolved(folder, row.format("RUS", "sanction", "UKR")) == "donbas"


def test_where_none_or_several_disputes_are_touched_the_act_stands_for_the_dyad(
    folder: Writer,
) -> None:
    row = "X1,2022-08-01,day,{},{},{},,,a,verified,"
    assert resolved(folder, row.format("BRA", "sanction", "PER")) == ""
    assert resolved(folder, row.format("RUS", "sanction", "BRA")) == ""


def test_a_closed_dispute_is_not_touched(folder: Writer) -> None:
    row = "X1,{},day,UKR,sever_relations,BLR,,,a,verified,"
    assert resolved(folder, row.format("2022-12-01")) == ""


def test_dates_are_days_and_text_is_text(shipped: Corpus) -> None:
    for table in (shipped.events, shipped.nonevents):
        for column in ("placed", "first", "last", "known_from"):
            assert pd.api.types.is_datetime64_any_dtype(table[column])
        assert table["sender"].dtype == object
