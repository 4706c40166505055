"""No forecast reads the future: it is made up, and no byte may change; planted leaks are all found."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sim.backtest import followers, plain, poison
from sim.backtest.followers import Forecast, forecast
from sim.backtest.origins import Origin
from sim.backtest.poison import guard, poisoned
from sim.hazard import learn
from sim.hazard.posterior import Posterior
from sim.history import corpus as corpus_module
from sim.history.actors import Actors
from sim.history.corpus import TABLES, Corpus, read_folder
from sim.history.disputes import Dispute
from sim.history.events import place_events
from sim.history.ties import ActorYears, Ties
from sim.history.votes import Votes
from tests.backtest.conftest import DISPUTES, NOTED, STATES, recognises, severs

ORIGIN = Origin(date(2003, 6, 30), ("east", "north", "south"))
WORLDS = 100
LATE = timedelta(days=366)

EVENTS = [
    recognises("GRT", "NOR", "north", "2000-02-01"),
    recognises("AAA", "NOR", "north", "2000-05-01"),
    severs("PAN", "GRT", "north", "2000-02-03"),
    recognises("BBB", "SOU", "south", "2000-03-01"),
    recognises("EEE", "SOU", "south", "2000-09-01"),
    recognises("AAA", "EST", "east", "2002-03-01"),
    recognises("GRT", "EST", "east", "2003-08-01"),
    recognises("BBB", "NOR", "north", "2003-09-01"),
    recognises("CCC", "EST", "east", "2004-02-01"),
]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """Read a toy history in which every table tells of the time after the origin too."""
    codes = (*STATES, "NOR", "SOU", "EST")
    contested = ("NOR", "SOU", "EST")
    born = {"DDD": "2003-12-01"}
    sides = {code: round(0.2 * n - 0.8, 2) for n, code in enumerate(STATES)}
    turned = {2001: 1.0, 2002: -1.0, 2003: 3.0}
    tables = {
        "actors": [
            f"{c},{c},{'contested' if c in contested else 'state'},,,{5 * n},{10 * n},"
            f"{born.get(c, '1990-01-01')},,,toy,verified"
            for n, c in enumerate(codes)
        ],
        "disputes": [
            row.replace(",2000-01-01,,", ",2000-01-01,2003-11-01,") if key == "south" else row
            for key, row in DISPUTES.items()
        ],
        "events": [f"{row},toy,verified," for row in [*EVENTS, NOTED]],
        "coverage": [
            f"{key},recognise,recognise,,2000-01-01,2004-01-31,Toy.,toy,verified"
            for key in DISPUTES
        ],
        "nonevents": [
            "N1,2004-01-05,day,EEE,recognise,EST,east,,refused_recognition,toy,verified,"
        ],
        "ties": [
            "alliance,AAA,GRT,defense,1995-01-01,,toy",
            "membership,AAA,CLUB,member,1995-01-01,,toy",
            "membership,BBB,CLUB,member,1995-01-01,2003-10-01,toy",
            "membership,GRT,CLUB,member,1995-01-01,,toy",
            "alliance,CCC,GRT,defense,2003-09-01,,toy",
        ],
        "actor_years": [
            f"{c},{year},{side * turn:.2f},0.0{n + 1},0.{n + 1},1000,{1000 * (n + 1)}"
            for year, turn in turned.items()
            for n, (c, side) in enumerate(sides.items())
        ],
        "votes": [
            f"{name},{day},{c},{'Y' if (n + k) % 2 else 'N'},north+east,for,toy,verified"
            for k, (name, day) in enumerate([("1/1", "2002-11-01"), ("2/1", "2003-11-01")])
            for n, c in enumerate(STATES[:6])
        ],
    }
    folder = tmp_path_factory.mktemp("poison")
    for name, rows in tables.items():
        width = len(TABLES[name][0])
        lines = [",".join(TABLES[name][0]), *(",".join(r.split(",")[:width]) for r in rows)]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_folder(folder)


@pytest.fixture(scope="module")
def later(history: Corpus) -> Corpus:
    return poisoned(history, ORIGIN.day)


@pytest.fixture(scope="module")
def learned(history: Corpus) -> Posterior:
    return learn.learn(history, ORIGIN.day.replace(month=1, day=1), draws=40)


@pytest.fixture
def quick(learned: Posterior, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Share one fit among all forecasts, for leaks that are not in it."""

    def known(corpus: Corpus, as_of: date, **options: Any) -> Posterior:
        return replace(learned, fingerprint=corpus.as_of(as_of).fingerprint)

    monkeypatch.setattr(learn, "learn", known)
    return monkeypatch


def test_what_is_known_is_the_same_and_what_follows_is_not(history: Corpus, later: Corpus) -> None:
    day, after = ORIGIN.day, date(2004, 12, 31)
    assert history.as_of(day).fingerprint == later.as_of(day).fingerprint
    here, there = (c.as_of(after) for c in (history, later))
    for name in ("events", "coverage"):
        assert not getattr(here, name).equals(getattr(there, name)), name
    assert here.disputes != there.disputes
    assert not (here.actors.start == there.actors.start).all()
    for name in ("ties", "votes"):
        assert not getattr(here, name).table.equals(getattr(there, name).table), name
    assert here.actor_years.lines != there.actor_years.lines


@pytest.mark.slow
def test_no_byte_of_a_forecast_changes_but_with_the_past(history: Corpus) -> None:
    found = guard(history, [ORIGIN], WORLDS)
    assert found.compared > 300
    assert found.different == 0
    assert found.moved == 1


def test_the_guard_leaves_the_cache_as_it_was(
    history: Corpus, tmp_path: Path, quick: pytest.MonkeyPatch
) -> None:
    quick.setenv("DEMARCHE_CACHE", str(tmp_path))
    guard(history, [ORIGIN], worlds=10)
    assert os.environ["DEMARCHE_CACHE"] == str(tmp_path)
    assert not list(tmp_path.iterdir())


Leak = Callable[[pytest.MonkeyPatch, Callable[[], Corpus]], None]
"""Plants a leak; is given what returns the whole corpus that is being read."""

CUT = Corpus.as_of


def uncut(*names: str) -> Callable[[Corpus, date], Corpus]:
    """Return a way to read a corpus as of a day that leaves some tables as they are today."""

    def as_of(self: Corpus, day: date) -> Corpus:
        return replace(CUT(self, day), **{name: getattr(self, name) for name in names})

    return as_of


def shifted(patch: pytest.MonkeyPatch, owner: type, name: str) -> None:
    """Let a look-up as of a day answer for a year later."""
    real = getattr(owner, name)

    def late(self: object, *args: object, **more: object) -> object:
        moved = [a + LATE if isinstance(a, date) else a for a in args]
        return real(self, *moved, **more)

    patch.setattr(owner, name, late)


def a_covariate_a_year_late(patch: pytest.MonkeyPatch, whole: Callable[[], Corpus]) -> None:
    patch.setattr(Corpus, "as_of", uncut("actor_years"))
    shifted(patch, ActorYears, "values")


def a_posterior_of_all_time(patch: pytest.MonkeyPatch, whole: Callable[[], Corpus]) -> None:
    real = learn.learn

    def knowing(corpus: Corpus, as_of: date, **options: Any) -> Posterior:
        found = real(whole(), date(2004, 12, 31), draws=40, **options)
        return replace(found, fingerprint=corpus.as_of(as_of).fingerprint, as_of=as_of)

    patch.setattr(learn, "learn", knowing)


def a_closing_read_early(patch: pytest.MonkeyPatch, whole: Callable[[], Corpus]) -> None:
    real = Dispute.is_open

    def knowing(self: Dispute, day: date) -> bool:
        closed = whole().disputes[self.dispute].closed
        return real(self, day) and (closed is None or closed > day + timedelta(days=700))

    patch.setattr(Dispute, "is_open", knowing)


def votes_of_the_year_itself(patch: pytest.MonkeyPatch, whole: Callable[[], Corpus]) -> None:
    patch.setattr(Corpus, "as_of", uncut("votes"))
    shifted(patch, Votes, "toward")


def a_horizon_cut_where_the_record_ends(
    patch: pytest.MonkeyPatch, whole: Callable[[], Corpus]
) -> None:
    real = followers.share_within

    def cut(acts, days, worlds):  # type: ignore[no-untyped-def]
        ends = (whole().coverage["last"].max().date() - ORIGIN.day).days
        return real(acts, days.clip(max=ends // 2), worlds)

    patch.setattr(followers, "share_within", cut)


def a_patron_known_early(patch: pytest.MonkeyPatch, whole: Callable[[], Corpus]) -> None:
    def as_of(self: Corpus, day: date) -> Corpus:
        known, events = CUT(self, day), whole().events
        soon = events[(events["known_from"] > pd.Timestamp(day)) & (events["sender"] == "GRT")]
        soon = soon[soon["known_from"] <= pd.Timestamp(day + timedelta(days=700))]
        soon = soon.assign(
            placed=pd.Timestamp(day), first=pd.Timestamp(day), last=pd.Timestamp(day)
        )
        soon["known_from"] = pd.Timestamp(day)
        soon = soon[~soon["event_id"].isin(known.events["event_id"])]
        rows = pd.concat([known.events, soon.astype(known.events.dtypes.to_dict())])
        return replace(known, events=place_events(rows.reset_index(drop=True)))

    patch.setattr(Corpus, "as_of", as_of)


def ties_of_later(patch: pytest.MonkeyPatch, whole: Callable[[], Corpus]) -> None:
    patch.setattr(Corpus, "as_of", uncut("ties"))
    shifted(patch, Ties, "membership")


def who_did_not_act_later(patch: pytest.MonkeyPatch, whole: Callable[[], Corpus]) -> None:
    real = followers._at_risk

    def fewer(a, origin):  # type: ignore[no-untyped-def]
        rows, missing = real(a, origin), whole().nonevents
        gone = set(zip(missing["sender"], missing["receiver"], strict=True))
        kept = [pair not in gone for pair in zip(rows["actor"], rows["entity"], strict=True)]
        return rows[kept].reset_index(drop=True)

    patch.setattr(followers, "_at_risk", fewer)


def base_rates_over_all_time(patch: pytest.MonkeyPatch, whole: Callable[[], Corpus]) -> None:
    real = plain.learn
    patch.setattr(
        plain, "learn", lambda known, day: real(whole().as_of(date(2004, 6, 30)), date(2004, 6, 30))
    )


def a_birth_known_early(patch: pytest.MonkeyPatch, whole: Callable[[], Corpus]) -> None:
    patch.setattr(Corpus, "as_of", uncut("actors"))
    shifted(patch, Actors, "alive")


def a_month_that_is_not_over(patch: pytest.MonkeyPatch, whole: Callable[[], Corpus]) -> None:
    real = corpus_module._known

    def early(rows, day, disputes):  # type: ignore[no-untyped-def]
        return real(rows.assign(known_from=rows["placed"]), day, disputes)

    patch.setattr(corpus_module, "_known", early)


LEAKS = [
    a_covariate_a_year_late,
    a_closing_read_early,
    votes_of_the_year_itself,
    a_horizon_cut_where_the_record_ends,
    a_patron_known_early,
    ties_of_later,
    who_did_not_act_later,
    base_rates_over_all_time,
    a_birth_known_early,
    a_month_that_is_not_over,
]


@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: leak.__name__)
def test_a_planted_leak_is_found(leak: Leak, history: Corpus, quick: pytest.MonkeyPatch) -> None:
    assert found_by_the_guard(leak, history, quick)


@pytest.mark.slow
def test_a_leak_in_the_learner_is_found(history: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found_by_the_guard(a_posterior_of_all_time, history, monkeypatch)


def found_by_the_guard(leak: Leak, history: Corpus, patch: pytest.MonkeyPatch) -> bool:
    """Tell whether the guard, as it is shipped, finds a leak; it is told which corpus is being read."""
    read = [history]

    def watched(corpus: Corpus, *args: Any) -> Forecast:
        read[0] = corpus
        return forecast(corpus, *args)

    patch.setattr(poison, "forecast", watched)
    leak(patch, lambda: read[0])
    return guard(history, [ORIGIN], WORLDS).different > 0
