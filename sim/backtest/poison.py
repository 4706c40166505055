"""Poison: the corpus with all that comes after a day made up, to prove that no forecast reads it.

Every table is dealt out anew: who did what to whom and when, who was tied to whom, how they voted, what the
yearly series say, when disputes close and actors end, for how long a record is complete. What was known by
the end of the day is left as it is. A forecast that changes a single byte has read the future.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from sim.backtest.followers import Forecast, Told, asked, forecast
from sim.backtest.origins import HORIZONS, Origin, Truth
from sim.hazard.base_rates import BaseRates, learn_rates
from sim.history.actors import Actors
from sim.history.corpus import Corpus
from sim.history.disputes import Dispute
from sim.history.events import EventKind, place_events, place_nonevents
from sim.history.ties import ActorYears, Ties
from sim.history.votes import VOTES, Votes
from sim.world.ground import Standings

REACH = 2000
"""Days after the poisoned one over which made-up acts are spread."""

MORE = 300
"""Made-up acts beside those that are dealt out anew."""

AIMED, MONTHS = 0.5, 0.2
"""Shares of the made-up acts: that take a stand in a dispute; that are dated to a month only."""


def poisoned(corpus: Corpus, day: date, seed: int = 0) -> Corpus:
    """Return the corpus with everything made up that is dated, or came to be known, after a day."""
    rng = np.random.default_rng([day.toordinal(), seed])
    actors = _actors(corpus.actors, day, rng)
    disputes = {key: _dispute(d, day, rng) for key, d in corpus.disputes.items()}
    events = place_events(_acts(corpus.events, corpus, day, rng, MORE))
    nonevents = place_nonevents(_acts(corpus.nonevents, corpus, day, rng, 0), events)
    return replace(
        corpus,
        actors=actors,
        disputes=disputes,
        events=events,
        nonevents=nonevents,
        coverage=_coverage(corpus.coverage, day, rng),
        ties=_ties(corpus.ties, actors, day, rng),
        actor_years=_actor_years(corpus.actor_years, day, rng),
        dyad_years=replace(
            corpus.dyad_years,
            actors=actors,
            shares=np.where(
                (corpus.dyad_years.year >= day.year)[:, None],
                rng.random(corpus.dyad_years.shares.shape),
                corpus.dyad_years.shares,
            ),
            _cache={},
        ),
        votes=_votes(corpus.votes, actors, day, rng),
        end=day + timedelta(days=REACH),
    )


def _acts(
    rows: pd.DataFrame, corpus: Corpus, day: date, rng: np.random.Generator, more: int
) -> pd.DataFrame:
    """Deal out anew who did what to whom and when; add made-up acts."""
    at = pd.Timestamp(day)
    known, later = rows[rows["known_from"] <= at], rows[rows["known_from"] > at]
    if len(rows):
        extra = rows.iloc[rng.integers(0, len(rows), more)].assign(in_response_to="")
        name = "event_id" if "event_id" in rows else "nonevent_id"
        extra[name] = [f"POISON-{n}" for n in range(len(extra))]
        later = pd.concat([later, extra], ignore_index=True)
    if later.empty:
        return rows
    count, codes = len(later), np.array(corpus.actors.codes, dtype=object)
    kinds = np.array(list(map(str, EventKind)), dtype=object)
    keys = np.array(list(corpus.disputes), dtype=object)[
        rng.integers(0, len(corpus.disputes), count)
    ]
    kind = kinds[rng.integers(0, len(kinds), count)]
    receiver = codes[rng.integers(0, len(codes), count)]
    for n in np.flatnonzero(rng.random(count) < AIMED):
        d = corpus.disputes[keys[n]]
        kind[n] = str(EventKind.SEVER_RELATIONS if d.shunned else EventKind.RECOGNISE)
        receiver[n] = d.at_issue[int(rng.integers(0, len(d.at_issue)))]
    month = rng.random(count) < MONTHS  # of a month in which the day lies: known once it is over
    last = np.where(month, rng.integers(1, 29, count), rng.integers(1, REACH, count))
    known_from = (at + pd.to_timedelta(last, unit="D")).to_numpy().astype("datetime64[s]")
    first = known_from - np.where(month, 29, 0).astype("timedelta64[D]")
    made = later.assign(
        sender=codes[rng.integers(0, len(codes), count)],
        receiver=receiver,
        kind=kind,
        dispute=keys,
        in_response_to="",
        first=first,
        last=known_from,
        known_from=known_from,
        placed=np.where(month, first, known_from),
    )
    made["order"] = np.arange(count) + (int(rows["order"].max()) + 1)
    return pd.concat([known, made.astype(rows.dtypes.to_dict())], ignore_index=True)


def _coverage(rows: pd.DataFrame, day: date, rng: np.random.Generator) -> pd.DataFrame:
    """Let each record that holds beyond the day end on another one; those that begin later, too."""
    at = pd.Timestamp(day)
    after = at + pd.to_timedelta(rng.integers(1, REACH, len(rows)), unit="D")
    later = (rows["first"] > at).to_numpy()
    open_ = (rows["last"].isna() | (rows["last"] > at)).to_numpy()
    span = after + pd.to_timedelta(rng.integers(0, REACH, len(rows)), unit="D")
    first = rows["first"].where(~later, pd.Series(after, index=rows.index))
    last = rows["last"].where(~open_, pd.Series(span, index=rows.index))
    return rows.assign(first=first.astype("datetime64[s]"), last=last.astype("datetime64[s]"))


def _dispute(d: Dispute, day: date, rng: np.random.Generator) -> Dispute:
    """Close a dispute that was open on another day; give one that opened later other patrons and days."""
    after = day + timedelta(days=int(rng.integers(1, REACH)))
    if d.opened > day:
        closed = after + timedelta(days=int(rng.integers(0, REACH)))
        return replace(d, opened=after, closed=closed, patrons=d.parent_backers, parent_backers=())
    if d.closed is None or d.closed > day:
        return replace(d, closed=after)
    return d


def _actors(actors: Actors, day: date, rng: np.random.Generator) -> Actors:
    """Let those who live end on another day, and those to come be born on another one."""
    at = np.datetime64(day, "D")
    after = at + rng.integers(1, REACH, len(actors)).astype("timedelta64[D]")
    start = np.where(actors.start > at, after, actors.start)
    lives = np.isnat(actors.end) | (actors.end > at)
    end = np.where(lives, after + np.timedelta64(REACH, "D"), actors.end)
    table = actors.table.copy()
    table.loc[actors.start > at, "start"] = after[actors.start > at].astype(str)
    table.loc[lives, "end"] = end[lives].astype(str)
    return Actors(table, start, end)


def _ties(ties: Ties, actors: Actors, day: date, rng: np.random.Generator) -> Ties:
    """Let ties that hold end on another day, and later ones tie others."""
    at = np.datetime64(day, "D")
    after = at + rng.integers(1, REACH, len(ties.table)).astype("timedelta64[D]")
    later = ties.start > at
    table = ties.table.copy()
    codes = np.array(actors.codes, dtype=object)
    table.loc[later, "actor"] = codes[rng.integers(0, len(codes), int(later.sum()))]
    end = np.where(np.isnat(ties.end) | (ties.end > at), after, ties.end)
    table["end"] = np.where(np.isnat(end), "", end.astype(str))
    return Ties(actors, table, np.where(later, after, ties.start), end)


def _actor_years(years: ActorYears, day: date, rng: np.random.Generator) -> ActorYears:
    """Make up the values of the years that were not over."""
    cube = years.cube.copy()
    over = max(day.year - years.first_year, 0)
    cube[over:] = rng.random(cube[over:].shape)
    lines = [x if int(x.split(",", 2)[1]) < day.year else f"{x}0" for x in years.lines]
    return ActorYears(years.first_year, cube, tuple(lines))


def _votes(votes: Votes, actors: Actors, day: date, rng: np.random.Generator) -> Votes:
    """Deal out anew how members vote after the day."""
    later = votes.days > np.datetime64(day, "D")
    table = votes.table.copy()
    table.loc[later, "vote"] = np.array(VOTES, dtype=object)[
        rng.integers(0, len(VOTES), int(later.sum()))
    ]
    return Votes(actors, table, votes.days)


@dataclass(frozen=True)
class Guard:
    """What a comparison found.

    Parameters
    ----------
    compared : int
        Single numbers that were compared: what is forecast of everyone at risk, at every horizon, by model
        and baselines; every draw of every rule; and the base rates of all who stand alike.
    different : int
        Those that the poisoned future changed; a row that is gone or new counts whole.
    moved : int
        Origins, of `origins`, whose forecasts changed when the poison was set before the origin, on the
        first of January of its year: what shows that the comparison can find anything.
    origins : int
    """

    compared: int
    different: int
    moved: int
    origins: int


def guard(
    corpus: Corpus, chosen: list[Origin], worlds: int, seed: int = 0, told: Told | None = None
) -> Guard:
    """Forecast some origins from the corpus and from poisoned ones, and compare every byte that is scored.

    Both are asked about the windows of the corpus itself. Nothing learned is shared: a cache goes by what was
    known, which the poison leaves as it is, so what a leak lets into a fit would be read back from it.
    """
    truth = Truth(corpus)

    def told_of(one: Corpus, origin: Origin) -> tuple[pd.DataFrame, pd.DataFrame]:
        with _empty_cache():
            made = forecast(one, origin, worlds)
            found = asked(made, origin, truth)
            rates = learn_rates(made.known, origin.day, Standings(made.known, origin.day))
        found = found.drop(columns=["first", *(f"days_{h}" for h in HORIZONS)])
        return found.set_index(["dispute", "entity", "actor"]), _learned(made, rates)

    compared = different = moved = 0
    for done, origin in enumerate(chosen):
        if told:
            told(f"{done + 1}/{len(chosen)}: {origin.day} with a poisoned future")
        clean = told_of(corpus, origin)
        after = told_of(poisoned(corpus, origin.day, seed), origin)
        compared += sum(part.select_dtypes("float").size for part in clean)
        different += sum(differences(a, b) for a, b in zip(clean, after, strict=True))
        start = origin.day.replace(month=1, day=1)
        before = told_of(poisoned(corpus, start, seed), origin)
        moved += differences(clean[0], before[0]) > 0
    return Guard(compared, different, moved, len(chosen))


def _learned(made: Forecast, rates: BaseRates) -> pd.DataFrame:
    """Return all that was learned: a row a coefficient of the rules, or a cell of the base rates."""
    posterior = made.assembly.posterior
    parts = [pd.DataFrame(posterior.draws.T, index=posterior.names)]
    for name, family in rates.families.items():
        cells = np.unique(rates.cells[name])
        hazards = family.hazards(cells, seed=0).mean(axis=1).T
        parts.append(pd.DataFrame(hazards, index=[f"base rate: {name} {cell}" for cell in cells]))
    return pd.concat(parts)


@contextmanager
def _empty_cache() -> Iterator[None]:
    """Let what is learned meanwhile be kept in a folder of its own, which is gone afterwards."""
    before = os.environ.get("DEMARCHE_CACHE")
    with TemporaryDirectory() as folder:
        os.environ["DEMARCHE_CACHE"] = folder
        try:
            yield
        finally:
            if before is None:
                del os.environ["DEMARCHE_CACHE"]
            else:
                os.environ["DEMARCHE_CACHE"] = before


def differences(one: pd.DataFrame, other: pd.DataFrame) -> int:
    """Return how many numbers of two tables differ in any byte; those of missing rows all do."""
    shared = one.index.intersection(other.index)
    numbers = one.select_dtypes("float").columns
    alone = (len(one) - len(shared)) + (len(other) - len(shared))
    a, b = (t.loc[shared, numbers].to_numpy(float) for t in (one, other))
    same = np.ascontiguousarray(a).view(np.int64) == np.ascontiguousarray(b).view(np.int64)
    return int((~same).sum()) + alone * len(numbers)
