"""Files that are whole or absent: built aside under a name of their own, flushed, renamed into place.

And one writer at a time, by a lock that the system takes back from a process that ends, however it ends.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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


@contextmanager
def only_writer(lock: Path) -> Iterator[None]:
    """Hold a lock while the block runs; it leaves nothing behind that could be in the way.

    The lock is the system's on an open file, not the file: after a kill -9 it is free, and the file that
    is left is taken over by the next writer.

    Parameters
    ----------
    lock : Path
        A file of this name stands there meanwhile. Its folder must exist.

    Raises
    ------
    BlockingIOError
        If another process, or another block of this one, holds it.

    Examples
    --------
    >>> import tempfile
    >>> lock = Path(tempfile.mkdtemp()) / "lock"
    >>> with only_writer(lock):
    ...     lock.exists()
    True
    >>> lock.exists()
    False
    """
    handle = _held(lock)
    try:
        yield
    finally:
        if os.name == "posix":  # elsewhere an open file cannot be removed
            lock.unlink(missing_ok=True)
        os.close(handle)
        if os.name != "posix":
            with suppress(OSError):
                lock.unlink()


def _held(lock: Path) -> int:
    """Open and lock a file that still has its name once it is locked: its last holder may remove it."""
    while True:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
        try:
            _lock(handle)
            if os.path.exists(lock) and os.path.samestat(os.fstat(handle), os.stat(lock)):
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def _lock(handle: int) -> None:
    if os.name == "posix":
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return
    import msvcrt

    try:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    except OSError as error:
        raise BlockingIOError(*error.args) from error
