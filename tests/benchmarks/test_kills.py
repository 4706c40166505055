"""What a result folder promises, held to the command itself; `python -m tests.benchmarks kills` does more."""

from __future__ import annotations

import pytest

from tests.benchmarks.kills import at_once, kill

WORLDS = 60_000  # three blocks


@pytest.mark.slow
def test_killed_at_random_and_run_again() -> None:
    found = kill(kills=3, worlds=WORLDS)
    assert found.torn == found.stuck == found.other_bytes == found.left_behind == 0, str(found)


@pytest.mark.slow
def test_eight_runs_into_one_folder() -> None:
    assert at_once(8, WORLDS) == (1, 7, True)
