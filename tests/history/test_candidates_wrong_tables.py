"""What is no event table is refused with file, line, column, what was found and what is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.errors import CorpusError
from sim.history.candidates import candidates
from sim.history.corpus import Corpus

PLAIN = b"date,source,target,cameo\n"
ROW = b"2014-03-05,ARE,QAT,161\n"
POLECAT = b"Event Date\tEvent Type\tEvent Mode\tActor Country\tRecipient Country\n"

WRONG = {
    "empty": (b"", "line 1: found an empty file, expected a table of events"),
    "blank": (b"\n\n", "line 1: found an empty file"),
    "unknown header": (
        b"a,b,c\n",
        "line 1: found an unknown header, 'a,b,c', expected the header of an ICEWS table (Event Date,",
    ),
    "semicolons": (b"date;source;target;cameo\n", "line 1: found an unknown header"),
    "missing column": (
        b"date,source,cameo\n",
        "line 1, column target: found no such column, expected a plain table (date, source, cameo",
    ),
    "missing ICEWS column": (
        b"Event Date\tSource Country\tEvent Text\tTarget Country\n",
        "line 1, column CAMEO Code: found no such column, expected an ICEWS table",
    ),
    "column twice": (
        b"date,source,target,cameo,Source\n",
        "line 1, column source: found it twice, expected each column once",
    ),
    "other scheme": (
        POLECAT,
        "line 1: found the header of a POLECAT table, with plover codes, expected for cameo codes",
    ),
    "impossible date": (
        PLAIN + ROW + b"2014-02-30,ARE,QAT,161\n",
        "line 3, column date: found '2014-02-30', expected a date such as 2022-02-21 or 20220221",
    ),
    "American date": (PLAIN + b"03/05/2014,ARE,QAT,161\n", "line 2, column date: found '03/05/20"),
    "short row": (
        PLAIN + b"2014-03-05,ARE\n",
        "line 2: found 2 cells, expected 4 as in the header",
    ),
    "long row": (PLAIN + ROW[:-1] + b",x\n", "line 2: found 5 cells, expected 4 as in the header"),
    "open quote": (PLAIN + b'"2014-03-05,ARE\n', "line 2: found a broken row"),
    "Latin-1": (PLAIN + ROW + b"2014-03-05,C\xf4te,QAT,161\n", "line 3: found the byte 0xF4"),
    "UTF-16": ("date,source".encode("utf-16"), "line 1: found UTF-16 text, expected UTF-8 text"),
    "zip": (b"PK\x03\x04rest", "found a zip archive, expected the table inside it, unpacked"),
    "gzip": (b"\x1f\x8b\x08rest", "found a gzip file, expected the table inside it, unpacked"),
}


@pytest.mark.parametrize("name", WRONG)
def test_the_message_names_file_line_column_found_and_right(
    name: str, tmp_path: Path, shipped: Corpus
) -> None:
    data, message = WRONG[name]
    file = tmp_path / "events.txt"
    file.write_bytes(data)
    with pytest.raises(CorpusError) as caught:
        candidates(file, "cameo", shipped.actors)
    assert str(caught.value).startswith(f"{file}: {message}")
    assert len(str(caught.value).splitlines()) == 1


def test_cameo_tables_are_no_plover_tables(tmp_path: Path, shipped: Corpus) -> None:
    (tmp_path / "t.csv").write_bytes(PLAIN + ROW)
    right = r"expected for plover codes a POLECAT table \(Event Date, Event Type, Event Mode, Actor"
    with pytest.raises(
        CorpusError, match=f"the header of a plain table, with cameo codes, {right}"
    ):
        candidates(tmp_path / "t.csv", "plover", shipped.actors)


def test_no_file_and_a_folder_are_refused(tmp_path: Path, shipped: Corpus) -> None:
    with pytest.raises(CorpusError, match="found no such file, expected a table of events"):
        candidates(tmp_path / "nowhere.csv", "cameo", shipped.actors)
    with pytest.raises(CorpusError, match="found a folder, expected a table of events"):
        candidates(tmp_path, "cameo", shipped.actors)


def test_many_mistakes_are_told_together_and_end_the_reading(
    tmp_path: Path, shipped: Corpus
) -> None:
    file = tmp_path / "t.csv"
    file.write_bytes(PLAIN + b"soon,ARE,QAT,161\n" * 30 + b"\xff")
    with pytest.raises(CorpusError) as caught:
        candidates(file, "cameo", shipped.actors)
    lines = str(caught.value).splitlines()
    assert len(lines) == 20
    assert lines[-1].startswith(f"{file}: line 21, column date: found 'soon'")


def test_tabs_to_spare_and_a_byte_order_mark_are_no_mistake(
    tmp_path: Path, shipped: Corpus
) -> None:
    file = tmp_path / "t.tab"
    file.write_bytes(b"\xef\xbb\xbf" + POLECAT + b"2022-03-01\tSANCTION\texpel\tBEL\tRUS\t\t\r\n")
    table, _ = candidates(file, "plover", shipped.actors)
    assert table["event_id"].tolist() == ["CAND-BEL-expel_diplomats-RUS-20220301"]
