"""The kernel beside its peers, its growth, and its share of what the arithmetic alone would cost."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from statistics import median
from typing import Protocol

import numpy as np
from numba import njit
from rich.table import Table

from sim import kernel
from tests.benchmarks import peers
from tests.benchmarks.workload import (
    HORIZON,
    MEAN_EVENTS,
    TRIGGER,
    Kernel,
    Vector,
    calibrated,
    in_kernel,
)


class Contender(Protocol):
    """What plays the workload."""

    name: str

    def run(self, worlds: int, seed: int) -> Vector:
        """Play worlds; return how many events each had."""


def seconds(run: Callable[[], object]) -> float:
    """Return the processor's time that a call takes: other work on the machine does not count."""
    began = time.process_time()
    run()
    return time.process_time() - began


def beside_peers(quick: bool) -> Table:
    """Play W200 with every contender in turn, each between two runs of the kernel."""
    law = calibrated()
    ours = in_kernel(law)
    others: list[Contender] = [
        peers.Lockstep(law), peers.Script(law), peers.MesaEvents(law),
        peers.MesaDays(law, numpy=True), peers.MesaDays(law, numpy=False),
    ]  # fmt: skip
    with suppress(ImportError):
        others.insert(0, peers.Cascade(law, MEAN_EVENTS))
    rounds, span = (2, 0.5) if quick else (5, 2.0)
    table = Table(
        "one core", "worlds/s", "our times faster [range]", "events a world", title="W200"
    )
    own: list[float] = []
    for other in others:
        few = 2 if isinstance(other, peers.MesaDays) else 256
        other.run(2, 1)
        each = max(2, int(span * few / seconds(lambda o=other, n=few: o.run(n, 1))))  # type: ignore[misc]
        ratios, speed, events = [], [], []
        for r in range(rounds):
            before = seconds(lambda r=r: ours.run(4000, 10 + r)) / 4000
            found: list[Vector] = []
            theirs = seconds(lambda r=r: found.append(other.run(each, 100 + r))) / each  # noqa: B023
            after = seconds(lambda r=r: ours.run(4000, 50 + r)) / 4000
            own += [before, after]
            ratios.append(2 * theirs / (before + after))
            speed.append(1 / theirs)
            events.append(found[0])
        counts = np.concatenate(events)
        told = f"{counts.mean():.2f} ± {counts.std() / len(counts) ** 0.5:.2f}"
        middle, least, most = (
            f"{x:,.1f}" if x >= 1 else f"{x:.3f}"
            for x in (median(ratios), min(ratios), max(ratios))
        )
        spread = f"{middle} [{least}-{most}]"
        table.add_row(other.name, f"{median(speed):,.1f}", spread, told)
    counts = ours.run(20_000, 3)
    told = f"{counts.mean():.2f} ± {counts.std() / len(counts) ** 0.5:.2f}"
    table.add_row(ours.name, f"{1 / median(own):,.0f}", "1", told)
    return table


def growth(quick: bool) -> Table:
    """Tell how the time of a world grows with actors, disputes, events and worlds."""
    table = Table(
        "states",
        "disputes",
        "events a world",
        "worlds",
        "µs a world",
        "µs an event",
        title="Growth",
    )
    plain = (200, 5, 25.0)
    cases = [(50, 5, 25.0), plain, (500, 5, 25.0), (1000, 5, 25.0), (200, 1, 25.0), (200, 20, 25.0)]
    cases += [(200, 5, 6.0), (200, 5, 100.0)]
    for states, disputes, events in cases[:3] if quick else cases:
        ours = in_kernel(calibrated(states, disputes, events))
        cost, had = _cost(ours, 2000)
        numbers = (cost * 1e6, cost / had * 1e6)
        table.add_row(
            str(states), str(disputes), f"{had:.1f}", "2,000", *(f"{x:,.1f}" for x in numbers)
        )
    ours = in_kernel(calibrated(*plain))
    for worlds in (100, 10_000, 30_000):
        cost, had = _cost(ours, worlds)
        numbers = (cost * 1e6, cost / had * 1e6)
        table.add_row("200", "5", f"{had:.1f}", f"{worlds:,}", *(f"{x:,.1f}" for x in numbers))
    return table


def _cost(ours: Kernel, worlds: int) -> tuple[float, float]:
    """Return seconds and events a world."""
    ours.run(8, 1)
    found: list[Vector] = []
    spent = min(seconds(lambda: found.append(ours.run(worlds, 3))) for _ in range(3)) / worlds
    return spent, float(found[0].mean())


@njit
def _hashes(n):  # type: ignore[no-untyped-def]
    total = 0.0
    for k in range(n):
        total += kernel.uniform(1, k, k, 0)
    return total


@njit
def _exponentials(n):  # type: ignore[no-untyped-def]
    total = 0.0
    for k in range(n):
        total += kernel.exp(-1e-6 * k)
    return total


@njit
def _logarithms(n):  # type: ignore[no-untyped-def]
    total = 0.0
    for k in range(n):
        total += kernel.log(1e-6 + k)
    return total


def limit(quick: bool) -> Table:
    """Hold a world's time against that of the hashes, exponentials, logarithms and bytes it needs."""
    ours = in_kernel(calibrated())
    cost, _ = _cost(ours, 4000)
    hashes, touches, drawn = _needs(ours, 40)
    N = 2_000_000
    each = {}
    for name, run in (("hash", _hashes), ("exp", _exponentials), ("log", _logarithms)):
        run(8)
        each[name] = seconds(lambda run=run: run(N)) / N
    row = 8 * (kernel.ENDOGENOUS + 6)
    block = np.ones(ours.template.ring.size * (row // 8))  # as large as all clocks of a world
    there = block.copy()
    copy = seconds(lambda: [np.copyto(there, block) for _ in range(2000)])
    byte = copy / (2000 * 2 * block.nbytes)  # each is read once and written once
    needs = [
        ("hashes", hashes, each["hash"]), ("exponentials", touches, each["exp"]),
        ("logarithms", drawn, each["log"]), ("bytes of clocks", 2 * row * touches, byte),
    ]  # fmt: skip
    table = Table(
        "what a world needs", "how many", "ns each", "µs", "share", title="Physical limit, W200"
    )
    for name, count, one in needs:
        share = count * one / cost
        table.add_row(
            name, f"{count:,.0f}", f"{one * 1e9:.3g}", f"{count * one * 1e6:.1f}", f"{share:.0%}"
        )
    total = sum(count * one for _, count, one in needs)
    table.add_row("all of it", "", "", f"{total * 1e6:.1f}", f"{total / cost:.0%}")
    table.add_row("measured", "", "", f"{cost * 1e6:.1f}", "100%")
    return table


def _needs(ours: Kernel, worlds: int) -> tuple[float, float, float]:
    """Return hashes, clocks timed and thresholds drawn, a world: what the law itself asks for, each once.

    A hash for every clock that is open at the beginning or opens later; a timing for every clock that can
    ring at all, at the beginning and for each event that touches it; a logarithm for its first timing.
    """
    hashes = touches = drawn = 0
    fixed, weight, pace = ours.draws
    for v in range(worlds):
        w = kernel.copy_state(ours.template)
        kernel.load_draw(w, fixed[0], weight[0], pace[0], 0.0, HORIZON)
        kernel._foresee(w, 0.0, HORIZON)
        hashes += int(w.is_open.sum())
        k = w.touched[: kernel.begin(w, 0.0, 3, v)]
        timed = int(np.isfinite(w.threshold[k]).sum())
        touches, drawn = touches + timed, drawn + timed
        done = 0
        while True:
            _, act, i, j, t, done = kernel.choose(w, TRIGGER, done, HORIZON)
            if act < 0:
                break
            openings, thresholds = w.occurrence.copy(), w.threshold.copy()
            count = kernel.apply_event(w, act, i, j, t, 0, 3, v)
            k = w.touched[:count]
            opened = w.occurrence[k] > openings[k]
            can_ring = (w.is_open[k] == 1) & np.isfinite(w.threshold[k])
            hashes += int(opened.sum())
            touches += int(can_ring.sum())
            drawn += int((can_ring & (opened | (thresholds[k] < 0.0))).sum())
    return hashes / worlds, touches / worlds, drawn / worlds
