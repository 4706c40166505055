"""What cannot act, and what is forbidden to one who did not act, changes no event of anybody else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.hazard.posterior import Posterior
from sim.hazard.riskset import Layout
from sim.hazard.terms import Terms
from sim.history.corpus import TABLES, Corpus, load_corpus
from sim.world.assemble import Assembly, assemble
from sim.world.ensemble import Ensemble, run_ensemble
from sim.world.scenario_model import ChannelPattern, Forbidden

INERT = {
    # the first of the alphabet, so that every other row moves; capitals would move medians
    "an organisation": "AAORG,A club,organisation,,,,,1990-01-01,,,test,verified",
    "an entity that comes later": "AALATER,A state to come,contested,,,,,2022-12-01,,,test,verified",
    "a state that is gone": "AAGONE,A state of old,former_state,,,,,1950-01-01,1991-12-31,,test,verified",
}


def with_actor(row: str, folder: Path) -> Corpus:
    header = ",".join(TABLES["actors"][0])
    (folder / "actors.csv").write_text(f"{header}\n{row}\n", encoding="utf-8")
    return load_corpus(folder)


def carried_over(posterior: Posterior, known: Corpus) -> Posterior:
    """Return the same draws under the names of another corpus; new names get coefficients of zero."""
    terms = Terms(Layout.of(known))
    draws = np.zeros((len(posterior.draws), len(terms.index)))
    draws[:, [terms.index[name] for name in posterior.names]] = posterior.draws
    return replace(posterior, names=list(terms.index), draws=draws, fingerprint=known.fingerprint)


@pytest.mark.parametrize("kind", INERT)
def test_an_actor_that_cannot_act(kind: str, ensemble: Ensemble, tmp_path: Path) -> None:
    a = ensemble.assembly
    corpus = with_actor(INERT[kind], tmp_path)
    known = corpus.as_of(a.scenario.as_of)
    richer = assemble(a.scenario, corpus, carried_over(a.posterior, known))
    assert len(richer.codes) == len(a.codes) + 1
    assert richer.codes.index(INERT[kind].split(",")[0]) < richer.codes.index("UKR")
    other = run_ensemble(richer, worlds=1000)
    log = ensemble.log[ensemble.log[:, 4] < 1000]
    pd.testing.assert_frame_equal(
        other.events, ensemble.events.iloc[: len(log)].reset_index(drop=True)
    )
    # times too; imputed ideal points may differ in the last bit with the shape of the matrices
    np.testing.assert_allclose(other.log[:, 0], log[:, 0], rtol=1e-9)


def test_a_channel_without_hazard(syria: Assembly) -> None:
    """Opened instead of forbidden, but at a log hazard of -1000: not a byte moves."""
    closed = np.flatnonzero(syria.template.allowed == 0)
    n = len(syria.codes)
    width = 4 * n
    first = len(syria.layout.columns) * n
    extra = closed[(closed >= first) & ((closed - first) // width == 0)][:200]  # answers of Ukraine
    assert len(extra)
    template, fixed = syria.template, syria.fixed
    allowed = template.allowed.copy()
    allowed[extra] = 1
    start, term, value = template.start, list(template.term), list(template.value)
    grown = np.zeros((2, len(allowed) + 1), dtype=np.int64)
    terms, values = [], []
    for r in range(2):  # terms that always hold, then those of late pieces
        grown[r, 0] = len(terms)
        for k in range(len(allowed)):
            own = slice(start[r, k], start[r, k + 1])
            hopeless = r == 0 and k in extra
            terms += [fixed.shape[1]] if hopeless else term[own]
            values += [-1000.0] if hopeless else value[own]
            grown[r, k + 1] = len(terms)
    added = replace(
        syria,
        fixed=np.column_stack([fixed, np.ones(len(fixed))]),
        template=template._replace(
            allowed=allowed, start=grown, term=np.array(terms, np.int32), value=np.array(values)
        ),
    )
    expected = run_ensemble(syria, worlds=500).log
    assert run_ensemble(added, worlds=500).log.tobytes() == expected.tobytes()


@pytest.fixture(scope="module")
def forbidden(syria: Assembly) -> tuple[str, Ensemble]:
    """Keep the actor that recognises in most worlds from recognising."""
    free = run_ensemble(syria, worlds=2000).events
    who = str(
        free.loc[(free["kind"] == "recognise") & (free["sender"] != "SYR"), "sender"].mode()[0]
    )
    return who, kept_from(syria, who)


def kept_from(a: Assembly, sender: str) -> Ensemble:
    rule = Forbidden(forbid=ChannelPattern(sender=sender, kind="recognise"))
    scenario = a.scenario.model_copy(update={"interventions": (*a.scenario.interventions, rule)})
    return run_ensemble(assemble(scenario, load_corpus(), a.posterior), worlds=2000)


def assert_same_where_silent(free: Ensemble, kept: Ensemble, sender: str) -> int:
    """Compare the worlds in which the sender did not recognise; return in how many it did."""
    row = free.assembly.codes.index(sender)
    acted = free.log[(free.log[:, 1] == 0) & (free.log[:, 2] == row), 4]
    silent, kept_silent = (~np.isin(log[:, 4], acted) for log in (free.log, kept.log))
    assert free.log[silent].tobytes() == kept.log[kept_silent].tobytes()
    assert not ((kept.log[:, 1] == 0) & (kept.log[:, 2] == row)).any()
    return len(np.unique(acted))


def test_forbidding_who_did_not_act(ensemble: Ensemble, forbidden: tuple[str, Ensemble]) -> None:
    who, kept = forbidden
    assert assert_same_where_silent(ensemble, kept, who) > 20


def test_forbidding_the_dprk(ensemble: Ensemble) -> None:
    kept = kept_from(ensemble.assembly, "PRK")
    assert_same_where_silent(ensemble, kept, "PRK")


def test_before_it_would_have_acted_nothing_differs(
    ensemble: Ensemble, forbidden: tuple[str, Ensemble]
) -> None:
    who, kept = forbidden
    row = ensemble.assembly.codes.index(who)
    for v in np.unique(ensemble.log[:, 4]):
        mine, theirs = (e.log[e.log[:, 4] == v] for e in (ensemble, kept))
        own = np.flatnonzero((mine[:, 1] == 0) & (mine[:, 2] == row))
        if own.size:
            assert mine[: own[0]].tobytes() == theirs[: own[0]].tobytes()
