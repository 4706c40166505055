"""Base rates of acts between any two actors, learned from the record as of a day.

History is walked through in steps of a few days. At each step every pair stands in a cell of features (see
`sim.hazard.dyads`), and the acts that follow within each *lead* are counted: what is learned is how often
pairs that look like this act within so many days, new waves included. Old years count less.

How acts clump was held against what came after: of the windows of 10, 30, 90 and 180 days of 1990-2014 in 4,
10, 23 and 36 of a hundred some act of a family came, forecast on average were 4, 11, 26 and 39 (were acts
independent: 8, 17, 34 and 46).

The corpus is a record of chosen episodes, not of all acts. Outside of episodes the rates of a pair are
therefore too low, above all of acts that are on record where a dispute made them telling (expulsions,
condemnations, talks, embassies). They rank pairs and days better than they tell how often an act is done.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt

from sim.hazard import poisson
from sim.hazard.dyads import (
    CELLS,
    FAMILIES,
    FAMILY_OF,
    FEATURES,
    NAMES,
    SIZES,
    Dyads,
    Ground,
    bands_of,
)
from sim.history.corpus import Corpus

STEP = 10
LEADS = (0, 10, 30, 180, 1095)
"""Edges of the leads in days; beyond the last a rate stays what it was in the last lead."""
HALF_LIFE = 20 * 365.25
"""What is so many days old counts half; see `sim.hazard.dyads` for how it was chosen."""
BEGUN = 0.1
"""History is read from the day on by which this share of its acts had happened: before, it is patchy."""
EPISODE = 30
"""Acts of a family toward the same receiver, no further apart than so many days, are one episode."""
CLUMPS = np.geomspace(0.02, 50.0, 34)
DRAWS = 400
WINDOW = 30
"""Days in which it is counted whether anyone acts, to learn how acts clump."""
POSSIBLE = FEATURES.index("possible")

Vector = npt.NDArray[np.float64]
Cells = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Act = tuple[int, str, str, str]


@dataclass(frozen=True, eq=False)
class Family:
    """What was learned of a family of acts.

    Parameters
    ----------
    rates : list of Rates
        For each lead.
    counts : array, shape (kinds,)
        Weighted acts of each kind.
    lumped : float
        Acts for each episode: so much wider is what is known than if all acts were independent.
    clump : float
        How acts come in waves: where ``H`` acts are expected in ``WINDOW`` days, none comes with the
        probability ``(1 + H / clump) ** -clump``, and independently of that in the next days (a
        negative binomial process).
    """

    rates: list[poisson.Rates]
    counts: Vector
    lumped: float
    clump: float = CLUMPS[-1]

    def hazards(self, cells: Cells, seed: int) -> Vector:
        """Return draws of the daily hazard of each cell at each lead, shape (leads, draws, cells)."""
        found = np.zeros((len(self.rates), DRAWS, len(cells)))
        columns = poisson.columns_of(bands_of(cells), SIZES)
        for lead, rates in enumerate(self.rates):
            beta = rates.draws(DRAWS, seed, self.lumped)
            found[lead] = np.exp(beta[:, :1] + beta[:, columns].sum(axis=2))
        return found

    def shares(self, seed: int) -> Vector:
        """Return draws of the share that each kind has in the family, shape (draws, kinds)."""
        rng = np.random.default_rng([seed, len(self.rates)])
        return np.asarray(rng.dirichlet(self.counts + 0.5, DRAWS))


@dataclass(frozen=True, eq=False)
class BaseRates:
    """The base rates of a day.

    Parameters
    ----------
    families : dict of str to Family
    cells : dict of str to array, shape (n, n)
        Where each pair stands on the day, sender by receiver.
    alive : array of bool, shape (n,)
    """

    families: dict[str, Family]
    cells: dict[str, Cells]
    alive: Flags

    @cached_property
    def pairs(self) -> Flags:
        """Between whom acts may happen at all, shape (n, n)."""
        return np.asarray(
            self.alive[:, None] & self.alive & ~np.eye(len(self.alive), dtype=np.bool_)
        )

    def possible(self, kind: str) -> Flags:
        """Return between whom an act is possible as relations stand, shape (n, n)."""
        possible = bands_of(self.cells[FAMILY_OF[kind]].ravel())[:, POSSIBLE] > 0
        return np.asarray(self.pairs & possible.reshape(self.pairs.shape))

    def expected(self, kind: str, pairs: Flags, days: int) -> Vector:
        """Return draws of the expected number of acts of a kind by some pairs within so many days."""
        name = FAMILY_OF[kind]
        family, seed = self.families[name], NAMES.index(name)
        cells, count = np.unique(self.cells[name][pairs & self.pairs], return_counts=True)
        if not len(cells):
            return np.zeros(DRAWS)
        hazard = family.hazards(cells, seed)
        total = np.einsum("l,ldc,c->d", _spent(days), hazard, count.astype(float))
        return np.asarray(total * family.shares(seed)[:, FAMILIES[name].index(kind)])

    def silence(self, expected: Mapping[str, Vector], days: int) -> Vector:
        """Return draws of the probability that no act comes in so many days, given those expected by kind."""
        none = np.ones(DRAWS)
        by_family: dict[str, Vector] = {}
        for kind, number in expected.items():
            name = FAMILY_OF[kind]
            by_family[name] = by_family.get(name, np.zeros(DRAWS)) + number
        for name, number in by_family.items():
            clump = self.families[name].clump * days / WINDOW
            none = none * (1 + number / clump) ** -clump
        return none


def _spent(days: int) -> Vector:
    """Return how many of so many days fall into each lead."""
    edges = np.array(LEADS, dtype=float)
    edges[-1] = np.inf
    return np.asarray(np.clip(days - edges[:-1], 0, np.diff(edges)))


@dataclass(eq=False)
class _Counts:
    """Of one family, step by step: cells with their pairs, and the acts that followed."""

    days: list[int]
    cells: list[Cells]
    pairs: list[Cells]
    ahead: list[tuple[Cells, Cells]]  # cells and delays of the acts that followed


def learn_rates(
    known: Corpus, day: date, ground: Ground, simulated: Collection[str] = ()
) -> BaseRates:
    """Learn the base rates from what was known on a day.

    Parameters
    ----------
    known : Corpus
        As of the day.
    ground : Ground
        At the beginning of history; it is moved to the day.
    simulated : collection of str
        Ids of events that a simulated rule stands for: they happened, but teach no base rate.
    """
    events = known.events.drop_duplicates(["sender", "kind", "receiver", "placed"])
    columns = (events[c] for c in ("placed", "sender", "kind", "receiver", "event_id"))
    acts = [(at.toordinal(), *map(str, rest)) for at, *rest in zip(*columns, strict=True)]
    acts.sort(key=lambda act: act[0])
    taught = [act[:4] for act in acts if act[4] not in simulated]
    walked = Dyads(known, ground)
    begin = int(np.quantile([act[0] for act in acts], BEGUN)) if acts else day.toordinal()
    last = min(day, known.last_known).toordinal()
    counts = _walk(walked, [act[:4] for act in acts], taught, begin, last)
    walked.move(day.toordinal())
    families = {name: _learned(name, counts[name], taught, last) for name in NAMES}
    rows = np.arange(len(known.actors))
    cells = {name: walked.cells(name, rows[:, None], rows) for name in NAMES}
    return BaseRates(families, cells, walked.alive())


def _walk(
    dyads: Dyads, acts: list[Act], taught: list[Act], begin: int, last: int
) -> dict[str, _Counts]:
    """Step through history up to the last day known; count pairs and acts ahead."""
    row = dyads.known.actors.row
    own = {
        name: np.array(
            [(t, row(i), row(j)) for t, i, kind, j in taught if FAMILY_OF[kind] == name],
            dtype=np.int64,
        ).reshape(-1, 3)
        for name in NAMES
    }
    found = {name: _Counts([], [], [], []) for name in NAMES}
    waiting = iter(acts)
    act = next(waiting, None)
    for day in range(begin, last + 1, STEP):
        act = _happen(dyads, act, waiting, day)
        dyads.move(day)
        for name in NAMES:
            counts = found[name]
            cells, pairs = dyads.tally(name)
            low, high = np.searchsorted(own[name][:, 0], [day + 1, day + LEADS[-1] + 1])
            when, i, j = own[name][low:high].T
            counted = dyads.among()[i, j]  # who is born meanwhile is not among the pairs
            when, i, j = when[counted], i[counted], j[counted]
            counts.days.append(day)
            counts.cells.append(cells)
            counts.pairs.append(pairs)
            counts.ahead.append((dyads.cells(name, i, j), when - day))
    _happen(dyads, act, waiting, last)
    return found


def _happen(dyads: Dyads, act: Act | None, waiting: Iterator[Act], until: int) -> Act | None:
    """Let the acts up to a day happen; return the first that lies beyond."""
    while act is not None and act[0] <= until:
        dyads.move(act[0])
        dyads.apply(*act[1:])
        act = next(waiting, None)
    return act


def _learned(name: str, counts: _Counts, taught: list[Act], last: int) -> Family:
    acts = [act for act in taught if FAMILY_OF[act[2]] == name]
    of_kind = np.zeros(len(FAMILIES[name]))
    for day, _, kind, _ in acts:
        of_kind[list(map(str, FAMILIES[name])).index(kind)] += 0.5 ** ((last - day) / HALF_LIFE)
    rates, usual = [], 1 / STEP
    for lead in range(len(LEADS) - 1):
        cells, y, days = _summed(counts, last, lead)
        if lead == 0 and len(cells):
            usual = poisson.shrunk(y.sum(), days.sum(), 1 / days.sum())
        rates.append(poisson.fit(bands_of(cells), y, days, SIZES, usual))
        usual = poisson.shrunk(y.sum(), days.sum(), usual)  # what is expected of the next lead
    lumped = max(1.0, len(acts) / max(1, _episodes(acts)))
    return Family(rates, of_kind, lumped, _clump(rates, counts, last))


def _summed(counts: _Counts, last: int, lead: int) -> tuple[Cells, Vector, Vector]:
    """Return the cells in use, and their acts and days, weighted.

    A step counts if its lead has passed by the last day.
    """
    near, far = LEADS[lead], LEADS[lead + 1]
    acts, days = np.zeros(CELLS), np.zeros(CELLS)
    for day, cells, pairs, (at, delay) in zip(
        counts.days, counts.cells, counts.pairs, counts.ahead, strict=True
    ):
        if day + far <= last:
            weight = STEP * 0.5 ** ((last - day) / HALF_LIFE)
            np.add.at(days, cells, weight * pairs)
            inside = (delay > near) & (delay <= far)
            np.add.at(acts, at[inside], weight / (far - near))
    used = np.flatnonzero(days)
    return used, acts[used], days[used]


def _episodes(acts: list[Act]) -> int:
    """Count the episodes of a family's acts."""
    latest: dict[str, int] = {}
    found = 0
    for day, _, _, receiver in acts:
        found += day - latest.get(receiver, day - EPISODE - 1) > EPISODE
        latest[receiver] = day
    return found


def _clump(rates: list[poisson.Rates], counts: _Counts, last: int) -> float:
    """Return the clumping under which windows with and without any act are likeliest."""
    hazard = np.zeros((len(LEADS) - 1, CELLS))
    used = np.unique(np.concatenate([np.zeros(0, np.int64), *counts.cells]))
    columns = poisson.columns_of(bands_of(used), SIZES)
    for lead, found in enumerate(rates):
        hazard[lead, used] = np.exp(found.mode[0] + found.mode[columns].sum(axis=1))
    within = _spent(WINDOW) @ hazard
    steps = [
        s for s in range(0, len(counts.days), WINDOW // STEP) if counts.days[s] + WINDOW <= last
    ]
    expected = np.array([float(within[counts.cells[s]] @ counts.pairs[s]) for s in steps])
    some = np.array([bool((counts.ahead[s][1] <= WINDOW).any()) for s in steps])
    weight = 0.5 ** ((last - np.array([counts.days[s] for s in steps])) / HALF_LIFE)
    silent = np.maximum(-CLUMPS[:, None] * np.log1p(expected / CLUMPS[:, None]), -50.0)
    told = np.where(some, np.log(-np.expm1(silent) + 1e-300), silent) @ weight
    return float(CLUMPS[int(np.argmax(told))]) if len(steps) else float(CLUMPS[-1])
