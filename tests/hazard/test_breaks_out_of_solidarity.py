"""Breaks with a shunned actor: who was at risk, what counts as joining, and what it teaches."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from sim import kernel
from sim.hazard.fitting import fit
from sim.hazard.learn import design_of, learn, played
from sim.hazard.replay import CHANNEL, DAYS, EVENTS, History, replay, strangers
from sim.hazard.riskset import SLOTS, SOLIDARITY, Layout
from sim.hazard.terms import Terms
from sim.history.corpus import Corpus, load_corpus
from sim.history.events import EventKind

Writer = Callable[..., Path]
Played = tuple[Terms, History]
SEVER, RESTORE = EventKind.SEVER_RELATIONS, EventKind.RESTORE_RELATIONS


def rows_of(whole: Played, dispute: str) -> tuple[np.ndarray, list[str]]:
    """Return the rows of a wave, and the code of the actor in each."""
    terms, history = whole
    layout = terms.layout
    channel = history.exposure[:, CHANNEL].astype(int)
    breaks = layout.slots[channel] == SLOTS.index(SOLIDARITY)
    keys = np.array([d.dispute for _, d in layout.columns])
    mine = breaks & (keys[np.minimum(channel // layout.n, layout.m - 1)] == dispute)
    codes = list(layout.actors)
    return history.exposure[mine], [codes[k % layout.n] for k in channel[mine]]


def joined(whole: Played, dispute: str) -> set[str]:
    rows, who = rows_of(whole, dispute)
    return {code for code, row in zip(who, rows, strict=True) if row[EVENTS] > 0}


def test_only_those_of_whom_the_record_is_complete_are_at_risk(
    whole: Played, shipped: Corpus
) -> None:
    _, who = rows_of(whole, "arab_germany_1965")
    table = shipped.coverage
    mine = (table["dispute"] == "arab_germany_1965") & (table["kind"] == SEVER)
    (senders,) = table.loc[mine, "sender"]
    assert set(who) <= set(senders.split("+"))
    assert {"TUN", "MAR"} <= set(who), "those that did not break were at risk too"


def test_who_joined_is_who_severed_with_the_shunned_one_in_that_wave(
    whole: Played, shipped: Corpus
) -> None:
    for dispute in ("arab_usa_1967", "israel_1967", "iran_2016", "colombia_2008"):
        events = shipped.events
        mine = events[(events["dispute"] == dispute) & (events["kind"] == SEVER)]
        mine = mine[mine["receiver"].isin(shipped.disputes[dispute].shunned)]
        assert joined(whole, dispute) <= set(mine["sender"])
        assert len(joined(whole, dispute)) >= 3


def test_with_whom_the_shunned_one_broke_first_did_not_join(folder: Writer) -> None:
    """Baku shuns Chile: two follow, one is struck first, one breaks over something else."""
    made = folder(
        "wave",
        disputes=["toy_wave,A toy,rupture,CHL,AZE,,,2023-02-01,,toy"],
        events=[
            "T1,2023-02-03,day,AZE,sever_relations,CHL,toy_wave,,toy,recalled,",
            "T2,2023-02-05,day,KAZ,sever_relations,CHL,toy_wave,T1,toy,recalled,",
            "T3,2023-02-07,day,CHL,sever_relations,GEO,toy_wave,,toy,recalled,",
            "T4,2023-02-09,day,ARM,sever_relations,CHL,none,,toy,recalled,",
        ],
        coverage=["toy_wave,solidarity,sever_relations,,2023-02-01,2023-02-28,toy,toy,recalled"],
    )
    corpus = load_corpus(made)
    whole = played(corpus.as_of(corpus.end), corpus.end)
    assert joined(whole, "toy_wave") == {"AZE", "KAZ"}
    rows, who = rows_of(whole, "toy_wave")
    days = {code: rows[[w == code for w in who], DAYS].sum() for code in ("KAZ", "GEO", "ARM")}
    assert days["KAZ"] < days["GEO"] < days["ARM"], "until then they were at risk"
    assert days["ARM"] < 10 < days["KAZ"] + 9


def test_who_has_no_relations_cannot_break_them(whole: Played, shipped: Corpus) -> None:
    layout = whole[0].layout
    far = strangers(shipped, layout, "USA", date(1967, 6, 6))
    assert far[layout.actors.row("CUB")], "Washington and Havana parted in 1961"
    assert not far[layout.actors.row("GBR")]
    _, who = rows_of(whole, "arab_usa_1967")
    assert "CUB" not in who


def test_relations_mended_can_be_broken_again(shipped: Corpus) -> None:
    known = shipped.as_of(date(2016, 1, 6))
    layout = Layout.of(known, ["iran_2016"])
    c = layout.column_index["iran_2016", "IRN"]
    saudi = layout.actors.row("SAU")
    history = replay(known, layout, date(2016, 1, 6))
    assert history.world.recognises[saudi, c] == 1
    kernel.apply_event(history.world, kernel.WITHDRAW, saudi, c, 2.0, kernel.NO_CAUSE, 0, 0)
    assert history.world.recognises[saudi, c] == 0
    assert history.world.is_open[c * layout.n + saudi]


@pytest.mark.parametrize(("sender", "receiver"), [("KWT", "IRN"), ("IRN", "KWT")])
def test_a_break_means_the_same_whoever_acts(shipped: Corpus, sender: str, receiver: str) -> None:
    layout = Layout.of(shipped, ["iran_2016"])
    kuwait, c = layout.actors.row("KWT"), layout.column_index["iran_2016", "IRN"]
    over = {"iran_2016"}
    assert layout.translate(sender, SEVER, receiver, over) == [(kernel.RECOGNISE, kuwait, c)]
    assert layout.translate(sender, RESTORE, receiver, over) == [(kernel.WITHDRAW, kuwait, c)]
    assert layout.translate(sender, EventKind.CONDEMN, receiver, over) == []
    assert layout.translate(sender, SEVER, receiver, {"qatar_2017"}) == []


def test_the_waves_of_later_days_teach_nothing(shipped: Corpus) -> None:
    day = date(1966, 12, 31)
    posterior = learn(shipped, day, draws=50, processes=("solidarity",))
    again = learn(shipped.as_of(date(1980, 1, 1)), day, draws=50, processes=("solidarity",))
    assert posterior.evidence["solidarity"].cases == again.evidence["solidarity"].cases
    assert (posterior.draws == again.draws).all()
    years = [int(case.rstrip("bc")[-4:]) for case in posterior.evidence["solidarity"].cases]
    assert years
    assert max(years) <= 1966


def test_forgetting_the_allies_that_followed_makes_followers_less_expected(
    whole: Played, shipped: Corpus
) -> None:
    terms, history = whole
    every = np.ones(len(history.exposure), dtype=bool)
    kept, _ = rows_of(whole, "arab_germany_1965")
    forgotten = every.copy()
    keys = {tuple(row) for row in kept[kept[:, EVENTS] > 0]}
    forgotten[[tuple(row) in keys for row in history.exposure]] = False
    weight = {}
    for name, rows in (("all", every), ("without", forgotten)):
        design, _ = design_of(terms, history, "solidarity", rows)
        found = fit(design, terms, "solidarity")
        at = list(found.shared).index(terms.index["solidarity/dispute/arab_germany_1965"])
        weight[name] = found.mode[at]
    assert weight["without"] < weight["all"] - 0.5
