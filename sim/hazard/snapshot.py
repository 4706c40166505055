"""Everything exogenous that covariates read, as it could be known on a day."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.hazard.riskset import Layout
from sim.history.corpus import Corpus

Vector = npt.NDArray[np.float64]
EARTH_RADIUS_KM = 6371.0


class Snapshot:
    """Everything exogenous that covariates read, as it could be known on a day.

    Yearly series are read at the year before (see `ActorYears.values`), and so are ties: their spells
    are whole years, and one of this year may only be made later in it.
    """

    def __init__(self, corpus: Corpus, layout: Layout, day: date) -> None:
        self.actors = layout.actors
        self.layout = layout
        self.day = day
        self.alive = self.actors.alive(day)
        seen = date(day.year - 1, 12, 31)
        self.members = corpus.ties.membership(seen).astype(float)
        self.votes = corpus.votes
        self.allies = corpus.ties.matrix("alliance", seen, levels=("defense", "offense"))
        self.missions = corpus.ties.matrix("mission", seen)
        self.nearby = corpus.ties.matrix("contiguity", seen)
        years = corpus.actor_years
        self.ideal = self._impute(years.values("ideal_point", day))
        self.capability = (
            np.log10(np.nan_to_num(years.values("capability", day), nan=1e-6) + 1e-6) + 3
        )
        with np.errstate(divide="ignore"):
            self.income = _centred(np.log(years.values("gdp_per_head", day)))
        self.democracy = _centred(years.values("polyarchy", day))
        table = self.actors.table
        self.places = np.radians(
            np.array(
                [
                    [float(lat or "nan"), float(lon or "nan")]
                    for lat, lon in zip(table["capital_lat"], table["capital_lon"], strict=True)
                ]
            )
        )

    def _impute(self, ideal: Vector) -> Vector:
        """Fill a missing ideal point with the mean of fellow members of the same organisations."""
        known = np.isfinite(ideal) & self.alive
        shared = self.members @ self.members[known].T
        weight = shared.sum(axis=1)
        fellow = shared @ ideal[known] / np.where(weight > 0, weight, 1)
        centre = float(ideal[known].mean()) if known.any() else 0.0
        return np.where(known, ideal, np.where(weight > 0, fellow, centre))

    @cached_property
    def fellowship(self) -> npt.NDArray[np.float64]:
        """Cosine of everyone's memberships, less what an actor has in common with all others, (n, n)."""
        shared = self.members @ self.members.T
        size = np.sqrt(np.maximum(np.diag(shared), 1.0))
        cosine = shared / np.outer(size, size)
        usual = (cosine * self.alive).sum(axis=1) / max(1, self.alive.sum())
        return np.asarray(cosine - usual[:, None])

    def rows(self, codes: tuple[str, ...]) -> list[int]:
        """Rows of the actors that exist on the day."""
        return [r for r in map(self.actors.row, codes) if self.alive[r]]

    def partners(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Weights of everyone's fellow members and allies, rows summing to 1 or 0, both (n, n).

        Columns lie side by side in memory, as the kernel reads them: who heeds the one that acts.
        """
        shared = self.members @ self.members.T * np.outer(self.alive, self.alive)
        return _weights(shared), _weights(self.allies * np.outer(self.alive, self.alive))

    def distance(self, code: str) -> Vector:
        """Great-circle distance from every capital to an actor's, thousands of km; the median if unknown."""
        lat, lon = self.places.T
        a, b = self.places[self.actors.row(code)]
        h = np.sin((lat - a) / 2) ** 2 + np.cos(lat) * np.cos(a) * np.sin((lon - b) / 2) ** 2
        km = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(h, 0, 1))) / 1000
        return np.where(np.isfinite(km), km, np.nanmedian(km) if np.isfinite(km).any() else 0.0)


def _centred(value: Vector) -> Vector:
    """Return a series less its median; 0 where unknown."""
    known = np.isfinite(value)
    middle = np.median(value[known]) if known.any() else 0.0
    return np.where(known, value - middle, 0.0)


def _weights(shared: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    shared = shared.astype(float)
    np.fill_diagonal(shared, 0.0)
    total = shared.sum(axis=1, keepdims=True)
    return np.asarray(shared / np.where(total > 0, total, 1.0))
