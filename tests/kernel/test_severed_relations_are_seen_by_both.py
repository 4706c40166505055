"""Two parents who provoke each other: what one of them cuts, the other cannot cut again."""

from __future__ import annotations

import numpy as np

from sim import kernel


def test_a_severed_tie_is_not_severed_again_from_the_other_side(mutual) -> None:
    aaa, par = (mutual.layout.actors.row(code) for code in ("AAA", "PAR"))
    ent, tne = (mutual.layout.column_index[key] for key in (("north", "ENT"), ("south", "TNE")))
    log = mutual.play(
        {("PAR", "sever_relations", "AAA"): 0.1, ("AAA", "sever_relations", "PAR"): 0.1},
        worlds=2000,
        forced=((0.0, kernel.RECOGNISE, aaa, ent), (0.0, kernel.RECOGNISE, par, tne)),
    )
    severed = log[log[:, 1] == kernel.SEVER]
    per_world = np.bincount(severed[:, 4].astype(int), minlength=2000)
    assert per_world.max() == 1
