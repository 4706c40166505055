"""How long returns are followed: a window must not be chosen by its outcome."""

from __future__ import annotations

from datetime import date

import pandas as pd

from sim.history.corpus import Corpus
from sim.history.disputes import split

BACK = ("restore_relations", "establish_relations")


def _windows(corpus: Corpus) -> pd.DataFrame:
    """Return where the record of who mends a break is complete."""
    table = corpus.coverage
    return table[(table["process"] == "solidarity") & (table["kind"] == "restore_relations")]


def test_the_boycott_of_qatar_is_followed_beyond_the_returns_that_ended_it(shipped: Corpus) -> None:
    windows = _windows(shipped)
    (last,) = windows.loc[windows["dispute"] == "qatar_2017", "last"].dt.date
    assert last == date(2021, 12, 31) == shipped.disputes["qatar_2017"].closed
    back = shipped.events[shipped.events["dispute"] == "qatar_2017"]
    back = back[back["kind"].isin(BACK) & (back["placed"].dt.date <= last)]
    assert set(back["sender"]) == {"TCD", "SAU", "MDV", "EGY", "YEM", "MRT"}


def test_no_window_of_returns_ends_with_a_return_while_others_are_away(shipped: Corpus) -> None:
    windows = _windows(shipped)
    assert len(windows) > 8
    found = {w.dispute: _still_away(shipped, w) for w in windows.itertuples()}
    assert {key: away for key, away in found.items() if away} == {}


def _still_away(corpus: Corpus, window: pd.Series) -> set[frozenset[str]]:
    """Return the pairs yet unmended on the last day of a window, if a pair was mended on that day."""
    shunned = set(corpus.disputes[window.dispute].shunned)
    acts = corpus.events[corpus.events["dispute"] == window.dispute]
    acts = acts[acts["placed"] <= window.last]
    away: set[frozenset[str]] = set()
    ends = []
    for act in acts.itertuples():
        pair = frozenset((act.sender, act.receiver))
        others = pair - shunned
        if not others < pair or (window.sender and not others <= set(split(window.sender))):
            continue
        if act.kind == "sever_relations":
            away.add(pair)
        elif act.kind in BACK and pair in away:
            away.discard(pair)
            ends.append(act.last)
    return away if ends and max(ends) == window.last else set()
