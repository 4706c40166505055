"""A posterior is used only while the code that learned it stands: the fingerprint must miss none of it."""

from __future__ import annotations

import grimp

from sim.hazard.shelf import SOURCES

TELLS_ONLY = {"disk", "errors", "hazard/shelf", "history/checks", "history/oddities"}
"""What the learner imports to write files, to complain and to find posteriors: no number depends on it."""


def test_everything_that_the_learner_imports_is_in_the_fingerprint() -> None:
    found = grimp.build_graph("sim").find_upstream_modules("sim.hazard.learn")
    names = {name.removeprefix("sim.").replace(".", "/") for name in found} | {"hazard/learn"}
    assert names - TELLS_ONLY == set(SOURCES)
