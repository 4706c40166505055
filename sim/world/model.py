"""One world, watched: a Mesa model that plays the same law as the ensemble, an event a step."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date

import mesa
import numpy as np
import pandas as pd

from sim import kernel
from sim.history.actors import Actors
from sim.history.corpus import Corpus
from sim.world.agents import Actor
from sim.world.assemble import Assembly
from sim.world.ensemble import Ensemble
from sim.world.run import prepare
from sim.world.scenario import Scenario


class ByCode(dict[str, Actor]):
    """The agents of a world by their codes; a code that none has is told with what may be meant."""

    def __init__(self, actors: Actors, agents: Mapping[str, Actor]) -> None:
        super().__init__(agents)
        self._actors = actors

    def __missing__(self, code: str) -> Actor:
        self._actors.check(str(code), "world.actors")
        raise KeyError(code)  # an actor there is, and no agent of this world


class World(mesa.Model):
    """One simulated future of a scenario, the same as that row of the ensemble.

    `step` plays the next event; `run` plays to the horizon. The clock is `days` and `date` (Mesa's own
    `time` and `steps` count steps).

    Parameters
    ----------
    scenario : Scenario, path or Assembly
        A path is that of a scenario's file; an assembly saves preparing the same scenario again for
        every world.
    world : int
        Which of the ensemble's worlds.
    world_seed : int, optional
        The scenario's seed by default.
    corpus : Corpus, optional
    actor : type, optional
        Subclass of `Actor` to make the agents from.

    Examples
    --------
    >>> import sim
    >>> w = sim.World(sim.load_scenario("scenarios/donbas-syria.toml"))  # doctest: +SKIP
    >>> w.step()  # doctest: +SKIP
    >>> w.events.iloc[0]["sender"]  # doctest: +SKIP
    'SYR'
    """

    def __init__(
        self,
        scenario: Scenario | str | os.PathLike[str] | Assembly,
        world: int = 0,
        world_seed: int | None = None,
        corpus: Corpus | None = None,
        actor: type[Actor] = Actor,
    ) -> None:
        super().__init__(rng=0)
        self.assembly = scenario if isinstance(scenario, Assembly) else prepare(scenario, corpus)
        a = self.assembly
        self.number = world
        self.world_seed = a.scenario.seed if world_seed is None else world_seed
        self.arrays = kernel.copy_state(a.template)
        draw = kernel.draw_of(world, len(a.fixed))
        kernel.load_draw(
            self.arrays, a.fixed[draw], a.weight[draw], a.pace[draw], a.start, a.horizon
        )
        kernel.begin(self.arrays, a.start, self.world_seed, world)
        self.days = a.start
        self.running = True
        self._forced_done = 0
        self._ahead = a.conditions.ahead(a.forced)
        self._conditions = a.conditions.scratch()
        self._log: list[tuple[float, ...]] = []
        agents = {code: actor(self, row, code) for row, code in enumerate(a.codes)}
        self.actors = ByCode(a.layout.actors, agents)

    @property
    def date(self) -> date:
        """Today, in this world."""
        return self.assembly.day_of(self.days)

    def step(self) -> None:
        """Play the next event; at the horizon, stop running."""
        for agent in self.agents:
            agent.step()
        a, w = self.assembly, self.arrays
        k, act, i, j, t, self._forced_done = kernel.choose(
            w, self._ahead, self._forced_done, a.horizon
        )
        self.days = t
        if act < 0:
            self.running = False
            return
        by = kernel.cause_of(w, k) if k >= 0 else int(self._ahead[self._forced_done - 1, 4])
        self._do(act, i, j, by)

    def _do(self, act: int, i: int, j: int, by: int) -> None:
        self._log.append((self.days, act, i, j, self.number, by))
        row = len(self._log) - 1
        kernel.apply_event(self.arrays, act, i, j, self.days, row, self.world_seed, self.number)
        kernel.plan(self._ahead, *self._conditions, act, i, j, self.days, row)

    def run(self) -> None:
        """Play to the horizon."""
        while self.running:
            self.step()

    def act(self, sender: str, kind: str, receiver: str) -> None:
        """Let an actor act now, as a rule of the user's own would have it; nothing if it changes nothing."""
        from sim.history.events import EventKind

        layout = self.assembly.layout
        for act, i, j in layout.translate(sender, EventKind(kind), receiver, layout.active):
            if kernel.is_possible(self.arrays, act, i, j):
                self._do(act, i, j, kernel.NO_CAUSE)

    @property
    def log(self) -> np.ndarray:
        """What has happened so far, as rows of the ensemble's log."""
        return np.array(self._log, dtype=float).reshape(-1, 6)

    @property
    def events(self) -> pd.DataFrame:
        """What has happened so far, in the columns of the ensemble's events."""
        return Ensemble(self.assembly, 1, self.world_seed, self.log).events
