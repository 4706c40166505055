"""Machine-coded event tables become candidates: each kind of table, and what is passed over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from sim.errors import InputError
from sim.history.candidates import Summary, candidates
from sim.history.corpus import Corpus, load_corpus
from sim.history.events import COLUMNS, EventKind
from sim.history.foreign_words import CONTESTED, UNCONTESTED, foreign_names, meanings
from sim.history.precedents import precedents

Make = Callable[..., tuple[pd.DataFrame, Summary]]

ICEWS = (
    "Event ID\tEvent Date\tSource Name\tSource Country\tEvent Text\tCAMEO Code\t"
    "Target Name\tTarget Country\tPublisher\n"
)
POLECAT = (
    "Event ID\tEvent Date\tEvent Type\tEvent Mode\tActor Name\tActor Country\t"
    "Recipient Name\tRecipient Country\tSource\n"
)
PLAIN = "date,source,target,cameo\n"
GULF = "2014-03-05,ARE,QAT,161\n"


@pytest.fixture
def make(tmp_path: Path, shipped: Corpus) -> Make:
    """Write a table and make candidates of it: ``make(text, "plover")``."""

    def made(text: str, scheme: str = "cameo") -> tuple[pd.DataFrame, Summary]:
        file = tmp_path / "reports.txt"
        file.write_text(text, encoding="utf-8", newline="")
        table, summary = candidates(file, scheme, shipped.actors)
        assert summary.kept + summary.passed_over.total() == summary.read
        assert summary.kinds.total() == len(table)
        return table, summary

    return made


def acts(table: pd.DataFrame) -> list[tuple[str, ...]]:
    columns = ("date", "sender", "kind", "receiver")
    return list(zip(*(table[c] for c in columns), strict=True))


def test_an_icews_table(make: Make) -> None:
    rows = (
        "1\t2014-03-05\tMinistry (Bahrain)\tBahrain\tReduce\t161\tQatar\tQatar\tReuters\n"
        "2\t2008-08-26\tRussia\tRussian Federation\tGrant\t054\tAbkhazia\tRepublic of Abkhazia\t\n"
        '3\t2014-03-05\tA "quoted" name\tBahrain\tPraise\t051\tQatar\tQatar\tReuters\n'
        "4\t2014-03-05\tMilitia\tNULL\tAccuse\t111\tQatar\tQatar\tReuters\n"
    )
    table, summary = make(ICEWS + rows)
    assert table.columns.tolist() == list(COLUMNS)
    assert acts(table) == [
        ("2008-08-26", "RUS", "recognise", "ABK"),
        ("2014-03-05", "BHR", "downgrade_relations", "QAT"),
    ]
    assert table.iloc[1].to_dict() == {
        "event_id": "CAND-BHR-downgrade_relations-QAT-20140305",
        "date": "2014-03-05",
        "date_precision": "day",
        "sender": "BHR",
        "kind": "downgrade_relations",
        "receiver": "QAT",
        "dispute": "none",
        "in_response_to": "",
        "source": "event table reports.txt, line 2; Reuters",
        "confidence": "recalled",
        "note": "candidate: cameo 161 Reduce or break diplomatic relations; 1 report; "
        "first Ministry (Bahrain) to Qatar",
    }
    assert summary.passed_over == {"code without counterpart": 1, "no actor named": 1}


def test_a_polecat_table_with_lists_of_countries(make: Make) -> None:
    rows = (
        "A\t2022-03-01\tSANCTION\texpel\tEU states\tBEL;NLD;RUS\tRussia\tRUS\tafp\n"
        "B\t2022-03-01\tSANCTION\texpel\tBelgium\tBEL\tRussia\tRUS; ZZZ\tafp\n"
        "C\t2022-03-01\tSUPPORT\tNone\tRussia\tRUS\tDonetsk\tDPR\tafp\n"
        "D\t2022-03-01\tSUPPORT\tNone\tRussia\tRUS\tSyria\tSYR\tafp\n"
        "E\t2022-03-01\tCONSULT\tvisit\tRussia\tRUS\tSyria\tSYR\tafp\n"
        "F\tNone\tACCUSE\tdisapprove\tRussia\tRUS\tNone\tNone\tafp\n"
    )
    table, summary = make(POLECAT + rows, "plover")
    assert acts(table) == [
        ("2022-03-01", "BEL", "expel_diplomats", "RUS"),
        ("2022-03-01", "NLD", "expel_diplomats", "RUS"),
        ("2022-03-01", "RUS", "signal_talks", "DPR"),
    ]
    assert table["note"].iat[0].startswith("candidate: plover SANCTION/expel Expel")
    assert "; 2 reports; first EU states to Russia" in table["note"].iat[0]
    assert summary.passed_over == {
        "code counts toward contested actors only": 1,
        "code without counterpart": 1,
        "no date": 1,
    }
    assert summary.unknown_names == {"ZZZ": 1}


def gdelt(width: int, *changes: str) -> str:
    cells = ["x"] * width
    given = ("20180326", "UNITED STATES", "USA", "RUSSIA", "RUS", "166", "https://a.org/?b=1")
    places = (1, 6, 7, 16, 17, 26, width - 1)
    for place, cell in zip(places, (*changes, *given[len(changes) :]), strict=True):
        cells[place] = cell
    return "\t".join(["123", *cells[1:]]) + "\n"


@pytest.mark.parametrize("width", [58, 61])
def test_a_gdelt_table_without_a_header(make: Make, width: int) -> None:
    text = gdelt(width) + gdelt(width, "20180326", "WEST BANK", "WSB", "GAZA", "GZS", "111")
    table, summary = make(text)
    assert acts(table) == [("2018-03-26", "USA", "expel_diplomats", "RUS")]
    assert table["source"].tolist() == ["event table reports.txt, line 1; https://a.org/?b=1"]
    assert summary.passed_over == {"same actor twice": 1}


def test_a_gdelt_table_with_a_header(make: Make) -> None:
    head = "GLOBALEVENTID,SQLDATE,Actor1CountryCode,Actor2CountryCode,EventCode\n"
    table, _ = make(head + "1,20080218,ESP,KSV,111\n")
    assert acts(table) == [("2008-02-18", "ESP", "condemn", "XKX")]


def test_reports_of_a_day_are_one_candidate_and_later_ones_may_be_echoes(make: Make) -> None:
    later = GULF.replace("03-05", "03-20") + GULF.replace("03-05", "05-21")
    table, summary = make(PLAIN + GULF + GULF + later)
    assert [note.split("diplomatic relations; ")[1] for note in table["note"]] == [
        "2 reports",
        "1 report; may echo 2014-03-05",
        "1 report",
    ]
    assert summary.echoes == 1
    assert summary.kept == 4


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ("2008-02-18,TUR,XKX,054", "recognise"),
        ("2011-07-09,TUR,SSD,054", "recognise"),
        ("2014-07-09,TUR,SSD,054", "establish_relations"),
        ("2014-07-09,FJI,BOL,054", "establish_relations"),
        ("2014-07-09,RUS,ABK,57", "treaty"),
    ],
)
def test_what_a_code_means_may_depend_on_whether_the_receiver_is_contested(
    make: Make, row: str, kind: str
) -> None:
    assert make(PLAIN + row + "\n")[0]["kind"].tolist() == [kind]


def test_the_summary_says_what_was_passed_over_and_why(make: Make) -> None:
    rows = (
        "2014-03-05,Barhain,QAT,161\n2014-03-05,Barhain,QAT,161\n2014-03-05,Hong Kong,QAT,161\n"
        "2014-03-05,ARE,QAT,13y\n2014-03-05,ARE,ARE,161\n,ARE,QAT,161\n2014-03-05,,QAT,161\n"
        "1999-03-24,YUG,USA,161\n2014-03-05,ARE,QAT,040\n2014-03-05,ARE,QAT,057\n"
    )
    table, summary = make(PLAIN + GULF + rows)
    assert len(table) == 1
    assert str(summary).splitlines()[0].endswith("11 reports read, 1 kept as 1 candidate")
    assert str(summary).splitlines()[1:] == [
        "  candidates: downgrade_relations 1",
        "  passed over: unknown actor 3, actor that had ended 1, "
        "code counts toward contested actors only 1, code without counterpart 1, "
        "no actor named 1, no date 1, same actor twice 1, unknown code 1",
        "  unknown codes: '13y' 1",
        "  unknown actors: 'Barhain' (did you mean BHR or BRA or BTN?) 2, 'Hong Kong' 1",
    ]


def test_names_are_known_whole_and_never_in_part(make: Make, shipped: Corpus) -> None:
    names = foreign_names(shipped.actors)
    for name, code in {
        "russian federation": "RUS",
        "korea, democratic people's republic of": "PRK",
        "syrian arab republic": "SYR",
        "syria": "SYR",
        "congo": "COG",
        "democratic republic of congo": "COD",
        "occupied palestinian territory": "PSE",
    }.items():
        assert names[name] == code
    _, summary = make(PLAIN + "2014-03-05,Syrian Opposition,QAT,161\n2014-03-05,Guine,QAT,161\n")
    assert summary.unknown_names == {"Syrian Opposition": 1, "Guine": 1}


def test_nothing_in_a_candidate_can_run_in_a_spreadsheet(make: Make) -> None:
    rows = (
        '=1+1\t2014-03-05\t=HYPERLINK("x")\tBahrain\t@x\t161\tA;=cmd|calc\tQatar\t-2+3\n'
        "2\t2014-03-06\tA,\x07 =B\tBahrain\tx\t161\tQatar [bold]\tQatar\t@SUM(A1)\n"
    )
    table, _ = make(ICEWS + rows)
    for cell in table.to_numpy().ravel():
        assert cell.isprintable()
        for part in cell.replace(";", ",").replace("|", ",").split(","):
            assert part.strip(" \"'")[:1] not in ("=", "+", "-", "@") or not part.strip()


def test_candidates_pass_as_a_users_table_and_make_no_precedent(
    make: Make, shipped: Corpus, tmp_path: Path
) -> None:
    rows = (
        "2014-03-05,ARE,QAT,161\n2008-02-18,TUR,XKX,054\n2014-03-05,FJI,BOL,054\n"
        "2018-03-26,USA,RUS,174\n2014-10-31,ISR,SWE,111\n2008-02-19,SRB,TUR,114\n"
        '2014-03-06,"Côte d\'Ivoire",QAT,163\n2014-11-24,RUS,ABK,057\n2008-02-19,SRB,TUR,1313\n'
    )
    table, _ = make(PLAIN + rows)
    assert len(table) == 9
    folder = tmp_path / "mine"
    folder.mkdir()
    table.to_csv(folder / "events.csv", index=False)
    corpus = load_corpus(folder)
    assert len(corpus.events) + len(corpus.repeated) == len(shipped.events) + len(table)
    assert [p.event_ids for p in precedents(corpus)] == [p.event_ids for p in precedents(shipped)]


def test_an_empty_result_has_all_columns(make: Make) -> None:
    table, summary = make(PLAIN)
    assert table.columns.tolist() == list(COLUMNS)
    assert (len(table), summary.read) == (0, 0)


def test_another_scheme_is_refused(tmp_path: Path, shipped: Corpus) -> None:
    with pytest.raises(InputError, match=r"found 'cameos', expected cameo or plover .*cameo"):
        candidates(tmp_path / "x", "cameos", shipped.actors)


def test_every_code_means_one_of_our_kinds_or_none(shipped: Corpus) -> None:
    for scheme in ("cameo", "plover"):
        for found in meanings(scheme).values():
            assert {m.kind for m in found} <= {*EventKind, ""}
            sides = [m.toward for m in found]
            assert sides in ([""], [CONTESTED], [CONTESTED, UNCONTESTED])
    assert set(foreign_names(shipped.actors).values()) <= set(shipped.actors)


def test_a_corpus_without_an_actor_does_not_know_its_names(shipped: Corpus) -> None:
    few = shipped.actors.table["code"] != "PRK"
    actors = replace(
        shipped.actors,
        table=shipped.actors.table[few].reset_index(drop=True),
        start=shipped.actors.start[few.to_numpy()],
        end=shipped.actors.end[few.to_numpy()],
    )
    assert "north korea" not in foreign_names(actors)
    assert "dprk" not in foreign_names(actors)
