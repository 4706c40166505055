"""Covariates as a person with the tables and a pencil finds them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from sim import kernel
from sim.hazard.covariates import contrast, exogenous, sides, values
from sim.hazard.replay import kin_weights, replay
from sim.hazard.riskset import Front, Layout, process_of, slot_of
from sim.hazard.snapshot import Snapshot
from sim.history.corpus import Corpus, read_folder


@pytest.fixture(scope="module")
def snapshot(shipped: Corpus, day: date) -> Snapshot:
    known = shipped.as_of(day)
    return Snapshot(known, Layout.of(known), day)


def test_who_stands_on_which_side(shipped: Corpus) -> None:
    donbas, china = shipped.disputes["donbas"], shipped.disputes["china"]
    assert sides("DPR", donbas) == (("RUS",), ("UKR", "USA", "GBR", "FRA", "DEU"))
    assert sides("TWN", china) == (("TWN", "USA"), ("CHN", "RUS"))
    assert sides("CHN", china) == (("CHN", "RUS"), ("TWN", "USA"))


def test_contrasts_of_the_two_sides(snapshot: Snapshot, shipped: Corpus, day: date) -> None:
    row = snapshot.actors.row
    donbas, china = shipped.disputes["donbas"], shipped.disputes["china"]
    for x, series in ((snapshot.ideal, "ideal_point"), (snapshot.democracy, "polyarchy")):
        told = dict(
            zip(snapshot.actors, shipped.actor_years.values(series, day).tolist(), strict=True)
        )
        found = contrast(snapshot, x, "DPR", donbas)
        for code in ("RUS", "SYR", "USA", "BRA", "IND", "SRB"):
            from_parent = [abs(told[code] - told[c]) for c in ("UKR", "USA", "GBR", "FRA", "DEU")]
            by_hand = np.mean(from_parent) - abs(told[code] - told["RUS"])
            assert found[row(code)] == pytest.approx(by_hand)
        assert found[row("RUS")] > 0 > found[row("DEU")]
        for code, other in (("TWN", "CHN"), ("CHN", "TWN")):  # two sides of one coin
            one = contrast(snapshot, x, code, china)
            np.testing.assert_allclose(one, -contrast(snapshot, x, other, china))


def test_without_two_sides_there_is_no_contrast(snapshot: Snapshot, shipped: Corpus) -> None:
    alone = replace(shipped.disputes["donbas"], patrons=())
    assert not contrast(snapshot, snapshot.ideal, "DPR", alone).any()


def test_fellowship_and_votes(snapshot: Snapshot, shipped: Corpus) -> None:
    row, of = snapshot.actors.row, {c.name: c for c in exogenous("recognise")}
    context = ("DPR", shipped.disputes["donbas"])
    fellowship = values(snapshot, of["fellowship"], context)
    assert fellowship[row("KAZ")] > fellowship[row("BRA")] > fellowship[row("ESP")]
    shared = (snapshot.members[row("KAZ")] * snapshot.members[row("RUS")]).sum()
    sizes = snapshot.members[[row("KAZ"), row("RUS")]].sum(axis=1)
    cosine = (
        snapshot.fellowship[row("KAZ"), row("RUS")] - snapshot.fellowship[row("KAZ"), row("UKR")]
    )
    other = (snapshot.members[row("KAZ")] * snapshot.members[row("UKR")]).sum()
    ukraine = snapshot.members[row("UKR")].sum()
    by_hand = shared / np.sqrt(sizes.prod()) - other / np.sqrt(sizes[0] * ukraine)
    assert cosine == pytest.approx(by_hand)
    votes = values(snapshot, of["votes"], context)
    assert votes[row("SYR")] > 0.9 > -0.9 > votes[row("USA")]
    assert votes[row("ABK")] == 0  # no member, no vote


def test_weights_of_partners_sum_to_one_or_nothing(snapshot: Snapshot) -> None:
    for weights in snapshot.partners():
        total = weights.sum(axis=1)
        assert np.all(np.isclose(total, 1) | (total == 0))
        assert (weights >= 0).all()
        assert not weights.diagonal().any()
        assert not total[~snapshot.alive].any()
        assert not weights[:, ~snapshot.alive].any()
    assert (total > 0).any()


def test_distance(snapshot: Snapshot) -> None:
    row = snapshot.actors.row
    from_kyiv = snapshot.distance("UKR")
    assert from_kyiv[row("UKR")] == 0
    assert from_kyiv[row("SYR")] == pytest.approx(1.9, abs=0.1)  # Kyiv to Damascus
    assert from_kyiv[row("USA")] == pytest.approx(7.8, abs=0.2)  # and to Washington
    assert from_kyiv[row("POL")] == pytest.approx(0.69, abs=0.05)
    assert from_kyiv[row("SYR")] == pytest.approx(snapshot.distance("SYR")[row("UKR")])
    assert from_kyiv.max() <= math.pi * 6.3711


def test_every_covariate_is_a_finite_number_for_everyone(snapshot: Snapshot) -> None:
    for entity, dispute in snapshot.layout.columns:
        for c in exogenous(process_of(slot_of(dispute))):
            found = values(snapshot, c, (entity, dispute))
            assert found.shape == (snapshot.layout.n,)
            assert np.isfinite(found).all(), (c.name, entity)
    for front in snapshot.layout.fronts:
        for c in exogenous("respond"):
            assert np.isfinite(values(snapshot, c, front)).all(), (c.name, front)


def test_flags_of_the_seed(snapshot: Snapshot, shipped: Corpus) -> None:
    row = snapshot.actors.row
    of = {c.name: c for c in exogenous("recognise")}
    context = ("DPR", shipped.disputes["donbas"])

    def told(name: str, code: str) -> float:
        return float(values(snapshot, of[name], context)[row(code)])

    assert [told("patron", c) for c in ("RUS", "SYR", "UKR")] == [1, 0, 0]
    assert [told("patron_ally", c) for c in ("BLR", "KAZ", "FRA")] == [1, 1, 0]
    assert [told("fellow_client", c) for c in ("ABK", "SOO", "SYR", "DPR")] == [1, 1, 0, 0]
    assert [told("threatened", c) for c in ("SRB", "GEO", "NRU")] == [1, 1, 0]
    assert [told("patron_nearby", c) for c in ("BLR", "USA", "BRA")] == [1, 1, 0], (
        "of Russia, Bering Strait"
    )
    assert [told("parent_mission", c) for c in ("POL", "RUS", "NRU", "ABK")] == [1, 1, 0, 0], (
        "in Kyiv"
    )
    answers = {c.name: c for c in exogenous("respond")}
    front = Front("UKR", "donbas")
    stronger = values(snapshot, answers["stronger"], front)
    assert stronger[row("UKR")] == 0
    assert stronger[row("CHN")] > stronger[row("RUS")] > 0 > stronger[row("NRU")]


def test_unknown_columns_are_told_apart(snapshot: Snapshot) -> None:
    from sim.hazard.covariates import endogenous

    with pytest.raises(ValueError, match="endogenous"):
        values(snapshot, endogenous("recognise")[0], snapshot.layout.columns[0])


@pytest.fixture
def toy(folder) -> tuple[Corpus, Layout]:
    """AAA, BBB and CCC share one club, AAA and BBB a second; DDD is in none but an ally of AAA's."""
    actors = [
        f"{c},{c},{kind},,,,,1990-01-01,,,toy,verified"
        for c, kind in (
            *((c, "state") for c in ("AAA", "BBB", "CCC", "DDD", "PAR")),
            ("ENT", "contested"), ("CLUB", "organisation"), ("CIRCLE", "organisation"),
        )
    ]  # fmt: skip
    ties = [
        *(f"membership,{c},CLUB,member,2000-01-01,,toy" for c in ("AAA", "BBB", "CCC")),
        *(f"membership,{c},CIRCLE,member,2000-01-01,,toy" for c in ("AAA", "BBB")),
        "alliance,AAA,BBB,offense,2000-01-01,,toy",
        "alliance,AAA,DDD,defense,2000-01-01,,toy",
        "alliance,CCC,DDD,nonaggression,2000-01-01,,toy",
    ]
    disputes = ["toy,Toy,secession,ENT,PAR,,,2001-01-01,,toy"]
    made = folder("toy", actors=actors, ties=ties, disputes=disputes)
    corpus = read_folder(made)
    return corpus, Layout.of(corpus)


def test_shares_after_a_recognition_equal_a_hand_count(toy: tuple[Corpus, Layout]) -> None:
    corpus, layout = toy
    day = date(2005, 1, 1)
    bloc, ally = Snapshot(corpus.as_of(day), layout, day).partners()
    a, b, c, d = (layout.actors.row(code) for code in ("AAA", "BBB", "CCC", "DDD"))
    history = replay(corpus.as_of(day), layout, day)
    w = history.world._replace(bloc=bloc, ally=ally, allowed=layout.allowed(day))
    steps = [
        # who recognises; then (fellow members', allies') share by actor: weights count shared clubs
        (a, {a: (0, 0), b: (2 / 3, 1), c: (1 / 2, 0), d: (0, 1)}, 1),
        (b, {a: (2 / 3, 1 / 2), b: (2 / 3, 1), c: (1, 0), d: (0, 1)}, 2),
        (d, {a: (2 / 3, 1), b: (2 / 3, 1), c: (1, 0), d: (0, 1)}, 3),
    ]
    for t, (who, shares, count) in enumerate(steps, start=1):
        kernel.apply_event(w, kernel.RECOGNISE, who, 0, float(t), kernel.NO_CAUSE, 1, 0)
        for i, (of_bloc, of_allies) in shares.items():
            assert w.z[i, kernel.BLOC] == pytest.approx(of_bloc)
            assert w.z[i, kernel.ALLY] == pytest.approx(of_allies)
            assert w.z[i, kernel.COUNT] == pytest.approx(math.log(1 + count))
    kernel.apply_event(w, kernel.WITHDRAW, a, 0, 9.0, kernel.NO_CAUSE, 1, 0)
    assert w.z[b, kernel.BLOC] == pytest.approx(0)
    assert w.z[c, kernel.BLOC] == pytest.approx(1 / 2)
    assert w.z[d, kernel.ALLY] == pytest.approx(0)
    assert w.z[d, kernel.COUNT] == pytest.approx(math.log(3))


def test_running_counts_equal_a_recount(shipped: Corpus, day: date) -> None:
    """History played act by act leaves the shares that counting them afresh gives."""
    known = shipped.as_of(day)
    layout = Layout.of(known)
    w = replay(known, layout, day).world
    n = layout.n
    share = (w.bloc @ w.recognises).T.ravel()
    np.testing.assert_allclose(w.z[: layout.m * n, kernel.BLOC], share, atol=1e-9)
    held = w.recognises.sum(axis=0)
    assert held[layout.column_index["donbas", "DPR"]] >= 4  # Russia, Syria, Abkhazia, South Ossetia
    np.testing.assert_allclose(
        w.z[: layout.m * n, kernel.COUNT].reshape(layout.m, n), np.log1p(held)[:, None] * np.ones(n)
    )


def test_kin_tell_the_more_the_fewer_recognise_them(folder: Callable[..., Path]) -> None:
    """Two entities of one patron: recognising the one tells the more of the other, the rarer it is."""
    codes = ("AAA", "BBB", "CCC", "DDD", "PAR", "PAT")
    actors = [f"{c},{c},state,,,,,1990-01-01,,,toy,verified" for c in codes]
    actors += [f"{c},{c},contested,,,,,1990-01-01,,,toy,verified" for c in ("ONE", "TWO", "OTH")]
    disputes = [
        "one,One,secession,ONE,PAR,PAT,,2001-01-01,,toy",
        "oth,Other,secession,OTH,PAR,,,2001-01-01,,toy",
        "two,Two,secession,TWO,PAR,PAT,,2001-01-01,,toy",
    ]
    corpus = read_folder(folder("kin", actors=actors, disputes=disputes))
    layout, day = Layout.of(corpus), date(2005, 1, 1)
    w = replay(corpus.as_of(day), layout, day).world
    column = {entity: c for c, (entity, _) in enumerate(layout.columns)}
    for held, code in enumerate(("AAA", "BBB", "CCC"), start=1):
        kernel.apply_event(
            w, kernel.RECOGNISE, layout.actors.row(code), column["ONE"], float(held), -1, 1, 0
        )
        w.kin[:] = kin_weights(layout, w, day)
        kernel.refresh(w, float(held))
        z = w.z[: layout.m * layout.n, kernel.KIN].reshape(layout.m, layout.n)
        assert z[column["TWO"], layout.actors.row("AAA")] == pytest.approx(1 - held / len(codes))
        assert z[column["TWO"], layout.actors.row("DDD")] == 0
        assert not z[column["OTH"]].any()
        assert not z[column["ONE"]].any()


def test_who_leads_a_break_and_whose_ally_is_who(snapshot: Snapshot, shipped: Corpus) -> None:
    row = snapshot.actors.row
    of = {c.name: c for c in exogenous("solidarity")}
    context = ("IRN", shipped.disputes["iran_2016"])

    def told(name: str, code: str) -> float:
        return float(values(snapshot, of[name], context)[row(code)])

    assert [told("leader", c) for c in ("SAU", "BHR", "IRN")] == [1, 0, 0]
    assert [told("leader_ally", c) for c in ("BHR", "FRA")] == [1, 0]
    assert told("alignment", "SAU") > told("alignment", "IRN")
    assert told("distance", "IRQ") < told("distance", "CHL")
