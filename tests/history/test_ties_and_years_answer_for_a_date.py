from datetime import date

import numpy as np
import pytest

from sim.errors import InputError
from sim.history.corpus import Corpus
from sim.history.ties import MAX_AGE


def tied(corpus: Corpus, kind: str, day: date, one: str, other: str) -> bool:
    matrix = corpus.ties.matrix(kind, day)
    return bool(matrix[corpus.actors.row(one), corpus.actors.row(other)])


@pytest.mark.parametrize(
    ("org", "day", "members"),
    [
        ("NATO", date(2022, 6, 1), 30),
        ("EUU", date(2022, 6, 1), 27),
        ("CSTO", date(2022, 6, 1), 6),
        ("NATO", date(1948, 6, 1), 0),
    ],
)
def test_members_are_counted_right(shipped: Corpus, org: str, day: date, members: int) -> None:
    ties = shipped.ties
    assert ties.membership(day)[:, ties.orgs.index(org)].sum() == members


def test_a_suspended_member_is_none(shipped: Corpus) -> None:
    ties, syria = shipped.ties, shipped.actors.row("SYR")
    league = ties.orgs.index("LAS")
    assert ties.membership(date(2010, 6, 1))[syria, league]
    assert not ties.membership(date(2015, 6, 1))[syria, league]


def test_undirected_ties_are_symmetric_and_missions_are_not(shipped: Corpus) -> None:
    day = date(2022, 6, 1)
    for kind in ("alliance", "contiguity", "rivalry", "relations"):
        matrix = shipped.ties.matrix(kind, day)
        assert matrix.shape == (len(shipped.actors),) * 2
        assert (matrix == matrix.T).all()
    missions = shipped.ties.matrix("mission", day)
    assert (missions != missions.T).any()


def test_levels_narrow_a_matrix(shipped: Corpus) -> None:
    day = date(2010, 6, 1)
    everything = shipped.ties.matrix("alliance", day)
    defense = shipped.ties.matrix("alliance", day, levels=["defense"])
    assert 0 < defense.sum() < everything.sum()
    assert not (defense & ~everything).any()
    assert tied(shipped, "alliance", day, "BLR", "RUS")


def test_relations_are_stated_only_where_the_table_says_so(shipped: Corpus) -> None:
    stated = shipped.ties.relations_overrides(date(2010, 1, 1))
    row = shipped.actors.row
    assert stated[row("GEO"), row("NRU")] == stated[row("NRU"), row("GEO")] == 0
    assert stated[row("USA"), row("GBR")] == -1
    before = shipped.ties.relations_overrides(date(1970, 1, 1))
    assert before[row("TWN"), row("USA")] == 2


def test_a_kind_that_is_none_is_refused(shipped: Corpus) -> None:
    with pytest.raises(InputError, match=r"did you mean alliance\?"):
        shipped.ties.matrix("aliance", date(2022, 1, 1))
    with pytest.raises(InputError, match="use membership"):
        shipped.ties.matrix("membership", date(2022, 1, 1))
    with pytest.raises(InputError, match=r"did you mean capability\?"):
        shipped.actor_years.values("capabilities", date(2022, 1, 1))


def test_the_year_of_the_day_is_not_known_yet(shipped: Corpus) -> None:
    years, row = shipped.actor_years, shipped.actors.row("RUS")
    table = {
        int(line.split(",")[1]): line.split(",")[2]
        for line in years.lines
        if line.startswith("RUS,")
    }
    got = years.values("ideal_point", date(2021, 12, 31))[row]
    assert got == float(table[2020])
    assert years.values("ideal_point", date(2021, 1, 1))[row] == got


def test_a_value_is_not_used_for_longer_than_it_may(shipped: Corpus) -> None:
    years = shipped.actor_years
    last = max(int(line.split(",")[1]) for line in years.lines)
    assert np.isfinite(years.values("population_k", date(last + 1, 6, 1))).sum() > 150
    assert np.isfinite(years.values("population_k", date(last + MAX_AGE, 6, 1))).any()
    assert np.isnan(years.values("population_k", date(last + MAX_AGE + 1, 6, 1))).all()
    assert np.isnan(years.values("population_k", date(1900, 6, 1))).all()


def test_values_cannot_be_changed_by_a_reader(shipped: Corpus) -> None:
    values = shipped.actor_years.values("capability", date(2020, 1, 1))
    with pytest.raises(ValueError, match="read-only"):
        values[0] = 1.0
