import json
import pickle
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from sim.errors import (
    CorpusError,
    InputError,
    ResultError,
    ScenarioError,
    SimError,
    did_you_mean,
    quoted,
)
from sim.provenance import Provenance


def test_every_error_is_a_sim_error_and_only_input_errors_are_the_users() -> None:
    assert issubclass(InputError, SimError)
    assert issubclass(ResultError, SimError)
    assert issubclass(CorpusError, InputError)
    assert issubclass(ScenarioError, InputError)
    assert not issubclass(ResultError, InputError)


def test_a_problem_is_one_printable_line_whatever_the_user_wrote() -> None:
    error = ScenarioError("a\x1b[31m.toml", "as\nof", quoted("x\r\ny" * 100), "a date")
    assert str(error).isprintable()
    assert len(str(error)) < 200


def test_errors_joined_have_a_line_each_and_no_line_twice() -> None:
    errors = [CorpusError("e.csv", n, "date", "'x'", "a date") for n in (2, 3, 3)]
    joined = errors[0].together(errors[1:])
    assert isinstance(joined, CorpusError)
    assert str(joined).splitlines() == [
        "e.csv: line 2, column date: found 'x', expected a date",
        "e.csv: line 3, column date: found 'x', expected a date",
    ]
    assert len(errors[0].problems) == 1


def test_errors_survive_a_process_border() -> None:
    error = CorpusError("e.csv", 2, "date", "'x'", "a date", ["y"])
    joined = error.together([CorpusError("e.csv", 5, "date", "'x'", "a date")])
    for one in (error, joined, ScenarioError("s.toml", "as_of", "'x'", "a date")):
        assert str(pickle.loads(pickle.dumps(one))) == str(one)


def test_did_you_mean_ignores_case_and_spaces_and_knows_when_nothing_is_near() -> None:
    assert did_you_mean(" RECOGNIZE ", ["recognise", "sanction"]) == ("recognise",)
    assert did_you_mean("", ["a"]) == ()
    assert did_you_mean("zzzz", ["recognise"]) == ()


def test_provenance_is_the_same_everywhere() -> None:
    made = Provenance(seed=0, data="ab", posterior="cd")
    text = json.dumps(made.as_dict())
    assert json.loads(text)["seed"] == 0
    assert list(made) == ["versions", "seed", "data", "posterior"]
    assert set(made["versions"]) == {  # type: ignore[call-overload]
        "demarche-sim",
        "python",
        "numpy",
        "numba",
        "scipy",
        "pandas",
        "mesa",
    }
    for told in (socket.gethostname(), str(Path.home()), str(Path.cwd())):
        assert told not in text
    assert text == json.dumps(Provenance(seed=0, data="ab", posterior="cd").as_dict())


@pytest.mark.parametrize("module", ["sim.errors", "sim.provenance"])
def test_nothing_heavy_is_imported(module: str) -> None:
    code = f"import {module}, sys; print([m for m in ('numpy','numba','mesa') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
