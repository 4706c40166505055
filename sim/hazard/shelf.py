"""Where posteriors are kept: the shipped one, and a cache of refits for other days and histories."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import date
from functools import cache
from pathlib import Path

from sim.errors import InputError, ResultError
from sim.hazard.posterior import Posterior
from sim.hazard.riskset import PROCESSES
from sim.history.corpus import Corpus

SHIPPED = "posterior.npz"
# Not through importlib: an older install may have left a folder of our name.
ROOT = Path(__file__).parents[1]
SOURCES = (
    "kernel",
    *(
        f"hazard/{name}"
        for name in (
            "covariates", "effects", "evidence", "fitting", "intervals", "learn", "ordering", "posterior",
            "record", "replay", "riskset", "sampling", "scales", "snapshot", "terms",
        )
    ),
    *(
        f"history/{name}"
        for name in (
            "actors", "corpus", "coverage", "disputes", "dyad_years", "endings", "events", "files",
            "merge", "placing", "precedents", "tables", "ties", "votes",
        )
    ),
)  # fmt: skip
"""What the learner is made of: all that `sim.hazard.learn` imports, but for checks and messages."""


def cache_folder() -> Path:
    """Return where refits are kept: ``$DEMARCHE_CACHE``, else the user's cache folder."""
    chosen = os.environ.get("DEMARCHE_CACHE")
    if chosen:
        return Path(chosen)
    import platformdirs

    return Path(platformdirs.user_cache_dir("demarche"))


@cache
def learner_version() -> str:
    """Fingerprint of the source that learns: a posterior learned by other code is not used."""
    digest = hashlib.sha256()
    for name in SOURCES:
        digest.update((ROOT / f"{name}.py").read_bytes())
    return digest.hexdigest()[:16]


def posterior_for(
    corpus: Corpus,
    as_of: date,
    without: Iterable[str] = (),
    told: Callable[[str], None] | None = None,
    processes: Sequence[str] = PROCESSES,
) -> Posterior:
    """Return the posterior learned on what was known on a day, refitting only if it must.

    The shipped posterior serves if it was learned on this very history and day by this very code; then
    the cache; else the tables are learned again and the cache keeps the result.

    Parameters
    ----------
    corpus : Corpus
    as_of : date
    without : iterable of str
        Ids of events to forget (see `sim.hazard.learn.learn`).
    told : callable, optional
        Told a sentence before a refit, which takes seconds.
    processes : sequence of str
        Which are needed, all by default.
    """
    forgotten = frozenset(without)
    fingerprint = corpus.as_of(as_of).fingerprint
    wanted = (fingerprint, as_of, tuple(sorted(forgotten)), learner_version())
    whole = tuple(processes) == PROCESSES
    if whole:
        found = _read(ROOT / "hazard" / "data" / SHIPPED, wanted)
        if found is not None:
            return found
    key = repr(wanted if whole else (*wanted, tuple(processes)))
    name = hashlib.sha256(key.encode()).hexdigest()[:24]
    kept = cache_folder() / f"posterior-{name}.npz"
    found = _read(kept, wanted)
    if found is not None:
        return found
    from sim.hazard.learn import learn

    if told:
        told(f"learning from what was known on {as_of} (kept for next time)")
    found = learn(corpus, as_of, without=forgotten, processes=processes, keep=_kept)
    _save(found, kept)
    return found


def _kept(fingerprint: str, make: Callable[[], Posterior]) -> Posterior:
    """Return what one process learned from the same rows before, whatever else was on record; or learn it."""
    path = cache_folder() / f"process-{fingerprint[:24]}.npz"
    with suppress(ResultError):
        found = Posterior.load(path)
        if found.fingerprint == fingerprint:
            return found
    found = make()
    _save(found, path)
    return found


def _save(found: Posterior, path: Path) -> None:
    with suppress(OSError):  # a cache that cannot be written only costs time
        found.save(path)


def check_taught(corpus: Corpus, as_of: date, file: str, place: str) -> None:
    """Require a day on which some record has begun: before it nothing can be learned.

    Parameters
    ----------
    corpus : Corpus
    as_of : date
    file, place : str
        Where the day stands, for the message.

    Raises
    ------
    InputError
    """
    if corpus.as_of(as_of).coverage.empty:
        starts = corpus.coverage["first"]
        begins = (
            f"a day on or after {starts.min().date()}" if len(starts) else "tables with a record"
        )
        raise InputError(file, place, f"{as_of}, before any record begins", begins)


def _read(path: Path, wanted: tuple[str, date, tuple[str, ...], str]) -> Posterior | None:
    """Return the posterior at a path if it is there, whole, and the one wanted."""
    try:
        found = Posterior.load(path)
    except ResultError:
        return None
    is_it = (found.fingerprint, found.as_of, found.without, found.about.get("learner"))
    return found if is_it == wanted else None
