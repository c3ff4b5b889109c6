"""What the doctor says of each thing it looks for: one file for each kind of finding, one table of all.

``{n}`` of ``{of}`` (``{share}`` %) are concerned.  Not one of these sentences holds what a row holds.
"""

from data.check.words import codes, identity, load, place, rows, speed, times
from data.check.words.sentence import Words

_PARTS = (rows, load, identity, codes, times, place, speed)
WORDS: dict[str, Words] = {id: words for part in _PARTS for id, words in part.WORDS.items()}

__all__ = ["WORDS", "Words"]
