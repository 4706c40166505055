"""Actors as Mesa agents: named views of the kernel's rows. No number lives here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np
import pandas as pd

from sim import kernel
from sim.hazard.covariates import COVARIATES
from sim.hazard.riskset import SLOTS, process_of

if TYPE_CHECKING:
    from sim.world.model import World

LEVELS = ("none", "charge", "ambassador")


class Actor(mesa.Agent):
    """A state or an aspirant entity in one world.

    Everything it knows is read from the world's arrays when asked; an agent computes no hazard and draws
    no random number. Subclass it and override `step` to give an actor a rule of your own; acts are
    done through `World.act`.

    Parameters
    ----------
    world : World
    row : int
        Row of the actor in every array.
    code : str
    """

    def __init__(self, world: World, row: int, code: str) -> None:
        super().__init__(world)
        self.world = world
        self.row = row
        self.code = code

    def __repr__(self) -> str:
        return f"<Actor {self.code}>"

    def step(self) -> None:
        """Do nothing of its own accord: what an actor does is decided by its clocks."""

    @property
    def recognises(self) -> tuple[str, ...]:
        """Contested actors that this one recognises now."""
        held = self.world.arrays.recognises[self.row]
        columns = zip(self.world.assembly.layout.columns, held, strict=True)
        return tuple(e for (e, d), yes in columns if yes and e in d.contested)

    @property
    def recognised_by(self) -> tuple[str, ...]:
        """Who recognises this actor now; empty if its recognition is no question here."""
        codes = self.world.assembly.codes
        for c, (entity, d) in enumerate(self.world.assembly.layout.columns):
            if entity == self.code and entity in d.contested:
                held = self.world.arrays.recognises[:, c]
                return tuple(code for code, yes in zip(codes, held, strict=True) if yes)
        return ()

    @property
    def stance(self) -> dict[str, float]:
        """Where this actor stands now toward each contested or shunned one of the scenario.

        See `sim.hazard.stance`: +1 has recognised, 0 is as ready as the middling actor was at the start.
        Actors that cannot recognise one (the parent, itself) have no stance toward it.
        """
        w, layout = self.world.arrays, self.world.assembly.layout
        found = {}
        for c, (entity, _) in enumerate(layout.columns):
            k = c * layout.n + self.row
            if not w.allowed[k]:
                continue
            late = int(kernel.is_late(w, k, self.world.days))
            eta = w.static[k] + w.weight[w.slot[k]] @ w.z[k] + late * np.log(w.late[k])
            held = bool(w.recognises[self.row, c])
            found[entity] = 1.0 if held else float(np.tanh((eta - w.middle[late, c]) / 2))
        return found

    def relations_with(self, code: str) -> str | None:
        """Return the level of relations with another actor: none, charge or ambassador.

        None where neither answers recognitions in this scenario, so that the world does not track it.
        """
        layout = self.world.assembly.layout
        for me, other in ((self.code, code), (code, self.code)):
            for f, front in enumerate(layout.fronts):
                if front.responder == me:
                    return LEVELS[int(self.world.arrays.level[f, layout.actors.row(other)])]
        return None

    @property
    def rules(self) -> pd.DataFrame:
        """What this actor may do now, the most urgent first.

        Columns: kind, receiver, dispute, hazard (expected acts a day at this moment), and the
        endogenous covariates that are not zero.
        """
        w, a = self.world.arrays, self.world.assembly
        now = self.world.days
        rows = []
        for k in a.channels_of(self.code):
            if not w.is_open[k]:
                continue
            _, kind, receiver, dispute = a.channel(k)
            z, process = w.z[kernel.driven_by(w, k)], process_of(SLOTS[w.slot[k]])
            moved = {
                c.name: round(float(z[c.column]), 3)
                for c in COVARIATES
                if process in c.processes and c.column >= 0 and z[c.column] != 0
            }
            rows.append((kind, receiver, dispute, kernel.hazard_now(w, k, now), moved))
        table = pd.DataFrame(rows, columns=["kind", "receiver", "dispute", "hazard", "moved_by"])
        return table.sort_values("hazard", ascending=False, kind="stable").reset_index(drop=True)
