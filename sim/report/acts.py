"""Acts of the record that make no precedent, for the terminal: what, when, by which source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from sim.history.corpus import Corpus
from sim.report.words import act_between, clean, day


def acts_page(corpus: Corpus, name: str, ids: Sequence[str]) -> RenderableType:
    """Build the page of acts that were done, or pointedly not done.

    Parameters
    ----------
    corpus : Corpus
    name : str
        As the user wrote it: the id of an act, or a recognition (``SENDER>RECEIVER-YEAR``).
    ids : sequence of str
        The acts it stands for, see `sim.history.names.find_case`.
    """
    found = [part for one in ids for part in _told(corpus, one)]
    sources = dict.fromkeys(source for _, source in found if source)
    parts: list[RenderableType] = [Text(clean(name), "bold"), Text()]
    parts += [line for line, _ in found]
    return Group(*parts, Text(), Text("Sources", "bold"), *(Text(f"  {s}") for s in sources))


def when(row: Any) -> str:
    """Tell the day of an act, or the interval in which it lies."""
    first, last = row.first.date(), row.last.date()
    return day(first) if first == last else f"{day(first)} to {day(last)}"


def _told(corpus: Corpus, one: str) -> list[tuple[Text, str]]:
    """Return the lines of one act, each with its source; a joint act is told at once."""
    done = corpus.events[corpus.events["event_id"] == one]
    missing = corpus.nonevents[corpus.nonevents["nonevent_id"] == one]
    rows = done if len(done) else missing
    shared = rows.groupby(["sender", "kind", "dispute", "first", "last"], sort=False)
    return [_line(corpus, one, part, bool(len(done))) for _, part in shared]


def _line(corpus: Corpus, one: str, part: Any, done: bool) -> tuple[Text, str]:
    row = next(part.itertuples())
    receivers = list(dict.fromkeys(part["receiver"]))
    told = act_between(corpus.actors, row.sender, row.kind, receivers)
    if not done:
        told = f"not done: {told} ({row.reason.replace('_', ' ')})"
    line = f"  {when(row)}  {told}  [{clean(one)}, {row.confidence}]"
    dispute = corpus.disputes.get(row.dispute)
    facts = [f"over: {dispute.title} ({dispute.kind})"] if dispute else []
    facts += [f"in response to: {row.in_response_to}"] if row.in_response_to else []
    facts += [row.note] if row.note else []
    return Text("\n    ".join([line, *map(clean, facts)])), clean(row.source)
