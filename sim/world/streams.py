"""Names to clock keys: a draw has a name, never a turn in a queue.

The clock of a channel is hashed from its key, and the key from its *name*. An actor added to the
tables, or a channel that another scenario lacks, therefore changes nobody else's luck.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

__all__ = ["channel_name", "clock_key", "clock_keys"]

_SEPARATORS = frozenset("/>@")


def channel_name(process: str, kind: str, sender: str, receiver: str, dispute: str) -> str:
    """Return the name of one channel: who may do what to whom, over which dispute.

    Parameters
    ----------
    process : str
        Kind of reaction, such as ``recognise`` or ``respond``.
    kind : str
        Kind of act, one of `sim.history`'s event kinds.
    sender, receiver : str
        Actor codes.
    dispute : str
        Dispute, or an empty string for an act that stands for the dyad alone.

    Returns
    -------
    str
        The parts, joined so that two different channels never share a name.

    Raises
    ------
    ValueError
        If a part holds one of the separators, or one other than `dispute` is empty.

    Examples
    --------
    >>> channel_name("respond", "sever_relations", "UKR", "SYR", "donbas")
    'respond/sever_relations/UKR>SYR@donbas'
    """
    name = f"{process}/{kind}/{sender}>{receiver}@{dispute}"
    if not (process and kind and sender and receiver):
        raise ValueError(f"a channel needs a process, a kind, a sender and a receiver: {name}")
    if sum(map(name.count, _SEPARATORS)) != 4:
        raise ValueError(f"a part of a channel's name holds one of / > @: {name}")
    return name


def clock_key(name: str) -> int:
    """Return the 64-bit key of a channel's clock.

    Parameters
    ----------
    name : str
        Name of the channel (`channel_name`).

    Returns
    -------
    int
        Unsigned, in [0, 2**64): BLAKE2b of the name's UTF-8 bytes, read with the low byte first.

    Examples
    --------
    >>> clock_key("respond/sever_relations/UKR>SYR@donbas")
    9156675257695271856
    """
    return int.from_bytes(hashlib.blake2b(name.encode("utf-8"), digest_size=8).digest(), "little")


def clock_keys(names: Iterable[str]) -> NDArray[np.uint64]:
    """Return the keys of many channels, in their order.

    Parameters
    ----------
    names : iterable of str
        Channel names, each once.

    Returns
    -------
    ndarray of uint64, shape (n,)
        One key for each name.

    Raises
    ------
    ValueError
        If a name comes twice, or two names share a key: they would then share their luck.

    Examples
    --------
    >>> clock_keys(["a", "b"]).shape
    (2,)
    """
    owner: dict[int, str] = {}
    for name in names:
        key = clock_key(name)
        if key in owner:
            if owner[key] == name:
                raise ValueError(f"two channels carry the same name: {name}")
            raise ValueError(f"two channels share the clock key {key}: {owner[key]} and {name}")
        owner[key] = name
    return np.fromiter(owner, dtype=np.uint64, count=len(owner))
