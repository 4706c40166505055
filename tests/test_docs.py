"""The README says what is so: its code runs, its output is what is printed.

``python tests/test_docs.py`` prints the run again into the README and draws its figure anew.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
FIGURE = ROOT / "notebooks" / "projection.png"
CODE = r"```{}\n(.*?)```"


def blocks(language: str) -> list[str]:
    return re.findall(CODE.format(language), README.read_text("utf-8"), flags=re.DOTALL)


def commands() -> list[list[str]]:
    """Each `demarche` command of the README as arguments, the two long install lines included."""
    lines = [
        part for block in blocks("bash") for line in block.splitlines() for part in line.split("&&")
    ]
    split = [shlex.split(line, comments=True) for line in lines]
    return [words[1:] for words in split if words and words[0].endswith("demarche")]


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder that looks like a clone to the README's code, the example's table in place."""
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    (tmp_path / "my-tables").mkdir()
    (tmp_path / "my-tables" / "events.csv").write_text(blocks("csv")[0], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
def test_commands_run(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from sim.cli import main

    assert len(commands()) >= 6
    for arguments in commands():
        simulates = arguments[0] in (
            "run",
            "compare",
            "trace",
            "explain",
            "counterfactual",
            "issue",
            "sweep",
        )
        few = ["--worlds", "100"] if simulates else []
        assert main([*arguments, *few]) == 0, arguments
        captured = capsys.readouterr()
        assert captured.out.strip(), arguments
        told = captured.err.splitlines()  # of a user's rows what is odd is told
        assert all("--corpus" in arguments and line.startswith("note: ") for line in told), told
    assert (clone / "belarus" / "projection.png").is_file()


def test_the_added_precedent_is_listed(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from sim.cli import main

    assert main(["precedents", "list", "--corpus", "my-tables", "--actor", "HND"]) == 0
    assert "TWN-HND-2023" in capsys.readouterr().out


@pytest.mark.slow
def test_python_runs(clone: Path) -> None:
    (code,) = blocks("python")
    assert "worlds=10_000" in code
    exec(compile(code.replace("10_000", "100"), "README", "exec"), {})


def test_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README.read_text("utf-8"))
    assert len(links) >= 3
    for link in links:
        assert (ROOT / link).exists(), link


def test_every_room_is_on_the_map() -> None:
    text = README.read_text("utf-8")
    rooms = [p.name for p in (ROOT / "sim").iterdir() if (p / "__init__.py").is_file()]
    for room in rooms:
        assert f"| `sim/{room}` |" in text


def test_the_test_command_is_what_ci_runs() -> None:
    text = README.read_text("utf-8")
    install, test = "pip install -e '.[test]'", "python -m pytest"
    assert f".venv/bin/{install} && .venv/bin/{test}" in text
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert re.search(r"pip\" install .*-e '\.\[test\]'", script)
    assert '/bin/python" -m pytest "$@"' in script


@pytest.mark.slow
def test_printed_output_has_the_shape_of_today() -> None:
    """The numbers may move a little; what is told, and in what order, may not."""
    shown, now = blocks("text")[0].splitlines(), printed(1000).splitlines()
    heads = [[line.split() for line in page[:7]] for page in (shown, now)]  # widths follow the rows
    assert heads[0] == heads[1]  # title, question, as of, imposed, blank, two of columns
    assert shown[8].split("  ")[0] == now[8].split("  ")[0]  # the likeliest reaction

    def below(lines: list[str]) -> list[str]:
        start = next(i for i, line in enumerate(lines) if line.startswith("Forecast"))
        text = re.sub(r"\b[0-9a-f]{8}\b|[<>]?\d[\d.,–<>]*( %)?", "#", "\n".join(lines[start:]))
        return re.sub(r" {2,}", "  ", text).splitlines()

    assert [line.split("  ")[0] for line in below(shown)] == [
        line.split("  ")[0] for line in below(now)
    ]
    assert max(map(len, shown)) <= 80


def test_the_counts_are_those_of_today() -> None:
    assert blocks("console") == [counted()]


@pytest.mark.slow
def test_the_scenario_shown_is_valid(clone: Path) -> None:
    from sim.cli import main

    (clone / "nauru.toml").write_text(blocks("toml")[0], encoding="utf-8")
    assert main(["validate", "nauru.toml"]) == 0
    (clone / "more.toml").write_text("\n".join(blocks("toml")[:2]), encoding="utf-8")
    assert main(["validate", "more.toml"]) == 0


def test_the_readme_tells_from_which_day_a_question_counts(clone: Path) -> None:
    """Of the scenario shown: from Nauru's act; without it, from the day as of which it is asked."""
    from sim.world.scenario import load_scenario

    assert "(`scenario.forecast_origin`)" in README.read_text("utf-8")
    (shown,) = (block for block in blocks("toml") if "[[forecast]]" in block)
    (clone / "shown.toml").write_text(shown, encoding="utf-8")
    scenario = load_scenario(clone / "shown.toml")
    assert scenario.forecast_origin == scenario.forced[-1].date > scenario.as_of
    free = scenario.model_copy(update={"interventions": ()})
    assert free.forecast_origin == scenario.as_of


def test_figure_is_small() -> None:
    assert FIGURE.read_bytes()[:4] == b"\x89PNG"
    assert FIGURE.stat().st_size < 150_000


def test_changelog_and_citation_name_the_version() -> None:
    import tomllib

    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text("utf-8")


def printed(worlds: int = 10_000, figure: Path | None = None) -> str:
    """Run the README's scenario; return what the terminal shows, and draw the figure if asked."""
    import sim
    from sim.report.figures import projection_png
    from sim.report.text import plain

    ensemble = sim.run(sim.load_scenario(ROOT / "scenarios" / "donbas-syria.toml"), worlds)
    if figure is not None:
        figure.write_bytes(projection_png(ensemble))
    return plain(ensemble, width=80)


def refresh() -> None:
    made = {"text": lambda: printed(figure=FIGURE), "txt": backtested, "console": counted}
    for fence, make in made.items():
        printed_anew = make()  # takes minutes, in which somebody may edit the page
        before, _, rest = README.read_text("utf-8").partition(f"```{fence}\n")
        after = rest[rest.index("```") :]
        README.write_text(f"{before}```{fence}\n{printed_anew}{after}", "utf-8")


def backtested() -> str:
    """Return the scores that the backtest of answers prints, without its list of cases."""
    page = shown("backtest", "--process", "respond")
    return page[: page.index("Precedent")].rpartition("\n\n")[0].rstrip() + "\n"


def counted() -> str:
    """Return what `demarche precedents stats` prints, without its three long tables."""
    parts = shown("precedents", "stats").split("\n\n")
    kept = [
        part
        for part in parts
        if not part.startswith(("By dispute", "By kind", "How the hurt side"))
    ]
    return "\n\n".join(kept).rstrip() + "\n"


def shown(*arguments: str) -> str:
    command = [sys.executable, "-m", "sim", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    refresh()
