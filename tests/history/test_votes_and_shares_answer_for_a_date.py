from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from sim.errors import InputError
from sim.history.corpus import Corpus, load_corpus
from sim.history.dyad_years import MAX_AGES, SHARES

Writer = Callable[..., Path]


def share(corpus: Corpus, series: str, day: date, one: str, other: str) -> float:
    row = corpus.actors.row
    return float(corpus.dyad_years.values(series, day)[row(one), row(other)])


def side(corpus: Corpus, dispute: str, day: date, code: str) -> float:
    return float(corpus.votes.toward(dispute, day)[corpus.actors.row(code)])


@pytest.mark.parametrize(
    ("resolution", "tally"),
    [
        ("68/262", (100, 11, 58, 24)),
        ("2758 (XXVI)", (76, 35, 17, 3)),
        ("67/19", (138, 9, 41, 5)),
        ("ES-10/19", (128, 9, 35, 21)),
        ("ES-11/4", (143, 5, 35, 10)),
    ],
)
def test_tallies_are_the_official_ones(
    shipped: Corpus, resolution: str, tally: tuple[int, ...]
) -> None:
    table = shipped.votes.table
    cast = table.loc[table["resolution"] == resolution, "vote"]
    assert tuple((cast == vote).sum() for vote in "YNAX") == tally


@pytest.mark.parametrize(
    ("dispute", "code", "expected"),
    [("donbas", "UKR", -1), ("donbas", "RUS", 1), ("china", "ALB", -1), ("palestine", "ISR", -1)],
)
def test_parties_vote_on_their_own_side(
    shipped: Corpus, dispute: str, code: str, expected: float
) -> None:
    assert side(shipped, dispute, date(2022, 12, 31), code) == expected


def test_a_vote_counts_from_its_day_on_and_in_the_mean(shipped: Corpus) -> None:
    before, on = date(2022, 3, 1), date(2022, 3, 2)
    votes = shipped.votes.table
    srb = votes[(votes["code"] == "SRB") & votes["disputes"].str.contains("donbas")]
    known = srb[(srb["date"] <= "2022-03-01") & (srb["vote"] != "X")]["vote"]
    expected = ((known == "N").sum() - (known == "Y").sum()) / len(known)
    assert side(shipped, "donbas", before, "SRB") == pytest.approx(expected)
    assert side(shipped, "donbas", on, "SRB") < expected  # Serbia voted for ES-11/1
    assert np.isnan(side(shipped, "donbas", date(2014, 3, 26), "SRB"))


def test_who_did_not_vote_has_no_side(shipped: Corpus) -> None:
    assert np.isnan(side(shipped, "kosovo", date(2022, 1, 1), "XKX"))
    votes = shipped.votes.table
    absent = votes[(votes["resolution"] == "63/3") & (votes["vote"] == "X")]["code"]
    assert all(np.isnan(side(shipped, "kosovo", date(2022, 1, 1), code)) for code in absent)


def test_a_vote_before_the_dispute_opened_is_read_once_it_has(shipped: Corpus) -> None:
    """68/262 was adopted in March 2014, the republics were proclaimed in May."""
    early, later = shipped.as_of(date(2014, 4, 1)), shipped.as_of(date(2014, 6, 1))
    assert "68/262" not in set(early.votes.table["resolution"])
    assert side(later, "donbas", date(2014, 6, 1), "RUS") == 1


def test_a_user_adds_votes_and_shares(folder: Writer, shipped: Corpus) -> None:
    where = folder(
        votes=["77/1,2022-12-15,SRB,N,kosovo,against,a book,verified"],
        dyad_years=["SRB,RUS,2022,0.25,"],
    )
    corpus = load_corpus(where)
    assert corpus.fingerprint != shipped.fingerprint
    assert share(corpus, "trade_share", date(2023, 1, 1), "SRB", "RUS") == 0.25
    assert share(corpus, "trade_share", date(2022, 12, 31), "SRB", "RUS") != 0.25
    assert len(corpus.votes.table) == len(shipped.votes.table) + 1
    eve = date(2022, 12, 14)
    assert corpus.as_of(eve).fingerprint == shipped.as_of(eve).fingerprint


def test_the_year_of_the_day_is_not_read(folder: Writer) -> None:
    rows = ["PRK,CHN,2023,0.9,", "PRK,RUS,2024,0.8,"]
    corpus = load_corpus(folder(dyad_years=rows))
    assert share(corpus, "trade_share", date(2024, 12, 31), "PRK", "CHN") == 0.9
    assert share(corpus, "trade_share", date(2025, 1, 1), "PRK", "RUS") == 0.8


def test_all_shares_of_an_actor_are_of_its_last_known_year(folder: Writer) -> None:
    corpus = load_corpus(folder(dyad_years=["PRK,CHN,2023,0.9,", "PRK,RUS,2024,0.8,"]))
    day = date(2025, 1, 1)
    assert share(corpus, "trade_share", day, "PRK", "CHN") == 0  # no row in 2024: none of it
    assert share(corpus, "trade_share", date(2024, 1, 1), "PRK", "USA") == 0
    too_old = date(2024 + MAX_AGES["trade_share"] + 1, 1, 1)
    assert np.isnan(corpus.dyad_years.values("trade_share", too_old)).all()


def test_shares_are_shares(shipped: Corpus) -> None:
    for series in SHARES:
        values = shipped.dyad_years.values(series, date(2010, 1, 1))
        sums = np.nansum(values, axis=1)
        assert (sums <= 1.01).all()  # of a whole, rounded
        assert np.isfinite(values).all(axis=1).sum() > 100
        assert np.isnan(shipped.dyad_years.values(series, date(1940, 1, 1))).all()


def test_dependence_is_where_it_is_known_to_be(shipped: Corpus) -> None:
    day = date(2022, 6, 1)
    assert share(shipped, "arms_share", day, "SYR", "RUS") > 0.9
    assert share(shipped, "trade_share", day, "BLR", "RUS") > 0.4
    assert share(shipped, "trade_share", date(2013, 6, 1), "UKR", "RUS") > 0.2


def test_values_cannot_be_changed_by_a_reader(shipped: Corpus) -> None:
    values = shipped.dyad_years.values("arms_share", date(2020, 1, 1))
    with pytest.raises(ValueError, match="read-only"):
        values[0, 0] = 1.0


def test_a_series_that_is_none_is_refused(shipped: Corpus) -> None:
    with pytest.raises(InputError, match="did you mean trade_share"):
        shipped.dyad_years.values("trade_shares", date(2020, 1, 1))
