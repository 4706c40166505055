"""The record for the terminal: one precedent in full, and what the corpus holds, counted."""

from __future__ import annotations

from typing import Any

import pandas as pd
from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from sim.history.corpus import Corpus
from sim.history.disputes import split
from sim.history.events import UNKNOWN
from sim.history.precedents import Precedent, precedents
from sim.history.second_coding import agreement
from sim.history.statistics import (
    by_dispute,
    by_kind,
    by_responder,
    coded_reasons,
    reasons_of,
    totals,
)
from sim.report.acts import when
from sim.report.words import act, clean, day, listed, name_of
from sim.world.standing import Standing

SENTENCES = {
    "respond": "the hurt side of a recognition answers",
    "retaliate": "the target of a hostile act, or the hurt side of a dispute, strikes back",
    "solidarity": "a third actor joins a rupture, a boycott or a condemnation",
}

SHORT = {
    "recognitions": "recog.", "severances": "sever.", "non_events": "not done",
    "precedents": "cases", "answered": "answ.", "coded_none": "none", "responder": "who",
    "triggers": "cases", "severed": "sev.", "downgraded": "dow.", "recalled": "rec.",
    "condemned": "con.", "impossible": "imp.", "uncoded": "unc.", "median_days": "days",
}  # fmt: skip
"""Heads that let the tables fit 80 columns."""


def precedent_page(corpus: Corpus, p: Precedent) -> RenderableType:
    """Build the page of one precedent: trigger, who was at risk, reactions, delays, sources.

    Parameters
    ----------
    corpus : Corpus
        The whole record; who had relations is read as of the eve of the trigger.
    p : Precedent
    """
    names = corpus.actors
    dispute = corpus.disputes.get(p.dispute)
    over = f"{dispute.title} ({dispute.kind})" if dispute else "no dispute"
    head = Text.assemble((clean(p.id), "bold"), f": {SENTENCES[p.process]}\n{clean(over)}")
    parts: list[RenderableType] = [head, Text(), Text("Trigger", "bold")]
    rows = corpus.events[corpus.events["event_id"].isin(p.trigger_ids)]
    for row in rows.itertuples():
        told = act(name_of(names, row.sender), row.kind, name_of(names, row.receiver))
        parts.append(Text(f"  {when(row)}  {told}  [{clean(row.event_id)}, {row.confidence}]"))
    if not len(rows):
        parts.append(Text(f"  {day(p.date)}  the dispute opens"))
    parts += [Text(), Text("At risk", "bold"), *_at_risk(corpus, p)]
    parts += [Text(), Text("Reactions", "bold"), _reactions(corpus, p)]
    parts += [Text(), Text("Sources", "bold"), *(Text(f"  {clean(s)}") for s in p.sources)]
    return Group(*parts)


def _at_risk(corpus: Corpus, p: Precedent) -> list[RenderableType]:
    """Who could have done it: the responder, and beside an act of solidarity all others with relations."""
    eve = (pd.Timestamp(p.date) - pd.Timedelta(days=1)).date()
    known = corpus.as_of(eve)
    standing = Standing(known, eve)
    own, other = name_of(corpus.actors, p.responder), name_of(corpus.actors, p.target)
    had = "had" if standing.has_relations(p.responder, p.target) else "had no"
    lines: list[RenderableType] = [
        Text(f"  {own}, which {had} relations with {other} as far as the record tells")
    ]
    if p.process != "solidarity":
        return lines
    wave = [
        q
        for q in precedents(corpus)
        if q.process == "solidarity" and (q.dispute, q.target) == (p.dispute, p.target)
    ]
    joined = {q.responder for q in wave if q.reactions}
    reasons = reasons_of(corpus)
    declined = {q.responder for q in wave if coded_reasons(q, reasons)} - joined
    states = [
        code
        for code, alive in zip(known.actors, known.actors.alive(eve), strict=True)
        if alive and code != p.target and known.actors.type(code) in ("state", "former_state")
    ]
    able = {code for code in states if standing.has_relations(code, p.target)}
    lines.append(
        Text(f"  with it {len(able)} states that had relations with {other}, so far as known:")
    )
    for word, group in (("joined", joined), ("coded as not joining", declined)):
        told = listed(sorted(name_of(corpus.actors, code) for code in group)) if group else "none"
        lines.append(Text(f"    {word}: {told}"))
    silence = Text(f"not coded: {len(able - joined - declined)}. {_silence(corpus, p)}")
    lines.append(Padding(silence, (0, 0, 0, 4)))
    return lines


def _silence(corpus: Corpus, p: Precedent) -> str:
    table = corpus.coverage
    mine = table[(table["dispute"] == p.dispute) & (table["process"] == p.process)]
    rules = [
        f"{clean(r.rule)} ({r.kind}, {_window(r)}{_whose(corpus, r.sender)})"
        for r in mine.itertuples()
    ]
    return "Complete: " + " ".join(rules) if rules else "Silence says nothing here."


def _whose(corpus: Corpus, senders: str) -> str:
    names = [name_of(corpus.actors, code) for code in split(senders)]
    return f"; of {listed(names)} only" if names else ""


def _window(row: Any) -> str:
    first = day(row.first.date())
    return f"{first} on" if pd.isna(row.last) else f"{first} to {day(row.last.date())}"


def _reactions(corpus: Corpus, p: Precedent) -> RenderableType:
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, justify="right")
    table.add_column(ratio=1)
    own, other = name_of(corpus.actors, p.responder), name_of(corpus.actors, p.target)
    done = corpus.events.drop_duplicates("event_id").set_index("event_id")
    for r in p.reactions:
        row = done.loc[r.event_id]
        told = act(own, r.kind, other) + f" [{clean(r.event_id)}, {row['confidence']}]"
        note, about = clean(row["note"]), "" if row["first"] == row["last"] else "about "
        cells = (f"  {when(row)}", f"{about}{r.days:+d} d", told + (f": {note}" if note else ""))
        table.add_row(*map(Text, cells))
    missing = corpus.nonevents.drop_duplicates("nonevent_id").set_index("nonevent_id")
    for name in p.nonevents:
        row = missing.loc[name]
        kind, reason = (str(row[c]).replace("_", " ") for c in ("kind", "reason"))
        known = row["reason"] not in UNKNOWN
        told = f"not done: {kind} ({reason})" if known else f"not known whether done: {kind}"
        told += f" [{clean(name)}, {row['confidence']}]"
        told += f": {clean(row['note'])}" if row["note"] else ""
        table.add_row(Text(f"  {when(row)}"), Text(""), Text(told))
    if not p.reactions and not p.nonevents:
        table.add_row(Text("  none is coded: no source either way"), Text(""), Text(""))
    return table


def stats_page(corpus: Corpus) -> RenderableType:
    """Build the page of counts: rows and confidence, disputes, who answered how, the second coding."""
    found = precedents(corpus)
    kinds = pd.Series([p.process for p in found]).value_counts()
    reactions = sum(len(p.reactions) for p in found)
    head = Text(
        f"{len(corpus.disputes)} disputes, {len(found)} precedents: "
        + ", ".join(f"{kinds[k]} {k}" for k in SENTENCES if k in kinds)
        + f"; {reactions} reactions"
    )
    return Group(
        head,
        Text("\nRows, and how far they were verified"), _frame(totals(corpus, found), "group"),
        Text("\nBy kind of act"), _frame(by_kind(corpus), "kind"),
        Text(
            "\nBy dispute (answered: precedents with an act on the ladder; none: others, coded as not done)"
        ),
        _frame(by_dispute(corpus, found).drop(columns="kind").rename(columns=SHORT), "dispute"),
        Text(
            "\nHow the hurt side answered each recogniser, by the highest rung: severed, downgraded, "
            "recalled, condemned; coded none, impossible, uncoded (no source either way); median days"
        ),
        _frame(by_responder(corpus, found).reset_index().rename(columns=SHORT), ""),
        Text("\nSecond coding of a random tenth, from sources, without sight of the first"),
        _frame(agreement(corpus), "group"),
    )  # fmt: skip


def _frame(frame: pd.DataFrame, index: str) -> RenderableType:
    """Lay a frame out: words never cut, counts as whole numbers, shares with two digits."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    if index:
        frame = frame.rename_axis(index).reset_index()
    columns = [_cells(frame[column].tolist()) for column in frame.columns]
    for name, values in zip(frame.columns, frame.T.to_numpy(), strict=True):
        text = isinstance(values[0], str)
        head = str(name).replace("_", " ")
        table.add_column(head, justify="left" if text else "right", no_wrap=text)
    for row in zip(*columns, strict=True):
        table.add_row(*map(Text, row))
    return table


def _cells(values: list[Any]) -> list[str]:
    if isinstance(values[0], str):
        return [clean(value) for value in values]
    whole = all(pd.isna(value) or float(value).is_integer() for value in values)
    return ["" if pd.isna(v) else f"{v:,.0f}" if whole else f"{v:.2f}" for v in values]
