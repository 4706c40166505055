"""The corpus: all tables read, checked against each other, and cut off at a date.

`load_corpus` reads what ships with the package and what a user adds to it;
`Corpus.as_of` leaves only what could be known on a day, and is the one gate to the past.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path

import pandas as pd

from sim.errors import InputError, did_you_mean, quoted
from sim.history import actors as actor_table
from sim.history import dyad_years as dyad_table
from sim.history import events as event_table
from sim.history import ties as tie_table
from sim.history import votes as vote_table
from sim.history.actors import Actors, parse_actors
from sim.history.checks import Checks, Finding
from sim.history.coverage import parse_coverage
from sim.history.disputes import Dispute, parse_disputes
from sim.history.dyad_years import DyadYears, parse_dyad_years
from sim.history.endings import check_endings
from sim.history.events import (
    NO_DISPUTE,
    check_answers,
    parse_rows,
    place_events,
    place_nonevents,
)
from sim.history.files import TABLES, empty_table, shipped_name, shipped_table, user_tables
from sim.history.merge import (
    Repeated,
    add_disputes,
    add_rows,
    add_ties,
    answer_shipped,
    drop_repeated,
    refuse_shared_ids,
    resolve_disputes,
)
from sim.history.oddities import find_oddities, tell_contradictions, tell_reach
from sim.history.ties import ActorYears, Ties, parse_actor_years, parse_ties
from sim.history.votes import Votes, parse_votes

__all__ = ["TABLES", "Corpus", "load_corpus", "read_folder"]


@dataclass(frozen=True, eq=False, repr=False)
class Corpus:
    """Everything that is known of the past.

    Parameters
    ----------
    actors : Actors
    disputes : dict of str to Dispute
    events : DataFrame
        Atomic events in the order in which they happened. Columns: event_id (shared by the
        parts of a joint act), sender, kind, receiver, dispute, in_response_to, placed (day it is
        taken to have happened), first, last (interval of the date), known_from (= last), source,
        confidence, date_confidence, note, order (place in the files), file, line.
    nonevents : DataFrame
        The same for acts that did not happen, with nonevent_id and reason.
    coverage : DataFrame
        dispute, process, kind, sender, first, last (both days; NaT where the window is open and
        reaches to `last_known`), rule, source, confidence.
    ties : Ties
    actor_years : ActorYears
    dyad_years : DyadYears
    votes : Votes
    end : date
        Last day that the corpus speaks of; the as-of day after `as_of`.
    repeated : tuple of Repeated
        A user's rows that were shipped already, as (file, line, shipped).
    findings : tuple of Finding
        What is odd, though not refused.
    """

    actors: Actors
    disputes: dict[str, Dispute]
    events: pd.DataFrame
    nonevents: pd.DataFrame
    coverage: pd.DataFrame
    ties: Ties
    actor_years: ActorYears
    dyad_years: DyadYears
    votes: Votes
    end: date
    repeated: tuple[Repeated, ...] = ()
    findings: tuple[Finding, ...] = ()

    def __repr__(self) -> str:
        n_acts, n_disputes = len(self.events), len(self.disputes)
        return f"<Corpus to {self.end}: {n_acts} atomic events in {n_disputes} disputes>"

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the content: 64 hex digits, the same for the same history.

        The order of rows in the files does not enter, except where it decides which of two
        events of the same day came first.
        """
        digest = hashlib.sha256()
        for name, lines in self._lines().items():
            digest.update(f"\x1d{name}\x1e".encode())
            digest.update("\x1e".join(lines).encode())
        return digest.hexdigest()

    def _lines(self) -> dict[str, list[str]]:
        ties = self.ties.table[list(tie_table.COLUMNS)]
        return {
            "actors": sorted(_joined(self.actors.table[list(actor_table.COLUMNS)])),
            "disputes": [repr(d) for d in self.disputes.values()],
            "events": _joined(self.events.drop(columns=["order", "file", "line"])),
            "nonevents": sorted(_joined(self.nonevents.drop(columns=["order", "file", "line"]))),
            "coverage": sorted(_joined(self.coverage.drop(columns=["file", "line"]))),
            "ties": sorted(_joined(ties)),
            "actor_years": list(self.actor_years.lines),
            "dyad_years": sorted(_joined(self.dyad_years.table[list(dyad_table.COLUMNS)])),
            "votes": sorted(_joined(self.votes.table[list(vote_table.COLUMNS)])),
        }

    def as_of(self, day: date) -> Corpus:
        """Return the corpus as it could be known at the end of a day.

        An event known only to the month or year is not known before that is over. Ends and
        closings after the day are open, disputes that had not opened are gone, actors that
        were not there yet keep their row but are never alive. Notes are prose for people and
        may tell of later things: nothing may compute with them.
        """
        actors = self.actors.as_of(day)
        disputes = {k: d.as_of(day) for k, d in self.disputes.items() if d.opened <= day}
        events = place_events(_known(self.events, day, disputes))
        nonevents = place_nonevents(_known(self.nonevents, day, disputes), events)
        at = pd.Timestamp(day)
        begun = (self.coverage["first"] <= at) & self.coverage["dispute"].isin(list(disputes))
        coverage = self.coverage[begun].reset_index(drop=True)
        coverage["last"] = coverage["last"].where(coverage["last"] <= at).astype("datetime64[s]")
        return replace(
            self,
            actors=actors,
            disputes=disputes,
            events=events,
            nonevents=nonevents,
            coverage=coverage,
            ties=self.ties.as_of(day, actors),
            actor_years=self.actor_years.as_of(day),
            dyad_years=self.dyad_years.as_of(day, actors),
            votes=self.votes.as_of(day, actors, disputes),
            end=day,
            repeated=(),
            findings=(),
        )

    @property
    def last_known(self) -> date:
        """Last day on which anything is known to have happened, or not to have.

        An open window of the record reaches so far. Beyond, the corpus may just not have been kept
        up, so silence says nothing. As of a day, what is dated later cannot move it.
        """
        days = [t["known_from"].max().date() for t in (self.events, self.nonevents) if len(t)]
        return min(self.end, max(days, default=self.end))

    def without(self, ids: Iterable[str]) -> Corpus:
        """Return the corpus without some events or non-events, by their ids."""
        gone = list(ids)
        known = [*self.events["event_id"], *self.nonevents["nonevent_id"]]
        for name in gone:
            if name not in known:
                right = "the id of an event or non-event"
                raise InputError("corpus", "", quoted(name), right, did_you_mean(name, known))
        events = place_events(self.events[~self.events["event_id"].isin(gone)])
        kept = self.nonevents[~self.nonevents["nonevent_id"].isin(gone)]
        return replace(self, events=events, nonevents=place_nonevents(kept, events))


def _known(rows: pd.DataFrame, day: date, disputes: Collection[str]) -> pd.DataFrame:
    known = rows[rows["known_from"] <= pd.Timestamp(day)].reset_index(drop=True)
    known["dispute"] = known["dispute"].where(known["dispute"].isin([*disputes, NO_DISPUTE]), "")
    return known


def _joined(table: pd.DataFrame) -> list[str]:
    texts = [map(str, table[c].tolist()) for c in table.columns]
    return list(map("\x1f".join, zip(*texts, strict=True)))


def load_corpus(extra: Path | str | None = None) -> Corpus:
    """Read the shipped tables and, if given, a folder of further ones.

    Parameters
    ----------
    extra : Path, optional
        A folder with any of actors.csv, disputes.csv, events.csv, nonevents.csv, coverage.csv,
        ties.csv, actor_years.csv, dyad_years.csv, votes.csv, in the shipped columns. Their rows are
        added.

    Raises
    ------
    CorpusError
        One line for everything that is wrong.

    Examples
    --------
    >>> load_corpus().actors.name("XKX")
    'Kosovo'
    """
    checks = Checks()
    user = user_tables(Path(extra), checks) if extra is not None else {}
    shipped = {name: shipped_table(name) for name in TABLES}
    return _assemble(shipped, user, checks)


def read_folder(folder: Path) -> Corpus:
    """Read a corpus that stands alone in a folder, for tests and for other histories."""
    checks = Checks()
    own = user_tables(folder, checks)
    return _assemble({name: own.get(name, empty_table(name)) for name in TABLES}, {}, checks)


def _assemble(
    shipped: Mapping[str, pd.DataFrame], user: Mapping[str, pd.DataFrame], checks: Checks
) -> Corpus:
    repeated: list[Repeated] = []

    def added(name: str) -> pd.DataFrame:
        return add_rows(shipped[name], user.get(name), f"{name}.csv", repeated)

    actors = parse_actors(added("actors"), checks)
    checks.finish()  # everything below names actors
    merged = add_disputes(shipped["disputes"], user.get("disputes"), checks, repeated)
    disputes = parse_disputes(merged, actors, checks)
    checks.finish()  # and disputes
    rows = [t for t in (shipped["events"], user.get("events")) if t is not None]
    table = pd.concat(rows, ignore_index=True) if len(rows) > 1 else rows[0]
    atoms = parse_rows(table, "event_id", actors, disputes, checks)
    missing_table = added("nonevents")
    checks.unique(missing_table, "nonevent_id")
    checks.one_of(missing_table, "reason", event_table.REASONS)
    missing = parse_rows(missing_table, "nonevent_id", actors, disputes, checks)
    coverage = parse_coverage(added("coverage"), actors, disputes, checks)
    merged = add_ties(shipped["ties"], user.get("ties"), checks, repeated)
    ties = parse_ties(merged, actors, checks)
    years = parse_actor_years(added("actor_years"), actors, checks)
    dyad_years = parse_dyad_years(added("dyad_years"), actors, checks)
    votes = parse_votes(added("votes"), actors, disputes, checks)
    checks.finish()  # dates and codes are sound from here on
    refuse_shared_ids(atoms, missing, len(rows[0]), checks)
    atoms, alias = drop_repeated(atoms, len(rows[0]), checks, repeated)
    missing = answer_shipped(missing, len(shipped["nonevents"]), alias)
    check_answers(atoms, atoms["event_id"], checks)
    check_answers(missing, atoms["event_id"], checks, "nonevent_id")
    checks.finish()
    events = place_events(resolve_disputes(atoms, disputes))
    nonevents = place_nonevents(resolve_disputes(missing, disputes), events)
    check_endings(events, disputes, checks)
    checks.finish()
    find_oddities(events, actors, disputes, checks)
    windows = coverage.iloc[: len(shipped["coverage"])]
    acts = {shipped_name("events"): events, shipped_name("nonevents"): nonevents}
    tell_reach(windows, acts, checks)
    tell_contradictions(events, nonevents, shipped_name("nonevents"), checks)
    end = _last_day(events, nonevents, coverage)
    return Corpus(
        actors,
        disputes,
        events,
        nonevents,
        coverage,
        ties,
        years,
        dyad_years,
        votes,
        end,
        tuple(repeated),
        tuple(checks.findings),
    )


def _last_day(*tables: pd.DataFrame) -> date:
    columns = [t[c] for t in tables for c in ("known_from", "last") if c in t]
    days = [d for d in (c.max() for c in columns if len(c)) if not pd.isna(d)]
    return max(days).date() if days else date(1, 1, 1)
