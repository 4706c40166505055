"""A user's folder is added to the shipped tables; nothing is counted twice."""

from collections.abc import Callable
from datetime import date
from importlib import resources
from pathlib import Path

import pytest

from sim.errors import CorpusError
from sim.history.corpus import TABLES, Corpus, load_corpus
from sim.history.names import find_precedent, forgotten_events
from sim.history.precedents import precedents
from sim.history.tables import read_table

Writer = Callable[..., Path]

DATA = resources.files("sim.history") / "data"
BELARUS = "X1,2022-08-01,day,BLR,recognise,DPR+LPR,donbas,DPR06,a newspaper,verified,"


def test_a_new_event_is_added_and_may_answer_a_shipped_one(folder: Writer, shipped: Corpus) -> None:
    corpus = load_corpus(folder(events=[BELARUS]))
    assert len(corpus.events) == len(shipped.events) + 2
    assert corpus.repeated == ()
    assert corpus.fingerprint != shipped.fingerprint
    assert find_precedent(precedents(corpus), "UKR-BLR-2022").trigger_ids == ("X1",)


def test_date_confidence_may_be_left_out_and_equals_confidence_then(folder: Writer) -> None:
    events = load_corpus(folder(events=[BELARUS])).events
    assert set(events.loc[events["event_id"] == "X1", "date_confidence"]) == {"verified"}


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("2022-06-29,day,SYR,recognise,DPR+LPR", "the same row"),
        ("2022-06-30,day,SYR,recognise,LPR", "a part of it, a day later"),
        ("2022-07-02,day,SYR,recognise,DPR", "three days later"),
        ("2022-06-01,month,SYR,recognise,DPR+LPR", "known to the month"),
        ("2022-01-01,year,SYR,recognise,DPR+LPR", "known to the year"),
    ],
)
def test_a_repeated_event_is_one_event_and_is_reported(
    folder: Writer, shipped: Corpus, row: str, what: str
) -> None:
    corpus = load_corpus(folder(events=[f"X1,{row},donbas,,a,verified,"]))
    assert len(corpus.events) == len(shipped.events), what
    assert [(r.line, r.shipped) for r in corpus.repeated] == [(2, "DPR24")]
    assert corpus.fingerprint == shipped.fingerprint


@pytest.mark.parametrize(
    "row",
    [
        "2022-07-03,day,SYR,recognise,DPR",
        "2022-06-29,day,SYR,treaty,DPR",
        "2022-06-29,day,IRN,recognise,DPR",
    ],
)
def test_another_day_kind_or_sender_is_another_event(
    folder: Writer, shipped: Corpus, row: str
) -> None:
    corpus = load_corpus(folder(events=[f"X1,{row},donbas,,a,verified,"]))
    assert len(corpus.events) == len(shipped.events) + 1
    assert corpus.repeated == ()


def test_what_answers_a_repeated_event_answers_the_shipped_one(folder: Writer) -> None:
    rows = [
        "X1,2022-06-29,day,SYR,recognise,DPR+LPR,donbas,,a,verified,",
        "X2,2022-08-01,day,UKR,expel_diplomats,SYR,donbas,X1,a,verified,",
    ]
    corpus = load_corpus(folder(events=rows))
    answer = corpus.events[corpus.events["event_id"] == "X2"]
    assert answer["in_response_to"].tolist() == ["DPR24"]


def test_what_was_not_done_about_a_repeated_event_is_told_of_the_shipped_one(
    folder: Writer,
) -> None:
    corpus = load_corpus(
        folder(
            events=["X1,2022-06-29,day,SYR,recognise,DPR+LPR,donbas,,a,verified,"],
            nonevents=["N1,2022-08-01,day,UKR,sanction,SYR,donbas,X1,did_not_sever,a,verified,"],
        )
    )
    missing = corpus.nonevents.set_index("nonevent_id")
    assert missing.loc["N1", "in_response_to"] == "DPR24"


def test_a_copy_of_all_shipped_tables_changes_nothing(tmp_path: Path, shipped: Corpus) -> None:
    for name in TABLES:
        (tmp_path / f"{name}.csv").write_bytes((DATA / f"{name}.csv").read_bytes())
    corpus = load_corpus(tmp_path)
    assert corpus.fingerprint == shipped.fingerprint
    assert len(corpus.repeated) > 1000


def test_the_order_of_rows_in_a_file_does_not_matter(folder: Writer) -> None:
    rows = [BELARUS, "X2,2022-08-03,day,UKR,sever_relations,BLR,donbas,X1,a newspaper,verified,"]
    one = load_corpus(folder(events=rows)).fingerprint
    assert load_corpus(folder(events=rows[::-1])).fingerprint == one


def test_a_new_dispute_with_a_new_entity_can_be_added(folder: Writer) -> None:
    where = folder(
        actors=["NEW,Newland,contested,Asia,Western Asia,,,2023-01-01,,,a book,verified"],
        disputes=["newland,Newland,secession,NEW,SYR,TUR,,2023-01-01,,a book"],
        events=[
            "X1,2023-02-01,day,TUR,recognise,NEW,,,a,verified,",
            "X2,2023-02-03,day,SYR,sever_relations,TUR,newland,X1,a,verified,",
        ],
    )
    corpus = load_corpus(where)
    assert find_precedent(precedents(corpus), "SYR-TUR-2023").days_to("sever") == 2
    assert "newland" not in corpus.as_of(date(2022, 12, 31)).disputes
    assert corpus.end == date(2023, 2, 3)


def test_a_dispute_may_be_closed_or_widened(folder: Writer, shipped: Corpus) -> None:
    old = shipped.disputes["kosovo"]
    patrons, backers = "+".join(old.patrons), "+".join(old.parent_backers)
    row = f"kosovo,Kosovo,secession,XKX,SRB,{patrons}+ALB,{backers},{old.opened},2030-01-01,a book"
    corpus = load_corpus(folder(disputes=[row]))
    assert corpus.disputes["kosovo"].closed == date(2030, 1, 1)
    assert "ALB" in corpus.disputes["kosovo"].patrons
    assert any("replaces the shipped dispute kosovo" in str(f) for f in corpus.findings)


@pytest.mark.parametrize(
    ("key", "change", "right"),
    [
        ("libya_2011", {"incumbent": ""}, "column incumbent: found nothing, expected 'LBY', as s"),
        ("libya_2011", {"incumbent": "LBYN"}, "column incumbent: found 'LBYN', expected 'LBY'"),
        ("libya_2011", {"entities": "XKX+LBYN"}, "column entities: found .* expected LBYN first"),
        ("donbas", {"entities": "LPR+DPR"}, r"expected DPR\+LPR first, as shipped"),
    ],
)
def test_who_answers_in_a_shipped_dispute_stays(
    folder: Writer, key: str, change: dict[str, str], right: str
) -> None:
    """Without its incumbent, or with another entity first, every recognition would hurt another."""
    table = read_table(DATA / "disputes.csv", *TABLES["disputes"])
    (row,) = (
        table[table["dispute"] == key].assign(title="t", source="s", **change).to_dict("records")
    )
    cells = ",".join(str(row[c]) for part in TABLES["disputes"] for c in part)
    with pytest.raises(CorpusError, match=right):
        load_corpus(folder(disputes=[cells]))


def test_an_open_tie_may_be_ended(folder: Writer, shipped: Corpus) -> None:
    table = shipped.ties.table
    members = table[(table["kind"] == "membership") & (table["partner"] == "NATO")]
    row = members[members["actor"] == "USA"].iloc[0]
    text = f"membership,USA,NATO,member,{row['start']},2023-05-31,a book"
    corpus = load_corpus(folder(ties=[text]))
    member, nato = corpus.actors.row("USA"), corpus.ties.orgs.index("NATO")
    assert corpus.ties.membership(date(2023, 5, 31))[member, nato]
    assert not corpus.ties.membership(date(2023, 6, 1))[member, nato]
    assert any("ends the shipped membership of USA and NATO" in str(f) for f in corpus.findings)


def test_an_end_that_fits_no_shipped_tie_is_told(folder: Writer, shipped: Corpus) -> None:
    corpus = load_corpus(folder(ties=["membership,USA,NATO,member,1950-01-02,2023-05-31,a book"]))
    member, nato = corpus.actors.row("USA"), corpus.ties.orgs.index("NATO")
    assert corpus.ties.membership(date(2023, 6, 1))[member, nato], "the shipped tie goes on"
    (told,) = [f for f in corpus.findings if "leaves" in f.text]
    start = "leaves the shipped membership of USA and NATO as it is: level 'member', start '19"
    assert told.line == 2
    assert told.text.startswith(start)


def test_only_the_named_files_are_read(folder: Writer, shipped: Corpus) -> None:
    where = folder(events=[])
    (where / "reading_list.csv").write_text("author,title\n")
    (where / "README.md").write_text("mine")
    corpus = load_corpus(where)
    assert corpus.fingerprint == shipped.fingerprint
    assert any("not one of the tables" in str(f) for f in corpus.findings)


def test_mistakes_of_several_tables_are_told_together(folder: Writer) -> None:
    where = folder(
        events=[BELARUS.replace("BLR", "BLA")],
        ties=["alliance,BLR,RUS,strong,2022-01-01,,a"],
        nonevents=["N1,soon,day,UKR,sever_relations,BLR,donbas,,did_not_sever,a,verified,"],
    )
    with pytest.raises(CorpusError) as caught:
        load_corpus(where)
    assert len(str(caught.value).splitlines()) == 3


def test_an_odd_history_is_reported_not_refused(folder: Writer) -> None:
    rows = [
        "X1,2013-08-01,day,DPR,condemn,UKR,none,,a,verified,",
        "X2,2022-12-01,day,BRA,sever_relations,PER,,,a,verified,",
        "X3,2022-12-09,day,BRA,sever_relations,PER,,,,verified,",
        "X4,2022-01-01,day,UKR,condemn,SYR,donbas,DPR24,a,verified,",
    ]
    rows += [
        "X5,2022-12-01,day,DDR,condemn,USA,none,,a,verified,",
        "X6,2022-10-01,day,BRA,condemn,CHL,none,,a,verified,",
        "X7,2022-10-04,day,BRA,condemn,CHL,none,,a,verified,",
        "X8,2022-10-01,month,BRA,condemn,CHL+PER,none,,a,verified,",
        "X9,2022-11-07,day,BRA,condemn,CHL,none,,a,verified,",
    ]
    told = "\n".join(str(f) for f in load_corpus(folder(events=rows)).findings)
    assert "line 6: X5 comes after DDR ended (1990-10-03)" in told
    assert "line 8: X7 may be the same act as" in told
    assert "line 9: X8 may be the same act as X6" in told
    assert "X9 may be" not in told
    assert "lies after" not in told
    assert "line 2: X1 comes before DPR began" in told
    assert "line 4: X3: BRA severs relations with PER twice in a row" in told
    assert "line 4: no source is given" in told
    assert "line 5: X4 comes 179 days before DPR24, which it answers" in told


def test_a_row_after_the_shipped_record_tells_what_its_silence_will_mean(folder: Writer) -> None:
    """Windows without an end reach to the last day on record, whoever wrote it."""
    rows = ["X1,2023-03-26,day,BRA,condemn,CHL,none,,a,verified,"]
    said = ["N1,2023-05-02,day,PER,condemn,CHL,none,,refused_call,a,verified,"]
    where = folder(events=rows)
    (told,) = [str(f) for f in load_corpus(where).findings if "lies after" in f.text]
    assert "events.csv: line 2: lies after the shipped record, which ends on 2022-12-31" in told
    assert "those of china, georgia, kosovo, now reach to 2023-03-26" in told
    (told,) = [f for f in load_corpus(folder(nonevents=said)).findings if "lies after" in f.text]
    assert told.file.endswith("nonevents.csv")
    assert "now reach to 2023-05-02" in told.text


def test_an_event_that_bears_the_name_of_a_precedent_does_not_stand_for_it(folder: Writer) -> None:
    rows = [BELARUS, "UKR-BLR-2022,2022-08-03,day,UKR,condemn,BLR,donbas,X1,a newspaper,verified,"]
    corpus = load_corpus(folder(events=rows))
    assert forgotten_events(corpus, ["UKR-BLR-2022"]) == {"X1", "UKR-BLR-2022"}


def test_a_candidate_that_nobody_has_checked_is_told(folder: Writer) -> None:
    row = "C1,2022-08-01,day,BRA,condemn,PER,none,,a table,recalled,candidate: cameo 111"
    (told,) = [f for f in load_corpus(folder(events=[row])).findings if "candidate" in f.text]
    assert (told.line, told.text.split()[0]) == (2, "C1")


def test_a_folder_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"found an unreadable folder \(File name too long\)"):
        load_corpus(tmp_path / ("x" * 5000))


def test_a_non_event_that_is_on_record_as_done_is_told(folder: Writer) -> None:
    rows = [
        "N1,2022-06-29,day,UKR,sever_relations,SYR,donbas,DPR24,did_not_sever,a,verified,",
        "N2,2022-06-01,month,UKR,sever_relations,SYR,donbas,DPR24,not_known,a,verified,",
        "N3,2022-07-30,day,UKR,sever_relations,SYR,donbas,DPR24,did_not_sever,a,verified,",
    ]
    findings = load_corpus(folder(nonevents=rows)).findings
    (told,) = [f for f in findings if "says that was not done" in f.text]
    assert (told.line, told.text) == (2, "N1 says that was not done which DPR25 says was")


def test_who_reuses_an_id_of_the_other_table_is_blamed_not_what_ships(folder: Writer) -> None:
    row = BELARUS.replace("X1", "N640")
    with pytest.raises(
        CorpusError, match=r"events\.csv: line 2, .* found 'N640', the id of a non-"
    ):
        load_corpus(folder(events=[row]))
