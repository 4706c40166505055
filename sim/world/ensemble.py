"""Many worlds: the compiled loop, shard by shard, and the log of what happened in each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from os import cpu_count

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim import kernel
from sim.world.assemble import Assembly, act_text
from sim.world.conditions import Conditions
from sim.world.intervals import Counting
from sim.world.tally import Tally

SHARD = 2500
"""About so many worlds a shard. Which shard a world is played in changes nothing about it."""

ROWS_A_WORLD = 16  # first guess at the room its log needs; grown when too small

Progress = Callable[[int], None]

Act = tuple[str, str, str, str]
"""Sender, kind, receiver and dispute."""


@dataclass(frozen=True)
class Ensemble:
    """The simulated futures of one scenario.

    Parameters
    ----------
    assembly : Assembly
    worlds : int
    seed : int
    log : array, shape (rows, 6)
        (time, act, i, j, world, cause), by world and time; times in days since the as-of date began.
    """

    assembly: Assembly
    worlds: int
    seed: int
    log: npt.NDArray[np.float64]

    @cached_property
    def events(self) -> pd.DataFrame:
        """Every act of every world: world, day, date, sender, kind, receiver, dispute, trigger.

        `day` counts from the as-of date; `trigger` names the act that set the clock going, and is
        ``intervention`` for a forced one (``intervention after`` the act that met its condition).
        """
        a = self.assembly
        named, which = self.acts
        table = pd.DataFrame(named, columns=["sender", "kind", "receiver", "dispute"], dtype=object)
        table = table.iloc[which].reset_index(drop=True)
        day = np.floor(self.log[:, 0]).astype(np.int64)
        as_of = np.datetime64(a.scenario.as_of, "D")
        table.insert(0, "world", self.log[:, 4].astype(np.int64))
        table.insert(1, "day", day)
        table.insert(2, "date", (as_of + day).astype("datetime64[s]"))
        table["trigger"] = self._triggers(day)
        return table

    def _triggers(self, day: npt.NDArray[np.int64]) -> npt.NDArray[np.object_]:
        a = self.assembly
        named, which = self.acts
        cause = self.log[:, 5].astype(np.int64)
        found = np.full(len(cause), "", dtype=object)
        for c in np.unique(cause[cause < kernel.NO_CAUSE]):
            found[cause == c] = a.past_act(int(c))
        found[self.forced] = "intervention"
        rows = np.flatnonzero(cause >= 0)
        by = self._cause_rows[rows]
        pairs, inverse = np.unique(day[by] * max(1, len(named)) + which[by], return_inverse=True)
        acts = [act_text(named[p % len(named)], a.day_of(p // len(named))) for p in pairs]
        told = np.array(acts, dtype=object)[inverse.ravel()]
        found[rows] = np.where(self.forced[rows], "intervention after " + told, told)
        return found

    @cached_property
    def acts(self) -> tuple[list[Act], npt.NDArray[np.int64]]:
        """Every act that happened in any world, and which of them each row of the log is."""
        act, i, j = self.log[:, 1:4].astype(np.int64).T
        codes, which = np.unique((act << 48) + (i << 24) + j, return_inverse=True)
        low = (1 << 24) - 1
        rows = ((int(c) >> 48, int(c) >> 24 & low, int(c) & low) for c in codes)
        return [self.assembly.describe(*row) for row in rows], which.ravel()

    @cached_property
    def forced(self) -> npt.NDArray[np.bool_]:
        """Which rows of the log were forced by the scenario, on a day or on a condition."""
        a = self.assembly
        mask = np.zeros(len(self.log), dtype=bool)
        for row in a.forced:
            mask |= (self.log[:, :4] == row).all(axis=1)
        for act, delays in a.conditions.acts.items():
            mine = np.flatnonzero((self.log[:, 1:4] == act).all(axis=1) & (self.log[:, 5] >= 0))
            waited = self.log[mine, 0] - self.log[self._cause_rows[mine], 0]
            # a clock rings so exactly after its cause in no world
            mask[mine] |= np.isclose(waited[:, None], delays, rtol=0, atol=1e-9).any(axis=1)
        return mask

    @cached_property
    def _cause_rows(self) -> npt.NDArray[np.int64]:
        """Row of the log that holds each row's cause, where a row of its world is one."""
        first = np.searchsorted(self.log[:, 4], self.log[:, 4], side="left")
        return np.where(self.log[:, 5] >= 0, first + self.log[:, 5].astype(np.int64), 0)

    def parts(self) -> Iterator[Ensemble]:
        """Hand out the worlds in parts that fit in memory, each with its worlds whole."""
        yield self

    @cached_property
    def by_act(self) -> dict[Act, Tally]:
        """In how many worlds each act came that was not forced; see `sim.world.projection.by_act`."""
        from sim.world.projection import by_act

        return by_act(self)

    @cached_property
    def counting(self) -> Counting:
        """How the worlds fall on the posterior draws."""
        return Counting(self.worlds, len(self.assembly.fixed))

    @cached_property
    def spreads(self) -> dict[str, npt.NDArray[np.float64]]:
        """How far the posterior draws differ, by kind of act; see `sim.world.projection.spreads`."""
        from sim.world.projection import spreads

        return spreads(self)

    def projection(self) -> pd.DataFrame:
        """Return what the worlds say of each act; see `sim.world.projection.project`."""
        from sim.world.projection import project

        return project(self)


def run_ensemble(
    assembly: Assembly,
    worlds: int,
    seed: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Ensemble:
    """Play `worlds` worlds of an assembled scenario.

    Parameters
    ----------
    worlds : int
        At least 1. World ``v`` is the same whatever their number.
    seed : int, optional
        The scenario's own by default.
    executor : concurrent.futures.Executor, optional
        Where shards run; by default a thread for each core (the kernel releases the lock).
    progress : callable, optional
        Told the number of worlds done after each shard.
    """
    seed = assembly.scenario.seed if seed is None else seed
    log = play(assembly, np.arange(worlds), seed, executor, progress)
    return Ensemble(assembly, worlds, seed, log)


def play(
    assembly: Assembly,
    worlds: npt.NDArray[np.int64],
    seed: int,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> npt.NDArray[np.float64]:
    """Return the log of some worlds, by world and time; see `run_ensemble`."""
    log = spread(Shard.of(assembly, seed), worlds, len(assembly.fixed), executor, progress)
    return log[np.argsort(log[:, 4], kind="stable")]


def spread(
    run: Callable[[npt.NDArray[np.int64]], npt.NDArray[np.float64]],
    worlds: npt.NDArray[np.int64],
    draws: int,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> npt.NDArray[np.float64]:
    """Play shards of worlds side by side; return what they give, one after the other."""
    shards = _shards(worlds, draws)
    own = executor is None
    pool = executor or ThreadPoolExecutor(max_workers=cpu_count() or 1)
    try:
        parts, done = [], 0
        for shard, part in zip(shards, pool.map(run, shards), strict=True):
            parts.append(part)
            done += len(shard)
            if progress:
                progress(done)
    finally:
        if own:
            pool.shutdown(cancel_futures=True)
    return np.concatenate(parts)


def logged(run: Callable[[npt.NDArray[np.float64]], int], rows: int) -> npt.NDArray[np.float64]:
    """Return the log that a driver fills, with more room than `rows` if it needs more."""
    while True:
        log = np.zeros((rows, 6))
        used = run(log)
        if used <= rows:
            return log[:used]
        rows = used


def _shards(worlds: npt.NDArray[np.int64], draws: int) -> list[npt.NDArray[np.int64]]:
    """Split the worlds by the posterior draw they live under, so that each draw is loaded once."""
    draw = kernel.draw_of(worlds, draws)
    order = worlds[np.argsort(draw, kind="stable")]
    size = np.bincount(draw, minlength=draws)
    used = np.flatnonzero(size)
    pieces = np.array_split(used, min(used.size, -(-len(worlds) // SHARD)))
    last = np.cumsum(size)
    return np.split(order, [int(last[piece[-1]]) for piece in pieces[:-1]])


@dataclass(frozen=True)
class Shard:
    """A pure function from worlds to their log: arrays only, so that it is cheap to send elsewhere."""

    template: kernel.WorldArrays
    draws: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]
    forced: npt.NDArray[np.float64]
    start: float
    horizon: float
    conditions: Conditions
    seed: int

    @classmethod
    def of(cls, a: Assembly, seed: int) -> Shard:
        """Take from an assembly what the kernel needs."""
        draws = (a.fixed, a.weight, a.pace)
        return cls(a.template, draws, a.forced, a.start, a.horizon, a.conditions, seed)

    def __call__(self, worlds: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Play some worlds, those of one draw side by side."""
        template, scratch = kernel.copy_state(self.template), kernel.copy_state(self.template)
        waiting = len(self.conditions.planned) > 0
        ahead, conditions = self.conditions.ahead(self.forced), self.conditions.scratch()

        def run(log: npt.NDArray[np.float64]) -> int:
            if waiting:
                return int(
                    kernel.run_conditional(
                        template, scratch, *self.draws, ahead, self.start, self.horizon,
                        self.seed, worlds, log, conditions,
                    )
                )  # fmt: skip
            return int(
                kernel.run_worlds(
                    template, scratch, *self.draws, self.forced, self.start, self.horizon,
                    self.seed, worlds, log,
                )
            )  # fmt: skip

        return logged(run, ROWS_A_WORLD * len(worlds))
