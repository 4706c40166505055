"""Whatever is asked of `corpus.as_of(day)`, no answer depends on what came after the day."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.history.corpus import TABLES, Corpus, load_corpus, read_folder
from sim.history.dyad_years import SHARES
from sim.history.events import NO_DISPUTE
from sim.history.placing import last_day
from sim.history.precedents import precedents
from sim.history.tables import read_table
from sim.history.ties import SERIES

Writer = Callable[..., Path]

DAYS = st.dates(date(1945, 1, 1), date(2023, 6, 30))
ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
PROSE = ("source", "note", "rule", "title", "name", "file")


def dates_in(table: pd.DataFrame) -> Iterator[date]:
    """Yield every date in a table, outside of prose."""
    for column in table.columns.difference([*PROSE, "order", "line"]):
        values = table[column]
        if pd.api.types.is_datetime64_any_dtype(values):
            yield from (v.date() for v in values.dropna())
        else:
            yield from (date.fromisoformat(v) for v in values.unique() if ISO.fullmatch(v))


def dates_read(corpus: Corpus) -> Iterator[date]:
    """Yield every date that a reader of the corpus can come by."""
    for table in (corpus.events, corpus.nonevents, corpus.coverage):
        yield from dates_in(table)
    yield from dates_in(corpus.actors.table)
    yield from dates_in(corpus.ties.table)
    yield from dates_in(corpus.votes.table)
    yield from corpus.votes.days.astype(object)
    for year in {*corpus.dyad_years.table["year"], *corpus.dyad_years.year.tolist()}:
        yield date(int(year), 12, 31)
    for dispute in corpus.disputes.values():
        yield dispute.opened
        if dispute.closed:
            yield dispute.closed
    for ends in (corpus.actors.end, corpus.ties.start, corpus.ties.end):
        yield from ends[~np.isnat(ends)].astype(object)
    for precedent in precedents(corpus):
        yield precedent.date
        yield from (r.date for r in precedent.reactions)
    for line in corpus.actor_years.lines:
        yield date(int(line.split(",")[1]), 12, 31)


@settings(max_examples=40, deadline=None)
@given(day=DAYS)
def test_no_read_returns_anything_dated_later(shipped: Corpus, day: date) -> None:
    known = shipped.as_of(day)
    assert max(dates_read(known), default=day) <= day
    assert known.end == day
    ids = set(known.events["event_id"])
    for table in (known.events, known.nonevents):
        named = {n for cell in table["in_response_to"] for n in cell.split("+") if n}
        assert named <= ids
        assert set(table["dispute"]) <= {"", NO_DISPUTE, *known.disputes}
    about = {key for cell in known.votes.table["disputes"] for key in cell.split("+")}
    assert about <= set(known.disputes)


@settings(max_examples=40, deadline=None)
@given(day=DAYS, later=st.integers(0, 20_000))
def test_asking_an_earlier_corpus_about_later_days_tells_no_more(
    shipped: Corpus, day: date, later: int
) -> None:
    known = shipped.as_of(day)
    asked = day + timedelta(days=later)
    for series in SERIES:
        values = known.actor_years.values(series, day)
        np.testing.assert_array_equal(values, shipped.actor_years.values(series, day))
    for series in SHARES:
        shares = known.dyad_years.values(series, day)
        np.testing.assert_array_equal(shares, shipped.dyad_years.values(series, day))
    for dispute in known.disputes:
        sides = known.votes.toward(dispute, asked)
        np.testing.assert_array_equal(sides, shipped.votes.toward(dispute, day))
    unborn = shipped.actors.start > np.datetime64(day)
    assert not known.actors.alive(asked)[unborn].any()
    ties = shipped.ties.table[shipped.ties.start <= np.datetime64(day)]
    begun = {tuple(row) for row in ties[["kind", "actor", "partner"]].to_numpy()}
    for kind in ("alliance", "mission"):
        for i, j in zip(*np.nonzero(known.ties.matrix(kind, asked)), strict=True):
            pair = known.actors.codes[i], known.actors.codes[j]
            assert (kind, *pair) in begun or (kind, *pair[::-1]) in begun


@settings(max_examples=40, deadline=None)
@given(one=DAYS, other=DAYS)
def test_cutting_twice_is_cutting_at_the_earlier_day(
    shipped: Corpus, one: date, other: date
) -> None:
    early, late = min(one, other), max(one, other)
    twice = shipped.as_of(late).as_of(early)
    assert twice.fingerprint == shipped.as_of(early).fingerprint


def _truncated(day: date) -> dict[str, pd.DataFrame]:
    """Return the shipped tables as they would have been written on that day."""
    data = resources.files("sim.history") / "data"
    tables = {name: read_table(data / f"{name}.csv", *TABLES[name]) for name in TABLES}
    text = day.isoformat()
    for name in ("events", "nonevents"):
        table = tables[name]
        pairs = zip(table["date"], table["date_precision"], strict=True)
        keep = [last_day(date.fromisoformat(d), p) <= day for d, p in pairs]
        tables[name] = table[keep].reset_index(drop=True)
    ids = set(tables["events"]["event_id"])
    disputes = tables["disputes"]
    tables["disputes"] = disputes = disputes[disputes["opened"] <= text].reset_index(drop=True)
    disputes.loc[disputes["closed"] > text, "closed"] = ""
    for name in ("events", "nonevents"):
        table = tables[name]
        keys = {*disputes["dispute"], NO_DISPUTE}
        table["dispute"] = table["dispute"].where(table["dispute"].isin(keys), "")
        table["in_response_to"] = [
            "+".join(name for name in cell.split("+") if name in ids)
            for cell in table["in_response_to"]
        ]
    coverage = tables["coverage"]
    keep = (coverage["first"] <= text) & coverage["dispute"].isin(disputes["dispute"])
    tables["coverage"] = coverage = coverage[keep].reset_index(drop=True)
    coverage.loc[coverage["last"] > text, "last"] = ""
    ties = tables["ties"]
    tables["ties"] = ties = ties[ties["start"] <= text].reset_index(drop=True)
    ties.loc[ties["end"] > text, "end"] = ""
    years = tables["actor_years"]
    tables["actor_years"] = years[years["year"].astype(int) < day.year].reset_index(drop=True)
    shares = tables["dyad_years"]
    tables["dyad_years"] = shares[shares["year"].astype(int) < day.year].reset_index(drop=True)
    votes = tables["votes"]
    opened = set(disputes["dispute"])
    about = ["+".join(k for k in cell.split("+") if k in opened) for cell in votes["disputes"]]
    votes = votes.assign(disputes=about)
    keep = (votes["date"] <= text) & (votes["disputes"] != "")
    tables["votes"] = votes[keep].reset_index(drop=True)
    return tables


@pytest.mark.parametrize(
    "day",
    [
        date(1992, 8, 23),  # between a pre-emptive answer and its trigger
        date(2008, 8, 27),
        date(2012, 6, 1),
        date(2022, 2, 20),
        date(2022, 7, 12),
    ],
)
def test_tables_written_on_the_day_give_the_same_corpus(
    shipped: Corpus, tmp_path: Path, day: date
) -> None:
    for name, table in _truncated(day).items():
        table.drop(columns=["line", "file"]).to_csv(tmp_path / f"{name}.csv", index=False)
    written = read_folder(tmp_path)
    assert written.as_of(day).fingerprint == shipped.as_of(day).fingerprint


def test_what_a_user_adds_for_later_changes_nothing_before(folder: Writer, shipped: Corpus) -> None:
    where = folder(
        events=[
            "X1,2022-07-20,day,BLR,recognise,DPR+LPR,donbas,DPR06,a,verified,",
            "X2,2022-07-21,day,UKR,sever_relations,BLR,donbas,X1,a,verified,",
            "X3,2022-01-01,year,IRN,signal_talks,DPR,donbas,,a,verified,",
        ],
        nonevents=["N1,2022-08-01,day,UKR,sanction,BLR,donbas,X1,did_not_sever,a,verified,"],
        disputes=["karabakh,Karabakh,secession,ART,AZE,ARM,,2022-08-01,,a"],
        ties=["alliance,BLR,PRK,defense,2022-08-01,,a"],
        actor_years=["SYR,2023,1.0,,,,"],
        dyad_years=["SYR,RUS,2022,0.5,", "SYR,RUS,2023,,0.9"],
        votes=["77/1,2022-07-13,SYR,Y,donbas,for,a,verified"],
    )
    day = date(2022, 7, 12)
    later = load_corpus(where)
    assert later.fingerprint != shipped.fingerprint
    assert later.as_of(day).fingerprint == shipped.as_of(day).fingerprint


def test_a_preemptive_answer_stands_alone_until_its_trigger_happens(shipped: Corpus) -> None:
    events = shipped.as_of(date(1992, 8, 23)).events
    assert events.loc[events["event_id"] == "CP-KOR-2", "in_response_to"].tolist() == [""]
