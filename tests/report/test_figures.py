from __future__ import annotations

from collections.abc import Callable

import matplotlib as mpl
import pytest

from sim.report.figures import TOP, projection_figure, projection_png
from sim.report.reactions import reactions
from sim.world.ensemble import Ensemble

Asking = Callable[..., Ensemble]


def test_same_ensemble_same_bytes_whatever_the_users_style(ensemble: Ensemble) -> None:
    first = projection_png(ensemble)
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "red", "savefig.dpi": 10}):
        assert projection_png(ensemble) == first
    assert first.startswith(b"\x89PNG")
    assert b"matplotlib" not in first.lower()
    assert len(first) < 150_000


def test_the_users_style_is_left_alone(ensemble: Ensemble) -> None:
    with mpl.rc_context({"font.size": 30}):
        projection_figure(ensemble)
        assert mpl.rcParams["font.size"] == 30


def test_a_row_for_each_reaction(ensemble: Ensemble) -> None:
    figure = projection_figure(ensemble)
    assert len(figure.axes) == 1 + TOP
    assert "Ukraine severs relations with Syria" in [
        t.get_text() for t in figure.axes[0].get_yticklabels()
    ]
    assert figure.texts[0].get_text() == ensemble.assembly.scenario.title


def test_how_many_have_no_row_is_told_below(ensemble: Ensemble) -> None:
    left = len(reactions(ensemble)) - TOP
    foot = projection_figure(ensemble).texts[-3].get_text()
    assert f"Not shown: {left:,} further reactions, none likelier than" in foot


def test_chances_below_1_percent_have_no_row(ensemble: Ensemble) -> None:
    found = reactions(ensemble)
    likely = [r for r in found if r.probability >= 0.0095]
    assert TOP < len(likely) < len(found)
    assert len(projection_figure(ensemble, top=len(found)).axes) == 1 + len(likely)


@pytest.mark.parametrize("title", [r"$\frac{$ costs $5", "x" * 200, "中文 👩", "a\x9bb\u202ec"])
def test_odd_titles_are_drawn(asking: Asking, title: str) -> None:
    odd = asking(title=title, question=title * 5)
    assert projection_png(odd, top=1).startswith(b"\x89PNG")


def test_silence_is_drawn(silent: Ensemble) -> None:
    texts = [t.get_text() for t in projection_figure(silent).texts]
    assert "Nothing happened in any world." in texts
