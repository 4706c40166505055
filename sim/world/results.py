"""A result folder is whole or absent.

Everything is written into a hidden sibling folder and renamed into place once. (Renaming file by
file would still mix two generations after a kill.)
"""

from __future__ import annotations

import csv
import errno
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sim.disk import flush, only_writer, sibling
from sim.errors import InputError, ResultError, quoted
from sim.provenance import DISTRIBUTION

__all__ = ["FILES", "MARKER", "MOST_OTHERS", "WORK", "ResultFolder", "csv_cell"]

MARKER = "provenance.json"
"""The file that makes a folder a result folder of ours: only such a folder is ever replaced."""

FILES = frozenset(
    {
        "events.parquet", "forecasts.csv", "projection.csv", "projection.png", "scenario.toml",
        MARKER,
    }
)  # fmt: skip
"""All that the result of a run may hold."""

MOST_OTHERS = 9
"""How many what-ifs one result may compare with a base."""

KNOWN = FILES | {
    "ancestors.csv", "ancestors.dot", "ancestors.png", "differences.csv", "differences.png",
    "points.csv", "sensitivity.csv",
    *(f"differences-{n}.png" for n in range(2, MOST_OTHERS + 1)),
    "answers.csv", "cascades.csv", "cascades.png", "fits.csv", "misses.csv", "ranking.csv",
    "reliability.csv", "reliability.png", "rungs.csv", "sizes.csv", "skill.csv",
}  # fmt: skip
"""All that any result may hold, so that nothing else is ever taken for ours and removed."""

WORK = re.compile(r"(\d+-\d+\.parquet|recipe)|\.(\d+-\d+\.parquet|recipe)\.tmp-[0-9a-f]{16}")
"""Names of what is kept of unfinished work: blocks of worlds, their recipe, either while it is written."""

_FORMULA = tuple("=@\t\r＝＠")
_SIGN = tuple("+-＋－")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-](inf|nan)?")


def csv_cell(value: object) -> object:
    """Return `value` as it may stand in a CSV file that a spreadsheet opens.

    Text that a spreadsheet would take for a formula gets an apostrophe in front. Text that is a
    number with a sign, and everything that is not text, stays as it is.

    Examples
    --------
    >>> csv_cell("=HYPERLINK(1)"), csv_cell("-0.5"), csv_cell(-0.5), csv_cell("UKR")
    ("'=HYPERLINK(1)", '-0.5', -0.5, 'UKR')
    """
    if isinstance(value, str) and (
        value.startswith(_FORMULA) or (value.startswith(_SIGN) and not _NUMBER.fullmatch(value))
    ):
        return "'" + value
    return value


class ResultFolder:
    """Context manager that builds a folder aside and renames it into place on success.

    On any error, and on an interrupt, what was built is removed and what stood at the target before
    is untouched. After a hard kill the target is whole or absent; a hidden sibling ``.NAME.tmp-*``
    (unfinished) or ``.NAME.old-*`` (the result that was being replaced) may then be left beside it, and
    the next writer removes them. There is one writer at a time (`sim.disk.only_writer`).

    Parameters
    ----------
    target : path
        The folder to make. Missing parents are made too. An empty folder, or an earlier result (its
        ``provenance.json`` names this package, and it holds nothing but `KNOWN`), is replaced;
        anything else is refused.

    Raises
    ------
    ResultError
        If the target may not be replaced, or something cannot be written.
    InputError
        If another run is writing it.

    Examples
    --------
    >>> import tempfile
    >>> from sim.provenance import Provenance
    >>> target = Path(tempfile.mkdtemp()) / "run"
    >>> with ResultFolder(target) as folder:
    ...     folder.write_json("provenance.json", Provenance(seed=1).as_dict())
    ...     folder.write_csv("projection.csv", ["sender", "probability"], [("UKR", 0.8)])
    >>> sorted(path.name for path in target.iterdir())
    ['projection.csv', 'provenance.json']
    """

    def __init__(self, target: str | os.PathLike[str]) -> None:
        self._given = os.fspath(target)
        self._made_parents: list[Path] = []
        self._building: Path | None = None
        self._lock = ExitStack()
        if "\0" in self._given:
            raise ResultError(f"{quoted(self._given)}: found a NUL, expected the name of a folder")
        with self._told("is not a name for a folder"):  # the current folder may be gone
            self.target = Path(os.path.abspath(self._given))

    def __enter__(self) -> Self:
        self._check_target()
        with ExitStack() as undone, self._told("cannot be made"):
            undone.callback(self._remove_made_parents)
            self._make_parents()
            self._be_the_only_writer()
            undone.callback(self._lock.close)
            self._remove_left_behind()
            building = sibling(self.target, "tmp")
            building.mkdir()
            self._building = building
            undone.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._move_into_place()
        finally:
            failed, self._building = self._building, None
            if failed is not None:
                shutil.rmtree(failed, ignore_errors=True)
            self._lock.close()
            if failed is not None:
                self._remove_made_parents()

    # -- files inside ---------------------------------------------------------------------------

    def path(self, name: str) -> Path:
        """Return where to write the file `name`, one of `KNOWN`, inside the hidden folder.

        The file is moved with the folder, so the path is good until the ``with`` block ends.
        """
        if self._building is None:
            raise RuntimeError("a result folder is written inside its with block")
        if name not in KNOWN:  # a folder that holds it could not be replaced
            raise ValueError(f"not a file of a result: {name!r}")
        return self._building / name

    def write_text(self, name: str, text: str) -> None:
        """Write `text` as UTF-8 with the line ends it has."""
        with self._told(f"cannot hold {name}"):
            self.path(name).write_bytes(text.encode("utf-8"))

    def write_bytes(self, name: str, content: bytes) -> None:
        """Write `content` as it is."""
        with self._told(f"cannot hold {name}"):
            self.path(name).write_bytes(content)

    def write_json(self, name: str, content: object) -> None:
        """Write `content` as JSON, keys in the order given; refuses nan and infinity."""
        self.write_text(
            name, json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        )

    def write_csv(self, name: str, header: Sequence[str], rows: Iterable[Iterable[object]]) -> None:
        """Write a comma separated table, safe to open in a spreadsheet (`csv_cell`)."""
        with (
            self._told(f"cannot hold {name}"),
            self.path(name).open("w", encoding="utf-8", newline="") as file,
        ):
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([csv_cell(cell) for cell in header])
            writer.writerows([csv_cell(cell) for cell in row] for row in rows)

    def write_parquet(self, name: str, *tables: Any, more: Iterable[Any] = ()) -> None:
        """Write a parquet file.

        Parameters
        ----------
        name : str
            File name.
        *tables : pandas.DataFrame, pyarrow.Table or mapping of str to array
            The same columns each, one after the other; each is a row group of the file. The index is
            left out, and so are notes on library versions: the same columns give the same bytes.
        more : iterable
            Further ones, taken one at a time, so that they need not be in memory together.
        """
        from pyarrow import parquet

        with ExitStack() as stack:
            stack.enter_context(self._told(f"cannot hold {name}"))
            writer = None
            for table in chain(tables, more):
                rows = _as_arrow(table, writer and writer.schema)
                if writer is None:
                    where = self.path(name)
                    writer = parquet.ParquetWriter(where, rows.schema, compression="zstd")
                    stack.enter_context(writer)
                writer.write_table(rows)

    def kept(self) -> Path:
        """Return a hidden folder beside the target for work that outlives a kill.

        It stays if the ``with`` block ends with an error, and goes once a result is in place, also one
        that kept nothing itself: what it replaces is not waited for any more.
        """
        if self._building is None:
            raise RuntimeError("work is kept inside the with block of a result")
        return self._keeping

    # -- the two moments that matter ------------------------------------------------------------

    def _check_target(self) -> None:
        """Refuse a target that is not ours to replace."""
        target = self.target
        with self._told("cannot be looked at"):
            if target.is_symlink():
                raise self._refusal("a symbolic link")
            if not target.exists():
                return
            if not target.is_dir():
                raise self._refusal("a file")
            if Path.cwd().is_relative_to(target):
                raise self._refusal("the current folder or one above it")
            content = {entry.name: _is_ours(entry) for entry in os.scandir(target)}
        ours = _is_result(target)
        if other := sorted(name for name, known in content.items() if not (ours and known)):
            raise self._refusal(f"a folder with other content ({_listed(other)})")

    def _move_into_place(self) -> None:
        """Flush everything to disk, then swap: old result aside, new one in, old one away."""
        building = self._building
        if building is None:
            raise RuntimeError("the folder has been moved into place already")
        if not _is_result(building):
            raise ResultError(f"{self._given}: not written, because {MARKER} is missing in it")
        self._check_target()  # someone may have put something there in the meantime
        aside = sibling(self.target, "old")
        with self._told("cannot be moved into place"):
            _flush_tree(building)
            try:
                if os.path.lexists(self.target):
                    os.rename(self.target, aside)
                os.rename(building, self.target)
            except BaseException:
                if os.path.lexists(aside) and not os.path.lexists(self.target):
                    os.rename(aside, self.target)
                raise
            self._building = None
            flush(self.target.parent)
        _remove_result(aside)
        _remove_work(self._keeping)

    # -- small parts ----------------------------------------------------------------------------

    @property
    def _keeping(self) -> Path:
        return self.target.with_name(f".{self.target.name}.kept")

    def _be_the_only_writer(self) -> None:
        try:
            self._lock.enter_context(
                only_writer(self.target.with_name(f".{self.target.name}.lock"))
            )
        except BlockingIOError as error:
            found, right = "a folder that another run is writing", "another name, or to wait for it"
            raise InputError(self._given, "", found, right) from error

    def _remove_left_behind(self) -> None:
        """Remove what runs that were killed have left beside the target: no one else is writing it."""
        mine = re.compile(rf"\.{re.escape(self.target.name)}\.(tmp|old)-[0-9a-f]{{16}}")
        for path in self.target.parent.iterdir():
            role = mine.fullmatch(path.name)
            if role and (role[1] == "tmp" or os.path.lexists(self.target)):
                _remove_result(path)

    def _make_parents(self) -> None:
        missing = [p for p in self.target.parents if not p.exists()]
        for parent in reversed(missing):
            parent.mkdir(exist_ok=True)
            self._made_parents.insert(0, parent)

    def _remove_made_parents(self) -> None:
        for parent in self._made_parents:  # innermost first; stops at one that others use by now
            try:
                parent.rmdir()
            except OSError:
                return

    def _refusal(self, found: str) -> ResultError:
        return ResultError(
            f"{self._given}: found {found}, expected a new name, an empty folder "
            "or an earlier result and nothing else in it"
        )

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """Turn an error of the file system into one line about this folder."""
        try:
            yield
        except OSError as error:
            reason = error.strerror or errno.errorcode.get(error.errno or 0, "unknown reason")
            raise ResultError(f"{self._given}: {what}: {reason}") from error


def _is_result(folder: Path) -> bool:
    """Tell whether a folder was made by us: its provenance is JSON and names the package."""
    try:
        text = (folder / MARKER).read_text("utf-8")
        return DISTRIBUTION in text and isinstance(json.loads(text), dict)
    except (OSError, ValueError, RecursionError):
        return False


def _is_ours(entry: os.DirEntry[str]) -> bool:
    return entry.name in KNOWN and entry.is_file(follow_symlinks=False)


def _as_arrow(table: Any, schema: Any) -> Any:
    """Return columns as an arrow table without metadata, of a schema if one is given."""
    import pyarrow as pa

    if isinstance(table, Mapping):
        table = pa.table(dict(table))
    elif not isinstance(table, pa.Table):
        table = pa.Table.from_pandas(table, schema=schema, preserve_index=False)
    return table.replace_schema_metadata(None)


def _listed(names: Sequence[str], most: int = 3) -> str:
    told = [quoted(name) for name in names[:most]]
    return ", ".join([*told, "..."] if len(names) > most else told)


def _remove_result(folder: Path) -> None:
    """Remove a result, but nothing that someone put beside its files at the last moment."""
    with suppress(OSError):
        for name in KNOWN:
            (folder / name).unlink(missing_ok=True)
        folder.rmdir()


def _remove_work(folder: Path) -> None:
    """Remove what was kept of unfinished work, but nothing that someone put beside it."""
    with suppress(OSError):
        for path in list(folder.iterdir()):
            if WORK.fullmatch(path.name):
                path.unlink()
        folder.rmdir()


def _flush_tree(root: Path) -> None:
    """Flush every file, then every folder from the innermost out."""
    for folder, _, files in os.walk(root, topdown=False):
        for name in files:
            flush(Path(folder, name))
        flush(Path(folder))
