"""A scenario at many points: what varies, what comes of it, all on the same clocks.

The worlds of all points share their luck, so that what differs between two points is what they do
differently. What points have in common is built once; each is then a run of its own, and points run side by
side where the shards of an ensemble would.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from os import cpu_count
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from sim.errors import InputError, ScenarioError, quoted
from sim.hazard.posterior import Posterior
from sim.history.corpus import Corpus
from sim.world.assemble import Stage, stage
from sim.world.channels import answering
from sim.world.ensemble import Ensemble, run_ensemble
from sim.world.named_acts import NamedAct, read_act, simulated_acts
from sim.world.scenario import check
from sim.world.scenario_model import Scenario
from sim.world.scenario_premises import SetDoctrine
from sim.world.sweep_plan import Dimension, Points, varied

__all__ = ["FOLLOWS", "Outcome", "Sweep"]

FOLLOWS = "acts that follow"
"""The outcome that every sweep has: how many acts that nobody imposed a world holds, on average."""

BATCH = 16
"""Points that are sent to another process together: each batch builds there anew what its points share."""

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Outcome:
    """What came of one point.

    Parameters
    ----------
    point : tuple of int
        Index of each dimension's value.
    values : dict of str to float
        By the names of `Sweep.outcomes`; empty if the point is impossible.
    impossible : str
        Why it is.
    """

    point: tuple[int, ...]
    values: dict[str, float]
    impossible: str = ""


class Here(Executor):
    """Runs what it is given at once, where it is: a point keeps to its own thread."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run it."""
        done: Future[Any] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


@dataclass(frozen=True, eq=False)
class Sweep:
    """A scenario of which some things vary.

    Parameters
    ----------
    scenario : Scenario
        The base, checked.
    corpus : Corpus
    posterior : Posterior
        Learned on the scenario's day.
    dimensions : sequence of Dimension
    events : sequence of str
        Further acts to tell of, such as ``UKR sever_relations BLR``: the share of worlds in which one
        comes by itself.
    worlds : int
        Of each point.
    seed : int

    Examples
    --------
    >>> from sim.world.sweep_plan import grid, read_dimension
    >>> s = sim.load_scenario("scenarios/donbas-syria.toml")  # doctest: +SKIP
    >>> d = [read_dimension("intervention[0].date=2022-07-01..2022-09-30/7", s)]  # doctest: +SKIP
    >>> Sweep(s, corpus, posterior, d).table(grid(d))  # doctest: +SKIP
    """

    scenario: Scenario
    corpus: Corpus
    posterior: Posterior
    dimensions: Sequence[Dimension]
    events: Sequence[str] = ()
    worlds: int = 1_000
    seed: int = 1
    _stages: dict[object, Stage] = field(default_factory=dict)
    _lock: Any = field(default_factory=threading.Lock)

    def __reduce__(self) -> tuple[type[Sweep], tuple[Any, ...]]:
        """Send it elsewhere as what it is made of: a lock stays in its process, with what it guards."""
        made = (self.scenario, self.corpus, self.posterior, tuple(self.dimensions))
        return type(self), (*made, tuple(self.events), self.worlds, self.seed)

    @cached_property
    def _before(self) -> Corpus:
        return self.corpus.as_of(self.scenario.as_of)

    @cached_property
    def _acts(self) -> list[NamedAct]:
        return [read_act("--event", e, self.corpus.actors, dated=False) for e in self.events]

    @property
    def outcomes(self) -> list[str]:
        """Names of what is told of each point."""
        return [*self._asked, *self.events, FOLLOWS]

    @cached_property
    def _asked(self) -> list[str]:
        """Names of the questions: ids, but ``*`` in those that are made of a part that varies."""
        varying = {path for d in self.dimensions for path in d.paths}
        found = []
        for n, asked in enumerate(self.scenario.forecasts):
            parts = {name: getattr(asked, name) or "any" for name in ("sender", "kind", "receiver")}
            parts["within_days"] = f"{asked.within_days}"
            varied = {name: "*" for name in parts if ("forecast", n, name) in varying}
            made = bool(varied) and "id" not in asked.model_fields_set
            found.append("-".join((parts | varied).values()) + "d" if made else asked.id)
        return found

    def at(self, point: Sequence[int]) -> Outcome:
        """Return what comes of one point."""
        key = tuple(int(i) for i in point)
        try:
            scenario = varied(self.scenario, self.dimensions, key)
            check(scenario, self.corpus, "point", self._before)
        except ValidationError as wrong:
            first = wrong.errors(include_url=False, include_context=False)[0]
            where = ".".join(map(str, first["loc"]))
            return Outcome(key, {}, f"{where}: {quoted(first['input'])} cannot be")
        except ScenarioError as wrong:
            return Outcome(key, {}, str(wrong).split("\n")[0].removeprefix("point: "))
        assembly = self._stage(scenario).set(scenario)
        ensemble = run_ensemble(assembly, self.worlds, self.seed, Here())
        return Outcome(key, self._told(ensemble))

    def _stage(self, scenario: Scenario) -> Stage:
        """Return what the point shares with others, built by the first of them."""
        own = tuple(p for p in scenario.premises if not isinstance(p, SetDoctrine))  # `set` sets it
        key = (scenario.disputes, own)
        with self._lock:
            if key not in self._stages:
                self._stages[key] = stage(scenario, self.corpus, self.posterior)
            return self._stages[key]

    def _told(self, ensemble: Ensemble) -> dict[str, float]:
        a, log = ensemble.assembly, ensemble.log
        free = ~ensemble.forced
        told: dict[str, float] = {}
        origin = (a.scenario.forecast_origin - a.scenario.as_of).days
        day = np.floor(log[:, 0])
        taught = np.isin(a.layout.slots, a.posterior.about["slots"])
        simulated = a.layout.allowed(a.scenario.as_of).astype(bool) & taught
        for name, asked in zip(self._asked, a.scenario.forecasts, strict=True):
            channels = np.flatnonzero(answering(a.layout, asked) & simulated)
            if not channels.size:
                continue  # nothing simulated answers it
            acts = {tuple(map(int, _act_of(a.template, int(k)))) for k in channels}
            inside = free & (origin <= day) & (day <= origin + asked.within_days)
            told[name] = _share(ensemble, inside & _any(log, acts))
        for text, act in zip(self.events, self._acts, strict=True):
            meant = simulated_acts("--event", act, a.layout)
            told[text] = _share(ensemble, free & _any(log, meant))
        told[FOLLOWS] = float(free.sum()) / ensemble.worlds
        return told

    def visit(
        self, points: Iterable[Sequence[int]], executor: Executor | None = None
    ) -> Iterator[Outcome]:
        """Give what comes of each point, in their order.

        Parameters
        ----------
        executor : concurrent.futures.Executor, optional
            Where points run; by default a thread for each core. To other processes they go in batches.
        """
        pool = executor or ThreadPoolExecutor(max_workers=cpu_count() or 1)
        try:
            yield from pool.map(self.at, points, chunksize=BATCH)
        finally:
            if executor is None:
                pool.shutdown(cancel_futures=True)

    def table(
        self,
        points: Points,
        known: Iterable[Outcome] = (),
        kept: Callable[[Outcome], None] | None = None,
        executor: Executor | None = None,
        progress: Progress | None = None,
    ) -> pd.DataFrame:
        """Return a row for each point: its values, its outcomes, and why it is impossible if it is.

        A point that comes several times is run once.

        Parameters
        ----------
        points : array, shape (points, dimensions)
        known : iterable of Outcome
            Of an earlier visit.
        kept : callable, optional
            Given each new outcome as soon as it is there.
        progress : callable, optional
            Told how many of the different points are done.
        """
        found = {outcome.point: outcome for outcome in known}
        keys = [tuple(map(int, point)) for point in points]
        todo = [key for key in dict.fromkeys(keys) if key not in found]
        for outcome in self.visit(todo, executor):
            found[outcome.point] = outcome
            if kept:
                kept(outcome)
            if progress:
                progress(len(found))
        outcomes = [found[key] for key in keys]
        if outcomes and all(o.impossible for o in outcomes):
            right = "at least one point that can be"
            raise InputError(
                "demarche sweep", "", f"no such point ({outcomes[0].impossible})", right
            )
        columns: dict[str, list[Any]] = {
            d.name: [_cell(d.values[key[i]]) for key in keys] for i, d in enumerate(self.dimensions)
        }
        columns |= {name: [o.values.get(name, np.nan) for o in outcomes] for name in self.outcomes}
        return pd.DataFrame(columns | {"impossible": [o.impossible for o in outcomes]})


def _cell(value: object) -> object:
    return value.isoformat() if isinstance(value, dt.date) else value


def _act_of(template: Any, k: int) -> tuple[int, int, int]:
    from sim import kernel

    act, i, j = kernel.act_of(template, k)
    return int(act), int(i), int(j)


def _any(log: Any, acts: Iterable[tuple[int, ...]]) -> Any:
    """Return which rows of a log are any of some acts."""
    n = 2**20
    packed = (log[:, 1] * n + log[:, 2]) * n + log[:, 3]
    return np.isin(packed, [(a * n + i) * n + j for a, i, j in acts])


def _share(ensemble: Ensemble, rows: Any) -> float:
    return len(np.unique(ensemble.log[rows, 4])) / ensemble.worlds
