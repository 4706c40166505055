"""Each folder in tests/cases/corpora is broken; expected.txt holds parts of its message."""

from pathlib import Path

import pytest

from sim.errors import CorpusError, InputError
from sim.history.corpus import load_corpus
from sim.history.tables import read_table

CASES = Path(__file__).parents[1] / "cases" / "corpora"


@pytest.mark.parametrize("name", sorted(p.name for p in CASES.iterdir()))
def test_the_message_names_file_line_column_found_and_right(name: str) -> None:
    with pytest.raises(InputError) as caught:
        load_corpus(CASES / name)
    message = str(caught.value)
    for part in (CASES / name / "expected.txt").read_text(encoding="utf-8").splitlines():
        assert part in message
    for line in message.splitlines():
        assert line.startswith(str(CASES / name))
        assert ": found " in line
        assert ", expected " in line
        assert line.isprintable()


def test_there_are_at_least_forty_cases() -> None:
    assert len(list(CASES.iterdir())) >= 40


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no such folder"):
        load_corpus(tmp_path / "nowhere")
    (tmp_path / "file").write_text("")
    with pytest.raises(CorpusError, match="found a file, expected a folder of tables"):
        load_corpus(tmp_path / "file")


def test_a_folder_without_tables_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"no tables, expected any of actors\.csv"):
        load_corpus(tmp_path)


def test_a_table_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "events.csv").mkdir()
    with pytest.raises(CorpusError, match=r"events\.csv: found a folder, expected a CSV file"):
        load_corpus(tmp_path)


@pytest.mark.parametrize("length", [70_000, 200_000])
def test_a_cell_of_more_than_64_kilobytes_is_refused(tmp_path: Path, length: int) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n3," + "x" * length + "\n")
    with pytest.raises(CorpusError, match=r"line 3.* found a longer cell, expected at most 64 kB"):
        read_table(tmp_path / "t.csv", ["a", "b"])


def test_a_file_of_more_than_64_megabytes_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "t.csv").open("wb") as file:
        file.truncate(65 * 2**20)
    with pytest.raises(CorpusError, match="found 65 MB, expected at most 64 MB"):
        read_table(tmp_path / "t.csv", ["a"])


def test_of_many_mistakes_twenty_are_named_and_the_rest_counted(tmp_path: Path) -> None:
    rows = "\n".join("1,2,3" for _ in range(50))
    (tmp_path / "t.csv").write_text("a,b\n" + rows + "\n")
    with pytest.raises(CorpusError) as caught:
        read_table(tmp_path / "t.csv", ["a", "b"])
    lines = str(caught.value).splitlines()
    assert len(lines) == 21
    assert lines[-1] == "... and 30 more like these"
