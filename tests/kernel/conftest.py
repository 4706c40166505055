"""A toy world of five actors, whose hazards are given by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from law_bench import DISPUTES

from sim import kernel
from sim.hazard.replay import empty_world
from sim.hazard.riskset import MEND_KINDS, RUNG_KINDS, SLOTS, Layout
from sim.hazard.terms import PIECES
from sim.history.corpus import TABLES, read_folder
from sim.world.streams import channel_name, clock_keys

# AAA, BBB, CCC stand by; PAR is the parent, ENT the entity, CCC its patron. In the second toy AAA is
# a parent too (of TNE), so that a responder can itself be answered.
ACTORS = ("AAA", "BBB", "CCC", "ENT", "PAR")


@dataclass(frozen=True)
class Toy:
    """One dispute (ENT against PAR, patron CCC), or two; hazards of channels by hand.

    Channels are named ``(sender, kind, receiver)``; those without a rate cannot ring. `arithmetic` is
    the kernel, or one with a fault in it.
    """

    layout: Layout
    world: kernel.WorldArrays
    channel: Mapping[tuple[str, str, str], int]
    arithmetic: Any = kernel

    def play(
        self,
        rates: Mapping[tuple[str, str, str], float],
        worlds: int = 30_000,
        horizon: float = 1e9,
        forced: tuple[tuple[float, ...], ...] = (),
        weight: Mapping[tuple[int, int], float] | None = None,
        pace: Mapping[tuple[int, int], tuple[float, ...]] | None = None,
        edges: Mapping[int, tuple[float, ...]] | None = None,
        static: Mapping[tuple[str, str, str], float] | None = None,
        late: float | None = None,
        seed: int = 7,
        rows: int = 40,
        shifts: tuple[float, ...] = (0.0,),
        **state: Any,
    ) -> np.ndarray:
        """Play worlds; return the log.

        `weight` by (slot, endogenous covariate); `pace` factors by (slot, phase); `static` are log
        rates, for those that a rate cannot express; `late` is the factor of all channels in the pieces
        from `late_from` on; `rows` a world is the room for the log; each of `shifts` is added to all log
        rates, in a posterior draw of its own.
        """
        logs = {name: float(np.log(rate)) for name, rate in rates.items()} | dict(static or {})
        K = self.layout.channels
        allowed, fixed = np.zeros(K, np.int8), np.zeros((1, K))
        for name, log_rate in logs.items():
            allowed[self.channel[name]], fixed[0, self.channel[name]] = 1, log_rate
        S = len(SLOTS)
        weights, paces = np.zeros((1, S, kernel.ENDOGENOUS)), np.zeros((1, S, 2, PIECES))
        for at, value in (weight or {}).items():
            weights[0][at] = value
        table = 1e12 + np.tile(np.arange(float(PIECES)), (S, 1))
        table[:, 0] = 0.0
        for slot, own in (edges or {}).items():
            table[slot, : len(own)] = own
        for (slot, phase), factors in (pace or {}).items():
            with np.errstate(divide="ignore"):
                paces[0, slot, phase, : len(factors)] = np.maximum(np.log(factors), -1e4)
        fixed = fixed + np.array(shifts)[:, None]
        weights, paces = (np.repeat(one, len(shifts), axis=0) for one in (weights, paces))
        fixed = np.insert(fixed, K, float(np.log(late or 1.0)), axis=1)
        template = self.world._replace(
            start=np.stack([np.arange(K + 1), K + np.arange(K + 1)]),
            term=np.append(np.arange(K), np.full(K, K)).astype(np.int32), value=np.ones(2 * K),
            allowed=allowed, edges=table, **state,
        )  # fmt: skip
        template = kernel.copy_state(template)
        log = np.zeros((rows * worlds, 6))
        mine = np.argsort(kernel.draw_of(np.arange(worlds), len(shifts)), kind="stable")
        used = self.arithmetic.run_worlds(
            template, kernel.copy_state(template), fixed, weights, paces,
            np.array(forced, dtype=float).reshape(-1, 4), 0.0, horizon, seed, mine, log,
        )  # fmt: skip
        assert used <= len(log)
        return log[:used]


Writer = Callable[[tuple[str, ...], tuple[str, ...]], Toy]


@pytest.fixture(scope="session")
def toy_of(tmp_path_factory: pytest.TempPathFactory) -> Writer:
    """Build the toy world of some contested actors and disputes."""
    return toy_writer(lambda: tmp_path_factory.mktemp("toy"))


def toy_writer(new_folder: Callable[[], Path]) -> Writer:
    """Return what builds the toy world of some contested actors and disputes."""

    def built(contested: tuple[str, ...], disputes: tuple[str, ...]) -> Toy:
        folder = new_folder()
        codes = sorted({*ACTORS, *contested})
        actors = [
            f"{c},{c},{'contested' if c in contested else 'state'},,,,,1990-01-01,,,toy,verified"
            for c in codes
        ]
        for name, rows in (("actors", actors), ("disputes", disputes)):
            text = "\n".join([",".join(TABLES[name][0]), *rows]) + "\n"
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        layout = Layout.of(read_folder(folder))
        names = [(i, "recognise", e) for e, _ in layout.columns for i in codes]
        keys = [channel_name("recognise", k, i, e, "d") for i, k, e in names]
        for f in layout.fronts:
            mine = [(f.responder, str(kind), i) for i in codes for kind in RUNG_KINDS]
            names += mine
            keys += [channel_name("respond", k, p, i, "d") for p, k, i in mine]
        undone = [(i, "withdraw_recognition", e) for e, _ in layout.columns for i in codes]
        keys += [channel_name("withdraw", k, i, e, "d") for i, k, e in undone]
        mends = [
            (f.responder, str(kind), i) for f in layout.fronts for i in codes for kind in MEND_KINDS
        ]
        keys += [channel_name("restore", k, p, i, "d") for p, k, i in mends]
        names += undone + mends
        world = empty_world(layout)._replace(key=clock_keys(keys))
        return Toy(layout, world, {name: k for k, name in enumerate(names)})

    return built


@pytest.fixture(scope="session")
def toy(toy_of: Writer) -> Toy:
    return toy_of(*DISPUTES["toy"])


@pytest.fixture(scope="session")
def mutual(toy_of: Writer) -> Toy:
    """ENT against PAR and TNE against AAA: two parents who may answer each other."""
    return toy_of(*DISPUTES["mutual"])
