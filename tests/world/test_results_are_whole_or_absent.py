"""Whatever goes wrong, a result folder holds one whole result or is not there."""

import csv
import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from sim.disk import only_writer
from sim.errors import InputError, ResultError
from sim.provenance import Provenance
from sim.world.results import FILES, MARKER, ResultFolder, csv_cell

NAMES = ("projection.csv", "forecasts.csv", "scenario.toml")


def make(target: Path, generation: str) -> None:
    """Make a result whose every file tells its generation."""
    with ResultFolder(target) as folder:
        folder.write_json(MARKER, Provenance(generation=generation).as_dict())
        for name in NAMES:
            folder.write_text(name, generation)


def generation(target: Path) -> str | None:
    """Return the generation of a whole result, None if there is none; fail on a mixture."""
    if not os.path.lexists(target):
        return None
    found = {(target / name).read_text("utf-8") for name in NAMES}
    found.add(json.loads((target / MARKER).read_text("utf-8"))["generation"])
    assert len(found) == 1, f"a mixture: {found}"
    return found.pop()


def hidden(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("."))


def test_made_and_made_again(tmp_path: Path) -> None:
    target = tmp_path / "run"
    for name in ("first", "second"):
        make(target, name)
        assert generation(target) == name
        assert hidden(tmp_path) == []


def test_the_old_result_leaves_nothing_behind(tmp_path: Path) -> None:
    target = tmp_path / "run"
    make(target, "first")
    for name in FILES - {MARKER}:
        (target / name).write_text("x", "utf-8")
    make(target, "second")
    assert {path.name for path in target.iterdir()} == {*NAMES, MARKER}
    assert hidden(tmp_path) == []


@pytest.mark.parametrize("name", ["notes.txt", "sub/y", "events.parquet/mine", ".hidden"])
def test_an_earlier_result_with_something_of_the_users_stays(tmp_path: Path, name: str) -> None:
    target = tmp_path / "run"
    make(target, "first")
    (target / name).parent.mkdir(exist_ok=True)
    (target / name).write_text("mine", "utf-8")
    first = name.split("/")[0]
    with pytest.raises(ResultError, match=rf"run: found a folder with other content \('{first}'\)"):
        make(target, "second")
    assert (target / name).read_text("utf-8") == "mine"
    assert generation(target) == "first"
    assert hidden(tmp_path) == []


def test_what_is_put_there_at_the_last_moment_is_not_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "run"
    make(target, "first")
    rename = os.rename

    def put_then_rename(source: Path, destination: Path) -> None:
        if source == target:
            (target / "thesis.txt").write_text("mine", "utf-8")
        rename(source, destination)

    monkeypatch.setattr(os, "rename", put_then_rename)
    make(target, "second")
    assert generation(target) == "second"
    (aside,) = hidden(tmp_path)
    assert [path.name for path in (tmp_path / aside).iterdir()] == ["thesis.txt"]


def test_many_strange_things_are_named_briefly(tmp_path: Path) -> None:
    make(tmp_path / "run", "first")
    for name in "abcd":
        (tmp_path / "run" / name).mkdir()
    with pytest.raises(ResultError, match=r"\('a', 'b', 'c', \.\.\.\), expected a new name"):
        make(tmp_path / "run", "second")


def test_an_empty_folder_is_used(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    make(tmp_path / "run", "first")
    assert generation(tmp_path / "run") == "first"


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit, MemoryError])
@pytest.mark.parametrize("earlier", [None, "first"])
def test_failing_in_the_middle(
    tmp_path: Path, error: type[BaseException], earlier: str | None
) -> None:
    target = tmp_path / "run"
    if earlier:
        make(target, earlier)

    def fail_in_the_middle() -> None:
        with ResultFolder(target) as folder:
            folder.write_json(MARKER, Provenance(generation="second").as_dict())
            folder.write_text("projection.csv", "second")
            raise error

    with pytest.raises(error):
        fail_in_the_middle()
    assert generation(target) == earlier
    assert hidden(tmp_path) == []


def test_parents_are_made_and_unmade(tmp_path: Path) -> None:
    make(tmp_path / "x" / "y" / "run", "first")
    assert generation(tmp_path / "x" / "y" / "run") == "first"
    with pytest.raises(RuntimeError), ResultFolder(tmp_path / "p" / "q" / "run"):
        raise RuntimeError
    assert not (tmp_path / "p").exists()


def test_a_failing_disk_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(ResultError, match=r"run: cannot hold provenance\.json: No space left"):
        make(tmp_path / "run", "first")
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("failing", [1, 2])
def test_a_failing_rename_brings_the_old_result_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    target = tmp_path / "run"
    make(target, "first")
    rename, calls = os.rename, []

    def fail(source: Path, destination: Path) -> None:
        calls.append(source)
        if len(calls) == failing:
            raise OSError(errno.EIO, "broken")
        rename(source, destination)

    monkeypatch.setattr(os, "rename", fail)
    with pytest.raises(ResultError, match="cannot be moved into place: broken"):
        make(target, "second")
    assert generation(target) == "first"
    assert hidden(tmp_path) == []


def test_what_is_not_ours_is_not_touched(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine", "utf-8")
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "thesis.txt").write_text("mine", "utf-8")
    other = tmp_path / "other"
    other.mkdir()
    (other / MARKER).write_text('{"tool": "another"}', "utf-8")
    link = tmp_path / "link"
    make(tmp_path / "real", "first")
    link.symlink_to(tmp_path / "real")
    for target, found in [
        (file, "a file"),
        (foreign, r"a folder with other content \('thesis.txt'\)"),
        (other, r"a folder with other content \('provenance.json'\)"),
        (link, "a symbolic link"),
        (tmp_path / "nowhere" / ".." / "file", "a file"),
    ]:
        with pytest.raises(ResultError, match=f"found {found}, expected a new name"):
            make(target, "second")
    assert file.read_text("utf-8") == (foreign / "thesis.txt").read_text("utf-8") == "mine"
    assert link.is_symlink()
    assert generation(tmp_path / "real") == "first"
    assert hidden(tmp_path) == []


def test_names_that_no_folder_can_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for target in (".", "/", "x" * 300, "a\0b"):
        with pytest.raises(ResultError) as caught:
            make(Path(target), "first")
        assert "\n" not in str(caught.value)
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(ResultError):
        make(tmp_path / "file" / "run", "first")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_something_put_there_in_the_meantime_stays(tmp_path: Path) -> None:
    target = tmp_path / "run"

    def work_meanwhile() -> None:
        with ResultFolder(target) as folder:
            folder.write_json(MARKER, Provenance().as_dict())
            target.mkdir()
            (target / "thesis.txt").write_text("mine", "utf-8")

    with pytest.raises(ResultError, match="other content"):
        work_meanwhile()
    assert (target / "thesis.txt").read_text("utf-8") == "mine"
    assert hidden(tmp_path) == []


def test_a_result_needs_its_provenance(tmp_path: Path) -> None:
    with (
        pytest.raises(ResultError, match=r"provenance\.json is missing"),
        ResultFolder(tmp_path / "run") as folder,
    ):
        folder.write_text("projection.csv", "x")
    assert list(tmp_path.iterdir()) == []


def test_names_stay_inside(tmp_path: Path) -> None:
    for name in ("../outside.txt", "/projection.csv", "notes.txt", ""):
        with (
            pytest.raises(ValueError, match="not a file of a result"),
            ResultFolder(tmp_path / "r") as folder,
        ):
            folder.path(name)
    with pytest.raises(RuntimeError, match="with block"):
        ResultFolder(tmp_path / "r").path("projection.csv")


KILLED = """
import os, signal, sys
from sim.provenance import Provenance
from sim.world.results import ResultFolder

moment, reached = int(sys.argv[2]), 0

def pass_moment(event, arguments):
    global reached
    if event in ("os.rename", "os.mkdir", "os.rmdir", "os.remove", "open", "written"):
        if any("run" in str(a) for a in arguments):
            reached += 1
            if reached == moment:
                os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(pass_moment)
with ResultFolder(sys.argv[1]) as folder:
    folder.write_json("provenance.json", Provenance(generation="second").as_dict())
    for name in sys.argv[3:]:
        folder.write_text(name, "second")
        pass_moment("written", ["run"])
print(reached)
"""


def run_killed(target: Path, moment: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", KILLED, str(target), str(moment), *NAMES],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize("earlier", [None, "first"])
def test_killed_at_every_file_operation(tmp_path: Path, earlier: str | None) -> None:
    """The child kills itself (kill -9) at its first, second, third ... touch of the disk."""
    seen = set()
    for moment in range(1, 60):
        target = tmp_path / f"{moment}" / "run"
        target.parent.mkdir()
        if earlier:
            make(target, earlier)
        done = run_killed(target, moment)
        assert done.returncode in (0, -signal.SIGKILL), done.stderr
        seen.add(generation(target))
        make(target, "third")  # what a kill leaves behind is in nobody's way
        assert generation(target) == "third"
        if done.returncode == 0:
            break
    else:
        pytest.fail("the child never came to its end")
    assert moment > 10
    assert seen == {earlier, None, "second"}


ENDLESS = """
import sys
from sim.provenance import Provenance
from sim.world.results import ResultFolder

n = 0
while True:
    n += 1
    with ResultFolder(sys.argv[1]) as folder:
        folder.write_json("provenance.json", Provenance(generation=str(n)).as_dict())
        for name in sys.argv[2:]:
            folder.write_text(name, str(n))
    print(n, flush=True)
"""


@pytest.mark.slow
def test_killed_at_any_time(tmp_path: Path) -> None:
    for i in range(6):
        target = tmp_path / f"{i}" / "run"
        command = [sys.executable, "-c", ENDLESS, str(target), *NAMES]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(0.003 * i)
            child.kill()
        generation(target)


def test_text_is_no_formula(tmp_path: Path) -> None:
    for text in ("=1+1", "@SUM(A1)", "\tx", "\rx", "+cmd|x", "-2+3", "＝1"):
        assert csv_cell(text) == "'" + text
    for text in ("", "UKR", "'=1", "-0.5", "+1e-3", "-", "-inf", " =1", "DPR+LPR"):
        assert csv_cell(text) == text
    row = ("=A1", -0.5, np.float64(0.1), 3, True, None, 'a "quoted", cell', "two\nlines")
    with ResultFolder(tmp_path / "run") as folder:
        folder.write_json(MARKER, Provenance().as_dict())
        folder.write_csv("projection.csv", ["=head", *"bcdefgh"], [row])
    with (tmp_path / "run" / "projection.csv").open(encoding="utf-8", newline="") as file:
        header, cells = csv.reader(file)
    assert header[0] == "'=head"
    assert cells == ["'=A1", "-0.5", "0.1", "3", "True", "", 'a "quoted", cell', "two\nlines"]


def test_json_is_json(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"), ResultFolder(tmp_path / "run") as folder:
        folder.write_json("scenario.toml", {"probability": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_the_same_columns_give_the_same_parquet_bytes(tmp_path: Path) -> None:
    frame = pd.DataFrame({"world": [0, 1], "sender": ["UKR", "SRB"]}, index=[5, 6])
    columns = {"world": np.array([0, 1]), "sender": np.array(["UKR", "SRB"])}
    table = pa.table(columns)
    read = {name: tmp_path / name / "events.parquet" for name in "abcd"}
    for name, content in (("a", table), ("b", columns), ("c", table), ("d", frame)):
        with ResultFolder(tmp_path / name) as folder:
            folder.write_json(MARKER, Provenance().as_dict())
            folder.write_parquet("events.parquet", content)
    assert read["a"].read_bytes() == read["b"].read_bytes() == read["c"].read_bytes()
    assert parquet.read_schema(read["d"]).metadata is None
    assert parquet.read_table(read["d"]).column_names == ["world", "sender"]


WAITING = """
import sys
from sim.provenance import Provenance
from sim.world.results import ResultFolder

with ResultFolder(sys.argv[1]) as folder:
    folder.write_json("provenance.json", Provenance(generation="held").as_dict())
    for name in sys.argv[2:]:
        folder.write_text(name, "held")
    print("in", flush=True)
    sys.stdin.readline()
"""


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    target = tmp_path / "run"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", WAITING, str(target), *NAMES], **pipes) as child:  # type: ignore[call-overload]
        child.stdout.readline()
        with pytest.raises(InputError, match="run: found a folder that another run is writing"):
            make(target, "second")
        assert generation(target) is None
        child.communicate(b"\n")
    assert generation(target) == "held"
    make(target, "second")
    assert hidden(tmp_path) == []


def test_a_lock_does_not_outlive_its_holder(tmp_path: Path) -> None:
    target = tmp_path / "run"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", WAITING, str(target), *NAMES], **pipes) as child:  # type: ignore[call-overload]
        child.stdout.readline()
        child.kill()
    assert len(hidden(tmp_path)) == 2  # the lock's file and the unfinished folder
    make(target, "second")
    assert generation(target) == "second"
    assert hidden(tmp_path) == []


def test_a_lock_is_held_within_one_process_too(tmp_path: Path) -> None:
    with only_writer(tmp_path / "lock"):
        with pytest.raises(BlockingIOError), only_writer(tmp_path / "lock"):
            pass
        assert (tmp_path / "lock").exists()
    with only_writer(tmp_path / "lock"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_work_that_is_kept_outlives_an_error_and_goes_with_success(tmp_path: Path) -> None:
    def work(keeps: bool, fail: bool = False) -> None:
        with ResultFolder(tmp_path / "run") as folder:
            folder.write_json(MARKER, Provenance().as_dict())
            if keeps:
                folder.kept().mkdir(exist_ok=True)
                (folder.kept() / "000000000-000025000.parquet").write_text("x", "utf-8")
            if fail:
                raise RuntimeError

    for later_keeps in (True, False):
        with pytest.raises(RuntimeError):
            work(keeps=True, fail=True)
        assert hidden(tmp_path) == [".run.kept"]
        work(keeps=later_keeps)
        assert hidden(tmp_path) == []


def test_what_is_put_beside_kept_work_stays(tmp_path: Path) -> None:
    (tmp_path / ".run.kept").mkdir()
    for name in ("recipe", "thesis.txt"):
        (tmp_path / ".run.kept" / name).write_text("mine", "utf-8")
    make(tmp_path / "run", "first")
    assert [path.name for path in (tmp_path / ".run.kept").iterdir()] == ["thesis.txt"]
