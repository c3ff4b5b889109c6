"""The sentences of one finding, in both languages, and the share from which it is bad."""

from __future__ import annotations

from typing import NamedTuple

from data.text import Text


class Words(NamedTuple):
    """``bad``: share of the rows above which the wall cannot be trusted; 0 = any is bad, None = never worse than "look"."""

    good: Text
    said: Text
    remedy: Text
    bad: float | None = None
