"""Files that are whole or absent: built aside under a name of their own, flushed, renamed into place."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def sibling(target: Path, role: str) -> Path:
    """Return a hidden name beside `target` that no other writer uses."""
    return target.with_name(f".{target.name}.{role}-{secrets.token_hex(8)}")


def flush(path: Path) -> None:
    """Flush a file, or a folder's list of names, to the disk."""
    if os.name != "posix" and path.is_dir():
        return  # only POSIX systems let a folder be opened
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def whole_file(target: Path) -> Iterator[BinaryIO]:
    """Open a file to write that stands at `target` once it is whole, and not before.

    On any error, and on an interrupt, what was written is removed and what stood at the target before
    is untouched. It is flushed before it is renamed: else a power cut can leave the name with nothing
    behind it.

    Parameters
    ----------
    target : Path
        Missing parents are made.

    Examples
    --------
    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "numbers"
    >>> with whole_file(target) as file:
    ...     _ = file.write(b"1 2 3")
    >>> target.read_bytes(), len(list(target.parent.iterdir()))
    (b'1 2 3', 1)
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = sibling(target, "tmp")
    try:
        with partial.open("xb") as file:
            yield file
        flush(partial)
        partial.replace(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    flush(target.parent)
