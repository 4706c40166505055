"""The facts that every release must reproduce, and how precedents are put together."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from sim.errors import InputError
from sim.history.corpus import Corpus, load_corpus
from sim.history.names import find_precedent, forgotten_events
from sim.history.precedents import Precedent, precedents

Writer = Callable[..., Path]


@pytest.fixture(scope="module")
def known(shipped: Corpus) -> list[Precedent]:
    return precedents(shipped)


@pytest.mark.parametrize(
    ("name", "rung", "days"),
    [
        ("UKR-RUS-2022", "sever", 3),
        ("UKR-SYR-2022", "sever", 0),
        ("UKR-PRK-2022", "sever", 0),
        ("GEO-RUS-2008", "sever", 7),
        ("GEO-NIC-2008", "sever", 84),
        ("GEO-SYR-2018", "sever", 0),
        ("SRB-USA-2008", "recall", 0),
        ("CHN-BLZ-1989", "sever", 12),
        ("TWN-KOR-1992", "sever", -1),
        ("TWN-BHS-1997", "sever", -5),
        ("TWN-SLB-2019", "sever", 0),
    ],
)
def test_the_responder_answered_after_so_many_days(
    known: list[Precedent], name: str, rung: str, days: int
) -> None:
    precedent = find_precedent(known, name)
    assert precedent.highest == rung
    assert precedent.days_to(rung) == days


def test_russia_2022_in_full(known: list[Precedent]) -> None:
    russia = find_precedent(known, "UKR-RUS-2022")
    assert russia.dispute == "donbas"
    assert (russia.responder, russia.target) == ("UKR", "RUS")
    assert russia.trigger_ids == ("DPR06",)
    assert russia.date == date(2022, 2, 21)
    assert [(r.kind, r.rung, r.days) for r in russia.reactions] == [
        ("signal_talks", None, 1),
        ("recall_ambassador", "recall", 1),
        ("sever_relations", "sever", 3),
    ]
    assert russia.sources


def test_an_answer_known_to_the_month_is_placed_after_its_trigger(known: list[Precedent]) -> None:
    grenada = find_precedent(known, "CHN-GRD-1989")
    (answer,) = grenada.reactions
    assert date(1989, 8, 1) <= answer.date <= date(1989, 8, 31)
    assert answer.days > 0


def test_serbia_never_severed(known: list[Precedent]) -> None:
    serbia = [p for p in known if p.responder == "SRB"]
    assert len(serbia) > 100
    assert not [p.id for p in serbia if p.days_to("sever") is not None]


def test_ukraine_had_nothing_to_cut_with_south_ossetia(known: list[Precedent]) -> None:
    ossetia = find_precedent(known, "UKR-SOO-2014")
    assert ossetia.trigger_ids == ("DPR01", "DPR02")
    assert ossetia.reactions == ()
    assert ossetia.highest is None
    assert ossetia.nonevents == ("N640",)


def test_turning_back_is_a_precedent_of_its_own(known: list[Precedent]) -> None:
    nauru = [p.id for p in known if p.target == "NRU" and p.dispute == "china"]
    assert nauru[-2:] == ["TWN-NRU-2002", "CHN-NRU-2005"]


def test_a_precedent_is_found_by_any_of_its_events(known: list[Precedent]) -> None:
    assert find_precedent(known, "DPR24").id == "UKR-SYR-2022"
    assert find_precedent(known, "DPR25").id == "UKR-SYR-2022"
    assert find_precedent(known, "N640").id == "UKR-SOO-2014", "its page shows that id too"


@pytest.mark.parametrize("wrong", ["UKR-SYR-2021", "ukr-syr-2022", "UKR-SYR"])
def test_a_precedent_that_is_none_is_answered_with_a_likely_one(
    known: list[Precedent], wrong: str
) -> None:
    with pytest.raises(InputError, match=r"did you mean .*UKR-SYR-2022"):
        find_precedent(known, wrong, "--drop")


def test_ids_are_unique_and_dates_ascend(known: list[Precedent]) -> None:
    ids = [p.id for p in known]
    assert len(ids) == len(set(ids))
    assert [p.date for p in known] == sorted(p.date for p in known)


def test_a_precedent_grows_as_the_past_does(shipped: Corpus) -> None:
    def russia(day: date) -> Precedent:
        return find_precedent(precedents(shipped.as_of(day)), "UKR-RUS-2022")

    assert russia(date(2022, 2, 21)).reactions == ()
    assert russia(date(2022, 2, 22)).highest == "recall"
    assert russia(date(2022, 2, 24)).highest == "sever"


NEW = {
    "actors": ["NEW,Newland,contested,Asia,,,,2023-01-01,,,a,verified"],
    "disputes": ["newland,Newland,secession,NEW,SYR,TUR,,2023-01-01,,a"],
}


def made(folder: Writer, *rows: str) -> list[Precedent]:
    events = [f"X{i},{row},a,verified," for i, row in enumerate(rows)]
    corpus = load_corpus(folder(events=events, **NEW))
    return [p for p in precedents(corpus) if p.dispute == "newland"]


def test_an_act_that_names_no_trigger_answers_the_last_one(folder: Writer) -> None:
    (one,) = made(
        folder,
        "2023-02-01,day,TUR,recognise,NEW,newland,",
        "2023-02-02,day,SYR,condemn,TUR,newland,",
        "2023-02-03,day,SYR,condemn,TUR,kosovo,",
        "2023-02-03,day,SYR,condemn,QAT,newland,",
        "2023-02-03,day,IRN,condemn,TUR,newland,",
        "2023-01-31,day,SYR,recall_ambassador,TUR,newland,",
        "2026-02-02,day,SYR,sever_relations,TUR,newland,",
    )
    assert [r.event_id for r in one.reactions] == ["X1"]


def test_a_withdrawal_taken_back_is_a_second_precedent_of_the_year(folder: Writer) -> None:
    first, second = made(
        folder,
        "2023-02-01,day,TUR,recognise,NEW,newland,",
        "2023-02-02,day,SYR,sever_relations,TUR,newland,X0",
        "2023-04-01,day,TUR,withdraw_recognition,NEW,newland,",
        "2023-08-01,day,TUR,establish_relations,NEW,newland,",
        "2023-08-05,day,SYR,condemn,TUR,newland,",
    )
    assert [p.id for p in (first, second)] == ["SYR-TUR-2023", "SYR-TUR-2023b"]
    assert [r.event_id for r in first.reactions] == ["X1"]
    assert [r.event_id for r in second.reactions] == ["X4"]


def test_further_ties_with_an_entity_recognised_before_are_no_new_trigger(folder: Writer) -> None:
    (one,) = made(
        folder,
        "2023-02-01,day,TUR,recognise,NEW,newland,",
        "2023-05-01,day,TUR,open_embassy,NEW,newland,",
        "2023-05-02,day,SYR,expel_diplomats,TUR,newland,X1",
    )
    assert one.trigger_ids == ("X0",)
    assert [(r.event_id, r.days) for r in one.reactions] == [("X2", 90)]


def test_mending_relations_is_no_reaction(folder: Writer) -> None:
    (one,) = made(
        folder,
        "2023-02-01,day,TUR,recognise,NEW,newland,",
        "2023-02-02,day,SYR,sever_relations,TUR,newland,X0",
        "2023-09-02,day,SYR,restore_relations,TUR,newland,",
    )
    assert [r.event_id for r in one.reactions] == ["X1"]


def test_a_parent_that_recognises_provokes_nobody(folder: Writer) -> None:
    assert not made(folder, "2023-02-01,day,SYR,recognise,NEW,newland,")


def test_a_recognition_before_the_dispute_opened_hurts_nobody(known: list[Precedent]) -> None:
    assert not [p.id for p in known if p.dispute == "china" and p.date < date(1949, 10, 1)]


def test_dropping_a_precedent_drops_its_triggers_and_reactions(shipped: Corpus) -> None:
    gone = forgotten_events(shipped, ["UKR-RUS-2022", "DPR24"])
    assert gone == {"DPR06", "DPR09", "DPR10", "DPR18", "DPR24"}
    assert forgotten_events(shipped, []) == frozenset()


def test_every_name_that_cannot_be_dropped_is_told(shipped: Corpus) -> None:
    with pytest.raises(InputError) as caught:
        forgotten_events(shipped, ["UKR-RUS-2021", "UKR-SYR-2022", "DPR999"])
    lines = str(caught.value).splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("--drop: found 'UKR-RUS-2021', expected a precedent")


@pytest.mark.parametrize("name", ["UKR-PRK-2022", "PRK>LPR-2022", "DPR29"])
def test_what_is_yet_to_come_cannot_be_dropped_and_says_when_it_is(
    shipped: Corpus, name: str
) -> None:
    known = shipped.as_of(date(2022, 7, 12))
    late = rf"--drop: found '{name}', dated 2022-07-13, after as_of 2022-07-12, expected"
    with pytest.raises(InputError, match=late):
        forgotten_events(known, [name], whole=shipped)
    with pytest.raises(InputError, match=rf"found '{name}', expected a precedent"):
        forgotten_events(known, [name])
    with pytest.raises(InputError, match=r"found 'UKR-PRK-1999', expected a precedent .*did you"):
        forgotten_events(known, ["UKR-PRK-1999"], whole=shipped)


def test_a_recognition_is_dropped_by_sender_receiver_and_year(shipped: Corpus) -> None:
    """Tuvalu's only recognition of Abkhazia; Beijing's recognitions are worded as relations."""
    events = shipped.events
    (tuvalu,) = events.loc[
        (events["sender"] == "TUV")
        & (events["receiver"] == "ABK")
        & (events["kind"] == "recognise"),
        "event_id",
    ]
    assert tuvalu in forgotten_events(shipped, ["TUV>ABK-2011"])
    assert forgotten_events(shipped, ["SYR>LPR-2022"]) == {"DPR24"}, "a joint act is one event"
    gone = forgotten_events(shipped, ["STP>CHN-2016"])
    kinds = set(events.loc[events["event_id"].isin(gone), "kind"])
    assert kinds & {"establish_relations", "restore_relations"}


@pytest.mark.parametrize("wrong", ["TUV>ABK-2012", "TUV>ABK", "tuv>abk-2011"])
def test_a_recognition_that_never_was_is_answered_with_a_likely_one(
    shipped: Corpus, wrong: str
) -> None:
    with pytest.raises(InputError, match=r"did you mean .*TUV>ABK-2011"):
        forgotten_events(shipped, [wrong])


def test_a_recognition_of_what_nobody_contests_is_none(shipped: Corpus) -> None:
    with pytest.raises(InputError, match="found 'USA>FRA-"):
        forgotten_events(shipped, ["USA>FRA-1950"])
