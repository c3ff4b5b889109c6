"""The sentences of the check: one file per kind of finding, merged into one table.

``{n}`` of ``{of}`` (``{share}`` %) are affected.  No sentence contains the contents of a row.
"""

from data.check.words import codes, identity, load, place, rows, speed, times
from data.check.words.sentence import Words

_PARTS = (rows, load, identity, codes, times, place, speed)
WORDS: dict[str, Words] = {id: words for part in _PARTS for id, words in part.WORDS.items()}

__all__ = ["WORDS", "Words"]
