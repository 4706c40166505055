"""The page of one precedent and the page of counts, whole, from a toy of two disputes.

``python tests/report/test_pages_of_the_record.py`` writes the golden pages again.
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

from sim.history.corpus import TABLES, Corpus, load_corpus, read_folder
from sim.history.names import find_precedent
from sim.history.precedents import precedents
from sim.history.second_coding import agreement
from sim.history.statistics import by_dispute, by_kind, by_responder, totals
from sim.report.listing import precedent_table
from sim.report.record import precedent_page, stats_page

GOLDEN = Path(__file__).parent / "golden"

ACTORS = {
    "AAA": "Arcadia", "BBB": "Borduria", "CCC": "Carpania", "ENT": "Entland (contested)",
    "OUT": "Outremer", "PAR": "Parland",
}  # fmt: skip
TOY = {
    "actors": [
        f"{c},{name},{'contested' if c == 'ENT' else 'state'},,,,,1990-01-01,,,toy,verified"
        for c, name in ACTORS.items()
    ],
    "disputes": [
        "north,Status of Entland,secession,ENT,PAR,,,2000-01-01,,toy",
        "gulf,The gulf,boycott,OUT,AAA,,,2000-06-05,,toy",
    ],
    "events": [
        "X0,2000-03-01,day,AAA,recognise,ENT,north,,Gazette of Arcadia,verified,",
        "X1,2000-03-03,day,PAR,recall_ambassador,AAA,north,X0,Parland Herald,verified,for consultations",
        "X2,2000-03-01,month,PAR,sever_relations,AAA,north,X0,Yearbook,recalled,",
        "Y0,2000-06-05,day,AAA,sever_relations,OUT,gulf,,Gazette of Arcadia,verified,",
        "Y1,2000-06-08,day,BBB,sever_relations,OUT,gulf,Y0,Bordurian Post,verified,",
    ],
    "nonevents": [
        "N0,2000-03-20,day,PAR,expel_diplomats,AAA,north,X0,recall_only,Yearbook,verified,",
        "N1,2000-07-01,day,CCC,sever_relations,OUT,gulf,Y0,did_not_sever,Carpanian Times,verified,kept\
 its envoy",
    ],
    "coverage": [
        "gulf,solidarity,sever_relations,,2000-06-05,,Who broke is listed in the yearbook.,toy,verified"
    ],
}  # fmt: skip


def toy(folder: Path) -> Corpus:
    for name, rows in TOY.items():
        text = "\n".join([",".join(TABLES[name][0]), *rows]) + "\n"
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return read_folder(folder)


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    return toy(tmp_path)


def told(page: RenderableType, width: int = 80) -> str:
    out = io.StringIO()
    Console(file=out, width=width, highlight=False, color_system=None).print(page)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def page(corpus: Corpus, name: str) -> str:
    return told(precedent_page(corpus, find_precedent(precedents(corpus), name)))


PAGES = {"respond": "PAR-AAA-2000", "solidarity": "BBB-OUT-2000"}


@pytest.mark.parametrize("process", PAGES)
def test_a_precedent_is_shown_as_agreed(corpus: Corpus, process: str) -> None:
    assert page(corpus, PAGES[process]) == (GOLDEN / f"{process}.txt").read_text("utf-8")


def test_who_set_off_at_the_opening_is_told_so(corpus: Corpus) -> None:
    assert "5 Jun 2000  the dispute opens" in page(corpus, "AAA-OUT-2000")


def test_a_record_that_ends_is_told_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = TOY["coverage"][0].replace("2000-06-05,,", "2000-06-05,2000-12-31,")
    monkeypatch.setitem(TOY, "coverage", [ended])
    shown = " ".join(page(toy(tmp_path), "BBB-OUT-2000").split())
    assert "(sever_relations, 5 Jun 2000 to 31 Dec 2000)" in shown


def test_a_date_known_to_the_month_is_not_told_to_the_day(corpus: Corpus) -> None:
    assert "1 Mar 2000 to 31 Mar 2000  about +15 d" in page(corpus, "PAR-AAA-2000")


def test_no_source_is_not_no_answer(corpus: Corpus, tmp_path: Path) -> None:
    quiet = corpus.without(["X1", "X2", "N0"])
    shown = page(quiet, "PAR-AAA-2000")
    assert "none is coded: no source either way" in shown
    assert "not done" not in shown


def test_relations_are_those_of_the_eve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cut = "Z0,2000-02-01,day,AAA,sever_relations,PAR,none,,toy,verified,"
    monkeypatch.setitem(TOY, "events", [cut, *TOY["events"]])
    assert "Parland, which had no relations with Arcadia" in page(toy(tmp_path), "PAR-AAA-2000")


def test_what_is_not_known_is_not_told_as_not_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown = [row.replace("recall_only", "not_known") for row in TOY["nonevents"]]
    monkeypatch.setitem(TOY, "nonevents", unknown)
    corpus = toy(tmp_path).without(["X1", "X2"])
    assert "not known whether done: expel diplomats [N0, verified]" in page(corpus, "PAR-AAA-2000")
    listed = told(precedent_table(corpus, precedents(corpus)), width=120)
    (row,) = [line for line in listed.splitlines() if "PAR-AAA-2000" in line]
    assert "not known whether any" in row


def test_silence_of_some_is_told_as_theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    some = TOY["coverage"][0].replace("sever_relations,,", "sever_relations,BBB+CCC,")
    monkeypatch.setitem(TOY, "coverage", [some])
    shown = " ".join(page(toy(tmp_path), "BBB-OUT-2000").split())
    assert "5 Jun 2000 on; of Borduria and Carpania only)" in shown


def test_who_had_no_relations_and_yet_joined_is_not_taken_off_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Arcadia, Borduria, Carpania and Parland have relations with Outremer, Entland has none."""
    assert "not coded: 1." in page(toy(tmp_path), "BBB-OUT-2000")
    joined = "Y2,2000-06-09,day,ENT,condemn,OUT,gulf,Y0,toy,verified,"
    monkeypatch.setitem(TOY, "events", [*TOY["events"], joined])
    assert "not coded: 1." in page(toy(tmp_path), "BBB-OUT-2000")


def test_control_characters_are_only_text(corpus: Corpus) -> None:
    corpus.events.loc[corpus.events["event_id"] == "X1", "note"] = "\x1b[31m[bold]red[/bold]"
    shown = page(corpus, "PAR-AAA-2000")
    assert "\x1b" not in shown
    assert "[bold]red[/bold]" in shown


def test_the_page_of_counts_holds_the_numbers_it_computes() -> None:
    corpus = load_corpus()
    found = precedents(corpus)
    shown = told(stats_page(corpus))
    assert max(map(len, shown.splitlines())) <= 80
    lines = [re.split(r"\s{2,}|\s(?=[\d.,]+)", line.strip()) for line in shown.splitlines()]
    rows = {(line[0], *line[1:]) for line in lines}

    def digits(value: float) -> str:
        return "" if value != value else f"{value:.2f}"

    assert f"{len(corpus.disputes)} disputes, {len(found)} precedents: " in shown
    assert f"{sum(len(p.reactions) for p in found)} reactions" in shown.replace("\n", " ")
    for group, row in totals(corpus, found).iterrows():
        told_ = (group, f"{row['rows']:,.0f}", digits(row["verified"]), digits(row["day"]))
        assert (*told_, f"{row['days']:,.0f}") in rows, told_
    for kind, row in by_kind(corpus).iterrows():
        told_ = (kind, f"{row['rows']:,.0f}", digits(row["verified"]), digits(row["day"]))
        assert (*told_, f"{row['days']:,.0f}") in rows, told_
    for key, row in by_dispute(corpus, found).drop(columns="kind").iterrows():
        assert (key, *(f"{n:,.0f}" for n in row)) in rows, key
    counts = by_responder(corpus, found)
    for (who, key), row in counts.drop(columns="median_days").iterrows():
        assert any(
            line[:2] == (who, key) and line[2:10] == tuple(f"{n:,.0f}" for n in row)
            for line in rows
        ), (who, key)
    for group, row in agreement(corpus).iterrows():
        shares = [digits(row[c]) for c in ("act", "date", "trigger", "kappa")]
        wanted = (group, *(f"{row[c]:,.0f}" for c in ("coded", "not_found")), *filter(None, shares))
        assert wanted in rows, wanted


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        known = toy(Path(made))
    for process, name in PAGES.items():
        (GOLDEN / f"{process}.txt").write_text(page(known, name), encoding="utf-8")
    sys.exit(0)
