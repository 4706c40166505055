"""One call from a scenario to its simulated futures."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from numbers import Integral
from pathlib import Path

from sim.errors import InputError, ResultError, quoted
from sim.hazard.shelf import posterior_for
from sim.history.corpus import Corpus, load_corpus
from sim.history.names import forgotten_events
from sim.world.assemble import Assembly, assemble
from sim.world.blocks import Blocks, Stored
from sim.world.ensemble import Ensemble, Progress, run_ensemble
from sim.world.scenario import Scenario, check, load_scenario

WORLDS = 10_000


def prepare(
    scenario: Scenario | str | os.PathLike[str],
    corpus: Corpus | None = None,
    drop: Iterable[str] = (),
    told: Callable[[str], None] | None = None,
) -> Assembly:
    """Check a scenario, learn (or look up) what was known on its date, and build its arrays.

    Parameters
    ----------
    scenario : Scenario or path
        A path is that of its file.
    corpus : Corpus, optional
        The shipped one by default.
    drop : iterable of str
        Precedents, recognitions or events that must not teach the rules, as `forgotten_events` takes
        them; what happened stays history.
    told : callable, optional
        Told in a sentence when something takes time.

    Raises
    ------
    InputError
        If the scenario does not fit the corpus, or what is dropped is unknown or of later days.
    """
    corpus = corpus or load_corpus()
    if isinstance(scenario, str | os.PathLike):
        scenario = load_scenario(scenario, corpus)
    elif isinstance(scenario, Scenario):
        check(scenario, corpus)
    else:
        right = "a scenario, as sim.load_scenario returns it, or the path of its file"
        raise InputError("scenario", "", f"a {type(scenario).__name__}", right)
    drop = tuple(drop)
    without = forgotten_events(corpus.as_of(scenario.as_of), drop, whole=corpus) if drop else ()
    return assemble(scenario, corpus, posterior_for(corpus, scenario.as_of, without, told))


def run(
    scenario: Scenario | str | os.PathLike[str],
    worlds: int = WORLDS,
    seed: int | None = None,
    corpus: Corpus | None = None,
    drop: Iterable[str] = (),
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Ensemble:
    """Simulate a scenario.

    Parameters
    ----------
    scenario : Scenario or path
        A path is that of its file.
    worlds : int
        How many simulated futures, at least 1.
    seed : int, optional
        The scenario's own by default. The same seed gives the same events.
    corpus, drop
        See `prepare`.
    executor, progress
        See `run_ensemble`.

    Returns
    -------
    Ensemble

    Raises
    ------
    InputError
        If the scenario, its file or the number of worlds is wrong.

    Examples
    --------
    >>> import sim
    >>> e = sim.run(sim.load_scenario("scenarios/donbas-syria.toml"), worlds=1000)  # doctest: +SKIP
    >>> e.projection().head(1)[["sender", "kind", "receiver"]].values.tolist()  # doctest: +SKIP
    [['UKR', 'sever_relations', 'SYR']]
    """
    if isinstance(worlds, bool) or not isinstance(worlds, Integral) or worlds < 1:
        raise InputError("worlds", "", quoted(worlds), "a whole number, at least 1")
    return run_ensemble(prepare(scenario, corpus, drop), int(worlds), seed, executor, progress)


def run_blocks(
    assembly: Assembly,
    worlds: int,
    folder: Path,
    seed: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    told: Callable[[str], None] | None = None,
) -> Stored:
    """Play many worlds block by block, going on from the blocks that are there.

    Parameters
    ----------
    folder : Path
        Where the blocks lie, and must stay as long as the result is used.
    seed, executor, progress
        See `sim.world.ensemble.run_ensemble`.
    told : callable, optional
        Told in a sentence that some worlds were there, or that they are kept when interrupted.

    Raises
    ------
    ResultError
        If the disk refuses.

    Examples
    --------
    >>> from sim.world.scenario import load_scenario
    >>> a = prepare(load_scenario("scenarios/donbas-syria.toml"))  # doctest: +SKIP
    >>> run_blocks(a, 1_000_000, Path("blocks")).projection()  # doctest: +SKIP
    """
    seed = assembly.scenario.seed if seed is None else seed
    try:
        blocks = Blocks(folder, assembly, worlds, seed)
        if told and blocks.there:
            told(f"going on from {blocks.there:,} worlds of an earlier run")
        try:
            blocks.play(executor, progress)
        except KeyboardInterrupt:
            if told:
                told(f"{blocks.there:,} of {worlds:,} worlds are kept: the same command goes on")
            raise
    except OSError as error:
        raise ResultError(
            f"{folder}: cannot hold what was played: {error.strerror or error}"
        ) from error
    return Stored(blocks)
