"""What happened: actors, ties, dated events, precedents, with their sources.

Read in this order: `actors` and `disputes` (who, and over what), `events` (the words for acts),
`ties` (what binds actors, as of a date), `corpus` (all of it, cut off at a date) and
`precedents` (what the events teach). `tables`, `checks`, `placing` and `merge` are the workshop.
"""

from sim.history.actors import Actors
from sim.history.corpus import Corpus, load_corpus
from sim.history.disputes import Dispute
from sim.history.events import EventKind
from sim.history.names import find_precedent, forgotten_events
from sim.history.precedents import Precedent, Reaction, precedents
from sim.history.ties import ActorYears, Ties

__all__ = [
    "ActorYears",
    "Actors",
    "Corpus",
    "Dispute",
    "EventKind",
    "Precedent",
    "Reaction",
    "Ties",
    "find_precedent",
    "forgotten_events",
    "load_corpus",
    "precedents",
]
