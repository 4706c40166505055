from pathlib import Path

import pytest

from sim.errors import CorpusError
from sim.history.tables import read_table


def test_namibia_is_not_a_missing_value(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("code,n\nNA,1\n,nan\n")
    table = read_table(tmp_path / "t.csv", ["code", "n"])
    assert table["code"].tolist() == ["NA", ""]
    assert table["n"].tolist() == ["1", "nan"]
    assert table.dtypes[["code", "n", "file"]].eq(object).all()


def test_rows_know_the_line_they_start_on(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b'a,b\r\n1,"two\r\nlines"\r\n\r\n3,4\r\n')
    table = read_table(tmp_path / "t.csv", ["a", "b"])
    assert table["line"].tolist() == [2, 5]
    assert table["b"].tolist() == ["two\r\nlines", "4"]


def test_a_byte_order_mark_is_stripped(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"\xef\xbb\xbfa\nx\n")
    assert read_table(tmp_path / "t.csv", ["a"])["a"].tolist() == ["x"]


def test_columns_come_in_the_order_asked_for_and_optional_ones_may_be_absent(
    tmp_path: Path,
) -> None:
    (tmp_path / "t.csv").write_text("b,a\n1,2\n")
    table = read_table(tmp_path / "t.csv", ["a", "b"], optional=["c"])
    assert table.columns.tolist() == ["a", "b", "c", "line", "file"]
    assert table.iloc[0, :3].tolist() == ["2", "1", ""]


def test_a_header_alone_is_an_empty_table(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n")
    assert read_table(tmp_path / "t.csv", ["a", "b"]).empty


def test_a_note_may_start_with_an_equals_sign_but_nothing_else_may(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,note\nx,=2\n")
    assert read_table(tmp_path / "t.csv", ["a", "note"])["note"].tolist() == ["=2"]
    (tmp_path / "t.csv").write_text('a,note\n"=2",x\n')
    with pytest.raises(CorpusError, match="line 2, column a: found '=2'"):
        read_table(tmp_path / "t.csv", ["a", "note"])


def test_an_address_with_an_equals_sign_is_fine(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a\nhttps://x.org/?a=1&b=@2\n")
    assert len(read_table(tmp_path / "t.csv", ["a"])) == 1
