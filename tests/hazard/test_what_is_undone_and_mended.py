"""Recognitions taken back and relations mended: who was at risk, since when, and what it teaches."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from sim import kernel
from sim.hazard.learn import played
from sim.hazard.replay import CHANNEL, DAYS, EVENTS, PIECE, History, empty_world
from sim.hazard.riskset import (
    MENDING,
    SLOTS,
    Layout,
    kind_of,
    slot_of,
    slots_of,
    undoing,
)
from sim.hazard.terms import Terms
from sim.history.corpus import Corpus

Exposed = tuple[Terms, History]


def of_slot(whole: Exposed, slot: str) -> np.ndarray:
    layout, rows = whole[0].layout, whole[1].exposure
    return rows[layout.slots[rows[:, CHANNEL].astype(int)] == SLOTS.index(slot)]


def told(whole: Exposed, rows: np.ndarray) -> set[tuple[str, str]]:
    """Return (actor, contested or shunned one) of some rows of what is undone."""
    layout = whole[0].layout
    places = [divmod(int(k) - layout.undoings.start, layout.n) for k in rows[:, CHANNEL]]
    return {(layout.actors.codes[i], layout.columns[c][0]) for c, i in places}


def test_channels_stand_where_the_kernel_reads_them(shipped: Corpus) -> None:
    layout = Layout.of(shipped, ["donbas", "qatar_2017"])
    w = empty_world(layout)
    acts = [tuple(map(int, kernel.act_of(w, k))) for k in range(layout.channels)]
    assert len(set(acts)) == layout.channels
    assert [kernel.channel_of(w, *act) for act in acts] == list(range(layout.channels))
    kinds = {kernel.WITHDRAW: layout.undoings, kernel.RECOGNISE: layout.stands}
    for act, block in kinds.items():
        assert {a for a, _, _ in acts[block]} == {act}
    assert {a for a, _, _ in acts[layout.answers]} == set(range(kernel.CONDEMN, kernel.SEVER + 1))
    assert {a for a, _, _ in acts[layout.undoings.stop :]} == {kernel.RETURN, kernel.RESTORE}


def test_every_withdrawal_on_record_is_an_event_of_its_channel(whole: Exposed) -> None:
    rows = of_slot(whole, "withdraw/secession")
    done = told(whole, rows[rows[:, EVENTS] > 0])
    assert {("TUV", "ABK"), ("TUV", "SOO"), ("VUT", "ABK"), ("NRU", "XKX"), ("PAK", "TRNC")} <= done
    spared = told(whole, rows) - done
    assert {("RUS", "ABK"), ("TUR", "TRNC"), ("DZA", "SADR"), ("DEU", "XKX")} <= spared


def test_only_who_recognises_may_withdraw(whole: Exposed, shipped: Corpus) -> None:
    at_risk = told(whole, of_slot(whole, "withdraw/secession"))
    assert ("SRB", "XKX") not in at_risk
    assert ("CHN", "XKX") not in at_risk
    assert ("GEO", "ABK") not in at_risk


def test_the_clock_of_a_withdrawal_runs_since_the_recognition(whole: Exposed) -> None:
    layout = whole[0].layout
    rows = of_slot(whole, "withdraw/secession")
    column = layout.column_index["georgia", "ABK"]
    tuvalu = layout.undoings.start + column * layout.n + layout.actors.row("TUV")
    own = rows[rows[:, CHANNEL] == tuvalu]
    # Recognised on 18 September 2011, withdrawn on 31 March 2014.
    days = (date(2014, 3, 31) - date(2011, 9, 18)).days
    assert own[:, DAYS].sum() == pytest.approx(days, abs=1.0)
    assert own[own[:, EVENTS] > 0, PIECE] == [2], "between one year and five"


def test_a_break_is_mended_by_who_broke(whole: Exposed) -> None:
    rows = of_slot(whole, "reconcile/restore")
    done = told(whole, rows[rows[:, EVENTS] > 0])
    assert {("TCD", "QAT"), ("MRT", "USA"), ("JOR", "EGY"), ("CHL", "CUB")} <= done
    assert {("EGY", "QAT"), ("MRT", "QAT")} <= done, (
        "the boycott is followed beyond its last summit"
    )
    assert {("BHR", "QAT"), ("ARE", "QAT")} <= told(whole, rows) - done
    assert ("SEN", "QAT") not in told(whole, rows), "recalled its envoy and never broke"


def test_relations_are_mended_only_after_an_answer(whole: Exposed) -> None:
    layout, rows = whole[0].layout, whole[1].exposure
    for slot in MENDING:
        mine = of_slot(whole, slot)
        assert mine[:, EVENTS].sum() > 0
        view = layout.by_mend(np.arange(layout.channels))
        places = [np.argwhere(view == k)[0] for k in np.unique(mine[:, CHANNEL])]
        pairs = {(layout.fronts[f].responder, layout.actors.codes[i]) for f, i, _ in places}
        if slot == "restore/answered":
            assert {("DEU", "CUB"), ("GEO", "TUV"), ("UKR", "SYR"), ("MAR", "CUB")} <= pairs
            assert ("SRB", "USA") not in pairs, "recalled and returned, never severed"
        else:
            assert ("SRB", "USA") in pairs
    assert not any(layout.dispute_of(f).kind == "rival_government" for f in _mending(layout, rows))


def _mending(layout: Layout, rows: np.ndarray) -> list:
    view = layout.by_mend(np.arange(layout.channels))
    found = np.unique(rows[rows[:, CHANNEL] >= layout.undoings.stop, CHANNEL])
    return [layout.fronts[int(np.argwhere(view == k)[0][0])] for k in found]


def test_a_dropped_row_of_coverage_teaches_nothing_of_withdrawals(shipped: Corpus) -> None:
    day = date(2005, 12, 31)
    known = shipped.as_of(day)
    bare = known.__class__(**{
        **{f: getattr(known, f) for f in known.__dataclass_fields__},
        "coverage": known.coverage[known.coverage["kind"] != "withdraw_recognition"],
    })  # fmt: skip
    terms, history = played(bare, day)
    slots = terms.layout.slots[history.exposure[:, CHANNEL].astype(int)]
    assert not np.isin(slots, [SLOTS.index(s) for s in slots_of("withdraw")]).any()


def test_every_rule_writes_one_kind_of_act() -> None:
    assert kind_of("withdraw/secession") == "withdraw_recognition"
    assert kind_of("reconcile/restore") == "restore_relations"
    assert [kind_of(slot) for slot in MENDING] == [
        "return_ambassador",
        "restore_relations",
    ]
    assert {undoing(s) for s in (*slots_of("recognise"), *slots_of("solidarity"))} == {
        *slots_of("withdraw"), *slots_of("reconcile"),
    }  # fmt: skip


def test_the_kinds_of_dispute_share_what_undoes_them(shipped: Corpus) -> None:
    layout = Layout.of(shipped)
    for c, (_, dispute) in enumerate(layout.columns):
        k = layout.undoings.start + c * layout.n
        assert SLOTS[layout.slots[k]] == undoing(slot_of(dispute))


def test_who_recognises_anew_may_still_be_forgiven(shipped: Corpus) -> None:
    layout = Layout.of(shipped, ["donbas"])
    w = empty_world(layout)._replace(allowed=np.ones(layout.channels, np.int8))
    actor, column = layout.actors.row("SYR"), layout.column_index["donbas", "DPR"]
    front = int(w.front_of[column])
    w.level[front, actor] = kernel.AMBASSADOR
    kernel.refresh(w, 0.0)
    acts = ((kernel.RECOGNISE, column), (kernel.SEVER, front), (kernel.WITHDRAW, column))
    for act, j in (*acts, (kernel.RECOGNISE, column)):
        kernel.apply_event(w, act, actor, j, 1.0, kernel.NO_CAUSE, 0, 0)
        mended = w.is_open[kernel.channel_of(w, kernel.RESTORE, actor, front)]
        assert mended == (w.level[front, actor] == kernel.NONE)
