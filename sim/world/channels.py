"""Channels by name: how a dispute words its recognitions, and which channels a pattern closes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from sim.hazard.riskset import (
    MEND_KINDS,
    MENDING,
    RUNG_KINDS,
    Layout,
    kind_of,
    process_of,
    slot_of,
    slots_of,
    undoing,
)
from sim.history.corpus import Corpus
from sim.history.disputes import Dispute
from sim.history.events import ENDS_RECOGNITION, IMPLIES_RECOGNITION, EventKind
from sim.world.scenario_model import ChannelPattern, Forecast
from sim.world.streams import channel_name

Words = Mapping[str, frozenset[str]]
"""For each dispute, the kinds of act that mean a recognition in it."""

_ENDS = ENDS_RECOGNITION | {EventKind.SEVER_RELATIONS}


def stand_in(dispute: Dispute) -> str:
    """Return the act by which others take a stand in a dispute: they recognise, or they break."""
    return kind_of(slot_of(dispute))


def channel_names(layout: Layout) -> list[str]:
    """Return the name of each channel, from which its clock is made."""
    codes = list(layout.actors)
    rules = [slot_of(dispute) for _, dispute in layout.columns]

    def stands(rules: list[str]) -> list[str]:
        return [
            channel_name(process_of(rule), kind_of(rule), i, entity, dispute.dispute)
            for rule, (entity, dispute) in zip(rules, layout.columns, strict=True)
            for i in codes
        ]

    def answers(rules: Sequence[str]) -> list[str]:
        return [
            channel_name(process_of(rule), kind_of(rule), front.responder, i, front.dispute)
            for front in layout.fronts
            for i in codes
            for rule in rules
        ]

    return [
        *stands(rules),
        *answers(slots_of("respond")),
        *stands([undoing(rule) for rule in rules]),
        *answers(MENDING),
    ]


def recognition_words(known: Corpus, layout: Layout) -> Words:
    """Return how recognitions are written in each active dispute.

    The worlds write every recognition as `recognise`; the record may write it as the act that implied it,
    such as the establishment of relations with Beijing. A later step up the ladder (an embassy after
    the recognition) is no such word.
    """
    active = {d.dispute: d for d in layout.disputes if d.dispute in layout.active}
    return {key: _words_of(known, dispute) for key, dispute in active.items()}


def _words_of(known: Corpus, dispute: Dispute) -> frozenset[str]:
    words = {stand_in(dispute)}
    recognised: dict[str, set[str]] = defaultdict(set)
    events = known.events[known.events["dispute"] == dispute.dispute]
    columns = (events[name] for name in ("sender", "kind", "receiver"))
    for sender, kind, receiver in zip(*columns, strict=True):
        mine = recognised[sender]
        if receiver not in dispute.contested:
            continue
        if kind in _ENDS:
            mine.discard(receiver)
        elif kind in IMPLIES_RECOGNITION and receiver not in mine:
            words.add(str(kind))
            if dispute.kind == "rival_government":
                mine.clear()
            mine.add(receiver)
    return frozenset(words)


def closed(layout: Layout, pattern: ChannelPattern, words: Words) -> npt.NDArray[np.bool_]:
    """Return which channels of the active disputes a pattern closes, shape (K,)."""
    mask = np.zeros(layout.channels, dtype=bool)
    codes = list(layout.actors)
    stands, undoings = layout.by_column(mask), layout.by_column(mask, undone=True)
    for c, (entity, dispute) in enumerate(layout.columns):
        meant = words.get(dispute.dispute, frozenset())
        word = pattern.kind if pattern.kind in meant else stand_in(dispute)
        undone = kind_of(undoing(slot_of(dispute)))
        for column, kind in ((stands[c], word), (undoings[c], undone)):
            if meant and pattern.matches(pattern.sender.split("+")[0], kind, entity):
                column[:] = [pattern.matches(i, kind, entity) for i in codes]
    for view, kinds in ((layout.by_rung(mask), RUNG_KINDS), (layout.by_mend(mask), MEND_KINDS)):
        for f, front in enumerate(layout.fronts):
            for r, kind in enumerate(kinds):
                view[f, :, r] = [pattern.matches(front.responder, kind, i) for i in codes]
    return mask


def answering(layout: Layout, asked: Forecast) -> npt.NDArray[np.bool_]:
    """Return which channels answer a question that is worded as the worlds do, shape (K,).

    Whether they may open is another question, see `Layout.allowed`.
    """
    pattern = ChannelPattern(sender=asked.sender, kind=asked.kind, receiver=asked.receiver)
    words = {d.dispute: frozenset({stand_in(d)}) for d in layout.disputes}
    active = {key: word for key, word in words.items() if key in layout.active}
    return closed(layout, pattern, active)


def as_simulated(forecast: Forecast, layout: Layout, words: Words) -> Forecast:
    """Return a question about a recognition, however worded, as one about the worlds' `recognise`.

    Other questions return as they are. Where only some of the disputes word it so, the question is
    about these.
    """
    here = [(e, d) for e, d in layout.columns if d.dispute in layout.active]
    contested = {e: d.dispute for e, d in here if e in d.contested}
    asked = forecast.receiver.split("+") if forecast.receiver else list(contested)
    meant = [e for e in asked if forecast.kind in words.get(contested.get(e, ""), frozenset())]
    if not meant or (forecast.receiver and len(meant) < len(asked)):
        return forecast
    receiver = forecast.receiver if len(meant) == len(asked) else "+".join(meant)
    return forecast.model_copy(update={"kind": str(EventKind.RECOGNISE), "receiver": receiver})
