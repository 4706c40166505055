"""What the commands share: their common options, reading the history, and writing to the terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.errors import InputError, ResultError, quoted

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from sim.history.corpus import Corpus

CorpusOption = Annotated[
    str | None,
    typer.Option("--corpus", metavar="DIR", help="Folder of tables to add to the shipped ones."),
]
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="What was known on this day.")
]


def corpus(folder: str | None, quiet: bool = False) -> Corpus:
    """Read the history; tell of the user's rows that were known already or look odd."""
    from sim.history.corpus import load_corpus

    corpus = load_corpus(folder)
    if folder is not None and not quiet:
        odd = [f for f in corpus.findings if not f.file.startswith("shipped ")]
        for note in [*corpus.repeated, *odd]:
            tell(f"note: {printable(str(note))}")
    return corpus


def day(option: str, text: str | None) -> date | None:
    """Read an option's date; None if it was not given."""
    from sim.history.checks import read_day

    day = read_day(text) if text is not None else None
    if text is not None and day is None:
        raise InputError(option, "", quoted(text), "a date such as 2022-06-28")
    return day


def within(option: str, number: int, least: int, most: int) -> None:
    """Require an option's number to lie within bounds, both included."""
    if not least <= number <= most:
        right = f"a whole number from {least:,} to {most:,}"
        raise InputError(option, "", quoted(number), right)


def counter() -> Callable[[int, int], None] | None:
    """Return what tells on a terminal how much is done; None elsewhere."""
    if not sys.stderr.isatty():
        return None
    return lambda done, every: print(f"\r{done}/{every}", end="\r", file=sys.stderr)


def telling() -> Callable[[str], None] | None:
    """Return what tells on a terminal, in a sentence, what takes time; None elsewhere."""
    return tell if sys.stderr.isatty() else None


def rendered(build: Callable[[int], Any]) -> str:
    """Render for standard output as it is: coloured on a terminal, plain and 80 wide in a pipe."""
    from io import BytesIO, TextIOWrapper

    from rich.console import Console

    out = Console()
    encoding = getattr(sys.stdout, "encoding", None)
    page = TextIOWrapper(BytesIO(), encoding=encoding, errors="replace")
    console = Console(
        file=page, width=out.width, force_terminal=out.is_terminal, highlight=False,
        color_system=out.color_system,  # type: ignore[arg-type]
    )  # fmt: skip
    console.print(build(out.width))
    page.seek(0)
    return "\n".join(line.rstrip() for line in page.read().splitlines()) + "\n"


def say(text: str) -> None:
    """Print the result, all at once."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise ResultError(f"standard output: cannot be written: {error.strerror}") from error


def tell(text: str) -> None:
    """Print a message to standard error."""
    print(text, file=sys.stderr)


def printable(text: str) -> str:
    """Replace what could steer a terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


def file_to_write(out: str) -> Path:
    """Return the path that ``--out FILE`` names; a folder is refused."""
    from pathlib import Path

    path = Path(out)
    if path.is_dir():
        raise InputError("--out", "", f"{quoted(out)}, a folder", "a file to write")
    return path


def write(path: Path, text: str) -> None:
    """Write a file, whole or not at all."""
    from sim.disk import whole_file

    try:
        with whole_file(path) as file:
            file.write(text.encode())
    except OSError as error:
        raise ResultError(f"{path}: cannot be written: {error.strerror}") from error
