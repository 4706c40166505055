"""Words that look like others: Cyrillic and full-width letters, invisible signs."""

from __future__ import annotations

import unicodedata

from sim.errors import quoted

__all__ = ["plain", "shown_word"]

_LATIN = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеіјорсухѕΑΒΕΖΗΙΚΜΝΟΡΤΥΧο",
    "ABESIJKMHOPCTYXaeijopcyxsABEZHIKMNOPTYXo",
)


def plain(word: str) -> str:
    r"""Return the word as it looks: without invisible signs, look-alike letters made Latin.

    Examples
    --------
    >>> plain("RU\u0405"), plain("ＵＫＲ"), plain("SYR\u200b")
    ('RUS', 'UKR', 'SYR')
    """
    visible = "".join(char for char in word if unicodedata.category(char) != "Cf")
    return unicodedata.normalize("NFKC", visible).translate(_LATIN).strip()


def shown_word(word: str) -> str:
    r"""Quote a word for a message; if it only looks like plain letters, name the one that is not.

    Examples
    --------
    >>> shown_word("RU\u0405")
    "'RUЅ' with CYRILLIC CAPITAL LETTER DZE (U+0405)"
    """
    if plain(word).isascii():
        for char in word:
            if not char.isascii():
                name = unicodedata.name(char, "a sign without a name")
                return f"{quoted(word)} with {name} (U+{ord(char):04X})"
    return quoted(word)
