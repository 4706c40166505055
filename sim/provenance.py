"""What made a result: versions, seed, fingerprints. Nothing about the machine or the clock.

No host, user, path or time of day is recorded, so the same run gives the same bytes anywhere.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import metadata

DISTRIBUTION = "demarche-sim"
LIBRARIES = ("numpy", "numba", "scipy", "pandas", "mesa")


@cache
def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "not installed"


@cache
def versions() -> dict[str, str]:
    """Versions of the package, of Python and of the libraries that do the arithmetic.

    Read from the installed metadata, so that none of them need be imported.
    """
    found = {DISTRIBUTION: _version(DISTRIBUTION), "python": platform.python_version()}
    return found | {name: _version(name) for name in LIBRARIES}


class Provenance(Mapping[str, object]):
    """The provenance of one result, as a mapping ready for JSON.

    Parameters
    ----------
    seed : int, optional
        The seed of the run; left out where nothing was drawn.
    data : str, optional
        Fingerprint of the history that was read (``Corpus.fingerprint``).
    **more
        Further named facts, for instance the fingerprint of a posterior.

    Examples
    --------
    >>> made = Provenance(seed=7, data="ab12")
    >>> made["seed"], made["data"]
    (7, 'ab12')
    """

    def __init__(self, seed: int | None = None, data: str | None = None, **more: object) -> None:
        self._facts: dict[str, object] = {"versions": dict(versions())}
        named = {"seed": seed, "data": data} | more
        self._facts |= {key: value for key, value in named.items() if value is not None}

    def __getitem__(self, key: str) -> object:
        return self._facts[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    def __repr__(self) -> str:
        return f"Provenance({self._facts!r})"

    def as_dict(self) -> dict[str, object]:
        """Return a plain dictionary, for `json.dumps`."""
        return dict(self._facts)
