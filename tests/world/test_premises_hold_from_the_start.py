"""A premise changes what it names about the world's start, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from sim import kernel
from sim.hazard.riskset import Front
from sim.history.corpus import load_corpus
from sim.world.assemble import Assembly, assemble
from sim.world.ensemble import Ensemble, run_ensemble
from sim.world.premises import doctrine_names, set_relations
from sim.world.scenario_model import Scenario
from sim.world.scenario_premises import Relations, SetRelations

WORLDS = 1000
Supposing = Callable[..., Assembly]


@pytest.fixture(scope="module")
def supposing(syria: Assembly) -> Supposing:
    """Assemble the seed's scenario with premises."""

    def made(*premises: dict[str, object]) -> Assembly:
        tables = syria.scenario.model_dump(by_alias=True)
        tables["intervention"] = (*tables["intervention"], *premises)
        scenario = Scenario.model_validate(tables)
        return assemble(scenario, load_corpus(), syria.posterior)

    return made


def value(a: Assembly, sender: str, receiver: str, coefficient: str) -> float:
    """Return what a coefficient is multiplied by in a recognition."""
    layout, names = a.layout, a.posterior.names
    k = layout.column_index["donbas", receiver] * layout.n + layout.actors.row(sender)
    mine = slice(*a.template.start[0, k : k + 2])
    at = names.index(coefficient)
    return float(a.template.value[mine][a.template.term[mine] == at].sum())


def same(base: Ensemble, other: Ensemble, but: Callable[[pd.DataFrame], pd.Series]) -> None:
    """Require the same events on both sides, but for some."""
    tables = []
    for e in (base, other):
        events = e.events[e.events["world"] < WORLDS].drop(columns="trigger")
        tables.append(events[~but(events)].reset_index(drop=True))
    pd.testing.assert_frame_equal(*tables)


def test_who_has_no_relations_cannot_break_them(ensemble: Ensemble, supposing: Supposing) -> None:
    a = supposing({"relations": {"between": ("UKR", "SYR"), "level": "none"}})
    other = run_ensemble(a, WORLDS)
    mine = lambda t: (t["sender"] == "UKR") & (t["receiver"] == "SYR")  # noqa: E731
    assert mine(ensemble.events).any()
    assert not mine(other.events).any()
    same(ensemble, other, mine)


def test_a_charge_can_be_sent_away_but_not_recalled(supposing: Supposing) -> None:
    other = run_ensemble(
        supposing({"relations": {"between": ("SYR", "UKR"), "level": "charge"}}), WORLDS
    ).events
    kinds = set(other.loc[(other["sender"] == "UKR") & (other["receiver"] == "SYR"), "kind"])
    assert "sever_relations" in kinds
    assert kinds <= {"sever_relations", "restore_relations"}, "nobody is left to be recalled"


def open_between(w: kernel.WorldArrays, a: Assembly, sender: str, receiver: str) -> set[str]:
    """Return the kinds of act of one toward another that may come by themselves."""
    acts = [a.channel(int(k)) for k in np.flatnonzero(w.is_open)]
    return {kind for one, kind, other, _ in acts if (one, other) == (sender, receiver)}


def test_full_relations_leave_nothing_to_mend_and_may_be_broken_again(
    syria: Assembly, supposing: Supposing
) -> None:
    """Kyiv broke with Moscow in February 2022."""
    assert open_between(syria.template, syria, "UKR", "RUS") == {"restore_relations"}
    a = supposing({"relations": {"between": ("UKR", "RUS"), "level": "ambassador"}})
    assert open_between(a.template, a, "UKR", "RUS") == set()
    w, row = kernel.copy_state(a.template), a.layout.actors.row
    act = row("RUS"), a.layout.column_index["donbas", "LPR"]
    for what in (kernel.WITHDRAW, kernel.RECOGNISE):
        kernel.apply_event(w, what, *act, a.start, kernel.NO_CAUSE, 0, 0)
    assert "sever_relations" in open_between(w, a, "UKR", "RUS")


def test_a_break_supposed_to_be_a_downgrade_may_be_mended_or_go_further(
    supposing: Supposing,
) -> None:
    a = supposing({"relations": {"between": ("UKR", "RUS"), "level": "charge"}})
    kinds = open_between(a.template, a, "UKR", "RUS")
    assert kinds == {"return_ambassador", "sever_relations"}


def test_an_answer_that_is_due_stays_due(syria: Assembly) -> None:
    w, layout = kernel.copy_state(syria.template), syria.layout
    i, c = layout.actors.row("CUB"), layout.column_index["donbas", "DPR"]
    kernel.apply_event(w, kernel.RECOGNISE, i, c, syria.start, kernel.NO_CAUSE, 0, 0)
    due = open_between(w, syria, "UKR", "CUB")
    assert {"recall_ambassador", "sever_relations"} <= due
    related(w, syria, "CUB", "ambassador")
    assert open_between(w, syria, "UKR", "CUB") == due


def related(w: kernel.WorldArrays, a: Assembly, other: str, level: str) -> None:
    """Put Kyiv's relations at a level."""
    wanted = SetRelations(relations=Relations(between=("UKR", other), level=level))
    scenario = a.scenario.model_copy(update={"interventions": (wanted,)})
    set_relations(w, a.layout, scenario, a.start)
    kernel.refresh(w, a.start)


@pytest.mark.parametrize("answered", [False, True])
def test_a_supposed_break_mends_only_where_an_answer_was_given(
    syria: Assembly, answered: bool
) -> None:
    """As in history: nothing tells when a break over something else is mended."""
    w, layout = kernel.copy_state(syria.template), syria.layout
    f, i = layout.front_index[Front("UKR", "donbas")], layout.actors.row("CUB")
    c = layout.column_index["donbas", "DPR"]
    for act, j in ((kernel.RECOGNISE, c), *([(kernel.RECALL, f)] if answered else [])):
        kernel.apply_event(w, act, i, j, syria.start, kernel.NO_CAUSE, 0, 0)
    broken = kernel.copy_state(w)
    kernel.apply_event(broken, kernel.CUT, i, f, syria.start, kernel.NO_CAUSE, 0, 0)
    related(w, syria, "CUB", "none")
    kinds = open_between(w, syria, "UKR", "CUB")
    assert kinds == ({"restore_relations"} if answered else set())
    assert kinds == open_between(broken, syria, "UKR", "CUB")


def test_a_doctrine_is_taken_over_draw_by_draw(ensemble: Ensemble, supposing: Supposing) -> None:
    a = supposing({"doctrine": {"actor": "UKR", "like": "SRB"}})
    names = a.posterior.names
    for own, like in zip(doctrine_names("UKR"), doctrine_names("SRB"), strict=True):
        mine, theirs = names.index(own), names.index(like)
        assert (a.fixed[:, mine] == ensemble.assembly.fixed[:, theirs]).all()
        assert (a.fixed[:, mine] != ensemble.assembly.fixed[:, mine]).any()
    other = run_ensemble(a, WORLDS)
    same(ensemble, other, lambda t: t["sender"] == "UKR")
    shares = [(e.events["kind"] == "sever_relations").sum() / e.worlds for e in (ensemble, other)]
    assert shares[0] != shares[1]


def test_what_a_precedent_taught_is_taken_over_too(supposing: Supposing) -> None:
    a = supposing({"doctrine": {"actor": "UKR", "like": "SRB"}})
    moves = a.posterior.evidence["respond"].moves
    names = a.posterior.names
    at = [names.index(f"respond/actor/{code}") for code in ("UKR", "SRB")]
    assert (moves[:, at[0]] == moves[:, at[1]]).all()
    assert moves[:, at[0]].any()


def test_an_alliance_given_up_is_no_longer_read(syria: Assembly, supposing: Supposing) -> None:
    a = supposing({"tie": {"between": ("BLR", "RUS"), "kind": "alliance", "holds": False}})
    name = "recognise/x/patron_ally"
    assert (value(syria, "BLR", "DPR", name), value(a, "BLR", "DPR", name)) == (1.0, 0.0)
    assert value(a, "KAZ", "DPR", name) == value(syria, "KAZ", "DPR", name) == 1.0
    made = supposing({"tie": {"between": ("SRB", "RUS"), "kind": "alliance"}})
    assert (value(syria, "SRB", "DPR", name), value(made, "SRB", "DPR", name)) == (0.0, 1.0)


def test_a_member_that_left_shares_less(syria: Assembly, supposing: Supposing) -> None:
    a = supposing({"tie": {"between": ("KAZ", "CSTO"), "kind": "membership", "holds": False}})
    rows = [syria.layout.actors.row(code) for code in ("BLR", "KAZ")]
    assert a.template.bloc[rows[0], rows[1]] < syria.template.bloc[rows[0], rows[1]]


def test_a_mission_is_read_by_the_answer_and_by_who_might_recognise(
    syria: Assembly, supposing: Supposing
) -> None:
    a = supposing({"tie": {"between": ("UKR", "NIC"), "kind": "mission"}})
    changed = np.flatnonzero(a.template.value != syria.template.value)
    names = {syria.posterior.names[int(p)] for p in a.template.term[changed]}
    assert {"respond/x/mission", "recognise/x/parent_mission"} <= names
    assert {name.split("/")[-1] for name in names} == {"mission", "parent_mission"}
    for code in ("DPR", "LPR"):
        told = [value(x, "NIC", code, "recognise/x/parent_mission") for x in (syria, a)]
        assert told == [0.0, 1.0]


def test_who_has_no_secession_left_fears_none(syria: Assembly, supposing: Supposing) -> None:
    a = supposing({"close": {"dispute": "kosovo"}})
    name = "recognise/x/threatened"
    assert (value(syria, "SRB", "DPR", name), value(a, "SRB", "DPR", name)) == (1.0, 0.0)
    assert value(a, "GEO", "DPR", name) == 1.0


def test_a_dispute_that_is_not_in_play_moves_nobody(
    ensemble: Ensemble, supposing: Supposing
) -> None:
    quarrel = {"dispute": "quarrel", "kind": "rupture", "entities": ("HUN",), "parent": "UKR"}
    a = supposing({"open": quarrel})
    assert len(a.posterior.names) > len(ensemble.assembly.posterior.names)
    same(ensemble, run_ensemble(a, WORLDS), lambda t: t["sender"] == "")


def test_a_new_dispute_is_drawn_from_the_prior(supposing: Supposing) -> None:
    """Its own effect is not learned: a draw spreads as widely as under it those of disputes do."""
    new = {"dispute": "bessarabia", "kind": "secession", "entities": ("PMR",), "parent": "MDA"}
    a = supposing({"close": {"dispute": "transnistria"}}, {"open": new})
    assert ("bessarabia", "PMR") in a.layout.column_index
    quarrel = {"dispute": "quarrel", "kind": "rupture", "entities": ("HUN",), "parent": "UKR"}
    b = supposing({"open": quarrel})
    drawn = b.fixed[:, b.posterior.names.index("solidarity/dispute/quarrel")]
    about = b.posterior.about["solidarity"]
    scales = np.array([of["entity"] for of in about["vectors"]])[about["vector"]]
    own, n = drawn / scales, len(drawn)
    assert abs(own.mean()) < 4 / np.sqrt(n)
    assert abs(own.std() - 1) < 4 / np.sqrt(2 * n)
    assert b.posterior.evidence["respond"].cases, "precedents still teach the rest"
