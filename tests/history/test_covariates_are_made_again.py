"""The tables of covariates are made from raw files; DEMARCHE_RAW names a folder of the real ones."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from importlib import resources
from pathlib import Path

import pytest

from sim.cli import main
from sim.errors import InputError
from sim.history.build import make_tables
from sim.history.build.missions import Breaks, Spell, cut
from sim.history.build.raw import COLUMNS, Raw
from sim.history.corpus import Corpus, read_folder

DATA = resources.files("sim.history") / "data"
RAW = os.environ.get("DEMARCHE_RAW")

TINY = {
    "alliances": [
        "BLR,RUS,1992,1994,0,0,0,1,1,0,ATOP 5.x",
        "BLR,RUS,1995,2009,1,0,0,1,1,0,ATOP 5.x",
        "BLR,RUS,2010,2018,1,0,0,0,1,1,ATOP 5.x",
        "DPR,RUS,2022,2022,1,0,0,1,1,0,hand-coded: treaty 2022-02-21",
        "FIN,USA,2023,,1,0,0,1,1,0,hand-coded: NATO accession",
    ],
    "arms_transfers_sipri": [f"RUS,SYR,{year},90" for year in range(2000, 2013)]
    + ["PRK,SYR,2008,100", "PRK,IRN,2012,5", "USA,IRN,2012,0.02"],
    "contiguity": ["SYR,TUR,1,1946-04,", "EGY,LBN,1,1958-02,1961-02"],
    "diplomatic_exchange": [
        *(f"{year},UKR,SYR" for year in (1995, 2005)),
        *(f"{year},RUS,UKR" for year in (1995, 2000, 2005)),
        "1970,USA,VNM",
    ],
    "diplomatic_exchange_nodes": [
        *(f"{year},{code},0" for year in (1995, 2000, 2005) for code in ("UKR", "SYR", "RUS")),
        "1970,USA,0",
        "1970,VNM,1",
    ],
    "embassies_wikidata_2022": [
        "UKR,SYR,1,embassy",
        "RUS,UKR,1,embassy",
        "TWN,USA,1,de facto embassy|taipei representative office",
        "USA,TWN,0,embassy",
        "BLR,RUS,1,",
    ],
    "org_memberships": [
        "GBR,EU,1973,2020,member,COW IGO v3; end hand-coded",
        "SYR,ARAB_LEAGUE,2011,2023,suspended,hand-coded",
        "FIN,NATO,2023,,member,hand-coded",
    ],
    "rivalries": ["AFG,PAK,1947,", "IRN,SAU,1979,2010"],
    "state_year": [
        "SYR,2010,0.1234567,0.0000029,16060.4,1234.56,9",
        "SYR,1944,0.1,,,,",
        "XKX,2010,,,,,1775680",
        "SYR,2023,0.1,,,,",
    ],
    "trade_dyadic": ["2012,SYR,RUS,10", "2012,RUS,SYR,20", "2012,SYR,NPL,70", "2012,NPL,BTN,5"],
    "un_ideal_points": ["SYR,2010,-1.88449", "SYR,2011,"],
    "un_votes_key": [
        "68/262,2014-03-27,SYR,N,unvotes (Voeten)",
        "68/262,2014-03-27,UKR,Y,unvotes (Voeten)",
        "ES-11/4,2022-10-12,SYR,N,press; rest from general knowledge",
        "ES-11/6,2023-02-23,SYR,N,press",
        "69/188,2014-12-18,SYR,N,unvotes (Voeten)",
    ],
}

Edit = Callable[..., Path]


@pytest.fixture
def raw(tmp_path: Path) -> Edit:
    """Write a small folder of raw files; a file given by name stands as given."""

    def write(**files: str | None) -> Path:
        folder = tmp_path / "raw"
        folder.mkdir()
        for name, rows in TINY.items():
            text = "\n".join([",".join(COLUMNS[name]), *rows]) + "\n"
            if (given := files.get(name, text)) is not None:
                (folder / f"{name}.csv").write_text(given, encoding="utf-8")
        return folder

    return write


def made(folder: Path, corpus: Corpus, table: str, *starts: str) -> list[str]:
    """Return the rows of a table that start like one of these."""
    lines = make_tables(folder, corpus)[table].splitlines()[1:]
    return [line for line in lines if line.startswith(starts)]


def test_pledges_become_spells(raw: Edit, shipped: Corpus) -> None:
    assert made(raw(), shipped, "ties", "alliance,BLR", "alliance,DPR", "alliance,FIN") == [
        "alliance,BLR,RUS,nonaggression,1992-01-01,1994-12-31,ATOP 5.x",
        "alliance,BLR,RUS,defense,1995-01-01,,ATOP 5.x",
        "alliance,DPR,RUS,defense,2022-02-21,2022-09-30,hand-coded: treaty 2022-02-21",
    ]


def test_years_and_months_become_days(raw: Edit, shipped: Corpus) -> None:
    kinds = ("contiguity", "membership", "rivalry")
    assert made(raw(), shipped, "ties", *kinds) == [
        "contiguity,EGY,LBN,1,1958-02-01,1961-02-28,COW Direct Contiguity 3.2",
        "contiguity,SYR,TUR,1,1946-04-01,,COW Direct Contiguity 3.2",
        "membership,GBR,EUU,member,1973-01-01,2020-12-31,COW IGO v3",
        "membership,SYR,LAS,suspended,2011-01-01,,hand-coded",
        'rivalry,AFG,PAK,,1947-01-01,,"Thompson, Sakuwa and Suhas 2021"',
        'rivalry,IRN,SAU,,1979-01-01,2010-12-31,"Thompson, Sakuwa and Suhas 2021"',
    ]


def test_snapshots_become_spells_that_severances_cut(raw: Edit, shipped: Corpus) -> None:
    cow, wikidata = "COW Diplomatic Exchange 2006.1 (binary, Duque 2018)", "Wikidata June 2022"
    assert made(raw(), shipped, "ties", "mission") == [
        "mission,BLR,RUS,embassy,2022-01-01,,Wikidata June 2022",
        f'mission,RUS,UKR,embassy,1995-01-01,2022-02-24,"{cow}, {wikidata}"',
        f'mission,UKR,SYR,embassy,1995-01-01,1999-12-31,"{cow}"',
        f'mission,UKR,SYR,embassy,2005-01-01,2022-06-29,"{cow}, {wikidata}"',
    ]


@pytest.mark.parametrize(
    ("severed", "returned", "parts"),
    [
        (["1965-01-01"], [], ["1970-01-01/"]),  # before the first snapshot
        (["1972-03-31"], ["1973-06-30"], ["1970-01-01/1972-03-31", "1973-06-30/"]),
        (["1972-03-31"], [], ["1970-01-01/1972-03-31", "1975-01-01/"]),  # seen again in 1975
        (["1972-03-31"], ["2010-05-01"], ["1970-01-01/1972-03-31", "2010-05-01/"]),
        (["2010-05-01"], [], ["1970-01-01/2010-05-01"]),  # posts linger in Wikidata
        (
            ["2008-03-03", "2010-07-22"],
            ["2008-03-09", "2010-08-10"],
            ["1970-01-01/2008-03-03", "2008-03-09/2010-07-22", "2010-08-10/"],
        ),
    ],
)
def test_a_cut_spell_goes_on_when_relations_return(
    severed: list[str], returned: list[str], parts: list[str]
) -> None:
    years = (1970, 1975, 1980, 1985, 1990, 1995, 2000, 2005, 2022)
    found = cut(Spell("1970-01-01", ""), Breaks(severed, returned), years)
    assert ["/".join(part) for part in found] == parts


def test_years_have_four_digits(raw: Edit, shipped: Corpus) -> None:
    assert made(raw(), shipped, "actor_years", "") == [
        "SYR,2010,-1.884,2.9e-06,0.1235,16060,1235",
        "XKX,2010,,,,1776,",
    ]


def test_flows_become_shares_of_the_parties_of_disputes(raw: Edit, shipped: Corpus) -> None:
    assert made(raw(), shipped, "dyad_years", "") == [
        "BTN,AFG,2012,0,",  # traded with no party: it is known that its shares are none
        "IRN,USA,2012,,0.00398",  # the largest, though small; PRK is no party
        "NPL,SYR,2012,0.933,",
        "RUS,SYR,2012,1,",
        "SYR,RUS,2010,,0.9",
        "SYR,RUS,2012,0.3,0.9",
    ]


def test_votes_keep_their_meaning_and_their_doubt(raw: Edit, shipped: Corpus) -> None:
    assert made(raw(), shipped, "votes", "") == [
        "68/262,2014-03-27,SYR,N,donbas,against,unvotes (Voeten),verified",
        "68/262,2014-03-27,UKR,Y,donbas,against,unvotes (Voeten),verified",
        "ES-11/4,2022-10-12,SYR,N,donbas+expulsions_2022,against,"
        "press; rest from general knowledge,recalled",
    ]


def test_rows_by_hand_come_first(raw: Edit, shipped: Corpus) -> None:
    atop = ",".join(COLUMNS["alliances"]) + "\nRUS,UKR,1990,2018,0,0,0,1,0,1,ATOP 5.x\n"
    (pact,) = made(raw(alliances=atop), shipped, "ties", "alliance,RUS,UKR")
    assert pact.startswith("alliance,RUS,UKR,nonaggression,1990-01-01,2019-03-31,")


def test_made_tables_can_be_read(raw: Edit, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main(["covariates", str(raw()), "--out", str(out)]) == 0
    for name in ("actors", "disputes"):
        (out / f"{name}.csv").write_bytes((DATA / f"{name}.csv").read_bytes())
    corpus = read_folder(out)
    syria, russia = corpus.actors.row("SYR"), corpus.actors.row("RUS")
    assert corpus.dyad_years.values("arms_share", date(2013, 1, 1))[syria, russia] == 0.9
    assert corpus.votes.toward("donbas", date(2022, 12, 31))[syria] == 1


def test_the_command_can_be_run_again(
    raw: Edit, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = raw(), tmp_path / "new" / "out"
    assert main(["covariates", str(folder), "--out", str(out)]) == 0
    first = {p.name: p.read_bytes() for p in out.iterdir()}
    assert set(first) == {"ties.csv", "actor_years.csv", "dyad_years.csv", "votes.csv"}
    assert main(["covariates", str(folder), "--out", str(out)]) == 0
    assert {p.name: p.read_bytes() for p in out.iterdir()} == first
    assert "votes.csv              3 rows" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("rivalries", None, "rivalries.csv: found no such file, expected a CSV file"),
        (
            "rivalries",
            "code1,code2,start,end_year\nAFG,PAK,1947,\n",
            "rivalries.csv: line 1, column start_year: found no such column, expected columns code1,",
        ),
        ("rivalries", "", "rivalries.csv: found what cannot be read"),
        ("rivalries", "code1,code2,start_year,end_year\n", "line 2: found no rows"),
        (
            "rivalries",
            "code1,code2,start_year,end_year\nAFG,PAK,1947,\nAFG,PAKI,1947,\n",
            "rivalries.csv: line 3, column code2: found 'PAKI', expected the code of an actor",
        ),
        (
            "rivalries",
            "code1,code2,start_year,end_year\nAFG,PAK,soon,\n",
            "rivalries.csv: line 2, column start_year: found 'soon', expected a number",
        ),
        (
            "contiguity",
            "code1,code2,contiguity_type,start_month,end_month\nSYR,TUR,1,1946-13,\n",
            "contiguity.csv: line 2, column start_month: found '1946-13', expected a month",
        ),
        (
            "un_ideal_points",
            "code,year,ideal_all\nSYR,,1.5\n",
            "un_ideal_points.csv: line 2, column year: found nothing, expected a year",
        ),
        (
            "un_votes_key",
            "resolution,date,code,vote,source\n68/262,March 2014,SYR,N,press\n",
            "un_votes_key.csv: line 2, column date: found 'March 2014', expected a date",
        ),
        (
            "trade_dyadic",
            "year,exporter,importer,exports_musd\n2012,SYR,RUS\n",
            "trade_dyadic.csv: line 2, column exports_musd: found nothing, expected a number",
        ),
        (
            "trade_dyadic",
            "year,exporter,importer,exports_musd\n2012,SYR,RUS,\n",
            "trade_dyadic.csv: line 2, column exports_musd: found nothing, expected a number",
        ),
    ],
)
def test_what_is_missing_is_named(
    name: str,
    text: str | None,
    told: str,
    raw: Edit,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["covariates", str(raw(**{name: text})), "--out", str(tmp_path / "out")]) == 2
    found = capsys.readouterr().err
    assert told in found
    assert found.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_all_that_is_missing_is_told_together(raw: Edit, shipped: Corpus) -> None:
    folder = raw(rivalries=None, contiguity="code1,code2\n")
    with pytest.raises(InputError) as caught:
        Raw(folder, shipped.actors)
    assert len(str(caught.value).splitlines()) == 4


def test_a_folder_that_is_none_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["covariates", str(tmp_path / "nowhere"), "--out", str(tmp_path)]) == 2
    assert "found no such folder, expected a folder of raw files" in capsys.readouterr().err


def test_a_target_that_cannot_be_written_is_exit_1(
    raw: Edit, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert main(["covariates", str(raw()), "--out", str(tmp_path / "file")]) == 1
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.skipif(RAW is None, reason="DEMARCHE_RAW names no folder of raw files")
def test_the_shipped_tables_are_what_the_raw_files_give(shipped: Corpus) -> None:
    for name, text in make_tables(Path(str(RAW)), shipped).items():
        there = (DATA / f"{name}.csv").read_text("utf-8").splitlines()
        assert text.splitlines() == there, name


def test_the_installed_package_stays_small() -> None:
    package = Path(str(DATA)).parents[1]
    sizes = [p.stat().st_size for p in package.rglob("*") if "__pycache__" not in p.parts]
    assert sum(sizes) < 15_000_000
