"""Worlds played block by block, each kept on the disk: memory is bounded, and a run can go on.

A block is so many consecutive worlds, whatever plays them. It is a parquet file that is whole or absent, in
a folder that names the recipe of the run: the arrays, the seed and the source of the kernel. The same run,
begun again, reads the blocks that are there and plays the others; another run takes none of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sim import kernel
from sim.disk import whole_file
from sim.errors import InputError, ResultError, quoted
from sim.world.assemble import Assembly
from sim.world.ensemble import Ensemble, Progress, Shard, play
from sim.world.results import WORK

BLOCK = 25_000
"""Worlds of a block: a second or two of work, and some megabytes of log."""

RECIPE = "recipe"
COLUMNS = {
    "time": np.float64, "act": np.int8, "i": np.int16, "j": np.int16, "world": np.int32,
    "cause": np.int32,
}  # fmt: skip
"""Of a log, as they lie on the disk."""

Log = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Blocks:
    """The blocks of a run, in a folder of their own.

    Parameters
    ----------
    folder : Path
        Made if it is missing. Blocks of another recipe in it are removed.
    assembly : Assembly
    worlds, seed : int

    Raises
    ------
    InputError
        If the folder holds anything else.
    """

    folder: Path
    assembly: Assembly
    worlds: int
    seed: int

    def __post_init__(self) -> None:
        recipe, mark = recipe_of(self.assembly, self.seed), self.folder / RECIPE
        with suppress(OSError, ValueError):
            if mark.read_text("ascii") == recipe:
                return
        self._remove_others()
        with whole_file(mark) as file:
            file.write(recipe.encode("ascii"))

    def _remove_others(self) -> None:
        """Remove the blocks of another run; refuse a folder that holds anything else."""
        found = list(self.folder.iterdir()) if self.folder.exists() else []
        if strange := sorted(path.name for path in found if not WORK.fullmatch(path.name)):
            other = f"a folder with other content ({quoted(strange[0])})"
            raise InputError(self.folder, "", other, "a folder for blocks alone")
        for path in found:
            path.unlink()

    @property
    def spans(self) -> list[tuple[int, int]]:
        """First world of each block, and the first behind it."""
        return [(v, min(v + BLOCK, self.worlds)) for v in range(0, self.worlds, BLOCK)]

    def path(self, span: tuple[int, int]) -> Path:
        """Return where a block lies once it is played."""
        return self.folder / "{:09d}-{:09d}.parquet".format(*span)

    def read(self, span: tuple[int, int]) -> Log | None:
        """Return the log of a block; None if it is not there, or damaged."""
        import pyarrow as pa
        from pyarrow import parquet

        try:
            table = parquet.read_table(self.path(span), page_checksum_verification=True)
            return np.column_stack([table[name].to_numpy().astype(float) for name in COLUMNS])
        except (OSError, KeyError, ValueError, pa.ArrowException):
            return None

    def write(self, span: tuple[int, int], log: Log) -> None:
        """Keep the log of a block."""
        import pyarrow as pa
        from pyarrow import parquet

        types = COLUMNS.items()
        table = pa.table({name: log[:, c].astype(t) for c, (name, t) in enumerate(types)})
        with whole_file(self.path(span)) as file:
            parquet.write_table(table, file, compression="zstd", write_page_checksum=True)

    def play(self, executor: Executor | None = None, progress: Progress | None = None) -> None:
        """Play the blocks that are not there yet.

        Parameters
        ----------
        executor, progress
            See `sim.world.ensemble.run_ensemble`; worlds that were there count as done.
        """
        done = 0
        for span in self.spans:
            first, last = span
            if self.read(span) is None:
                told = None if progress is None else _behind(first, progress)
                self.write(
                    span, play(self.assembly, np.arange(first, last), self.seed, executor, told)
                )
            done = last
            if progress:
                progress(done)

    @property
    def there(self) -> int:
        """How many worlds are played."""
        return sum(last - first for first, last in self.spans if self.path((first, last)).exists())


def _behind(first: int, progress: Progress) -> Progress:
    return lambda done: progress(first + done)


class Stored(Ensemble):
    """An ensemble whose log lies on the disk and is read a block at a time.

    Parameters
    ----------
    blocks : Blocks
        All of them played.
    """

    def __init__(self, blocks: Blocks) -> None:
        about = {"assembly": blocks.assembly, "worlds": blocks.worlds, "seed": blocks.seed}
        self.__dict__.update(about | {"blocks": blocks})

    def parts(self) -> Iterator[Ensemble]:
        """Hand out the blocks, in their order."""
        blocks: Blocks = self.__dict__["blocks"]
        for span in blocks.spans:
            log = blocks.read(span)
            if log is None:
                raise ResultError(f"{blocks.path(span)}: has gone, or is damaged")
            yield Ensemble(blocks.assembly, blocks.worlds, blocks.seed, log)

    @cached_property
    def log(self) -> Log:  # type: ignore[override]
        """The log of all worlds, which must then fit in memory."""
        return np.concatenate([part.log for part in self.parts()])


def recipe_of(assembly: Assembly, seed: int) -> str:
    """Return the fingerprint of all that decides what happens in a world: of whatever a shard is given.

    The number of worlds is no part of it: world ``v`` is the same whatever their number.
    """
    digest = hashlib.sha256(Path(kernel.__file__).read_bytes())
    for name, array in _arrays("shard", Shard.of(assembly, seed)):
        digest.update(f"{name} {array.dtype.str} {array.shape} ".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _arrays(name: str, part: Any) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    """Take apart what a shard is made of, so that nothing it may be given one day is left out."""
    inner: dict[Any, Any] = {}
    if is_dataclass(part):
        inner = {field.name: getattr(part, field.name) for field in fields(part)}
    elif isinstance(part, tuple):
        inner = part._asdict() if hasattr(part, "_asdict") else dict(enumerate(part))
    else:
        yield name, np.asarray(part)
    inner.pop("touched", None)  # scratch
    for key, value in inner.items():
        yield from _arrays(f"{name}.{key}", value)
