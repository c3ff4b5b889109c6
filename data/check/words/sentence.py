"""What the doctor says of one thing it looks for, in both languages, and from which share on it is bad."""

from __future__ import annotations

from typing import NamedTuple

from data.text import Text


class Words(NamedTuple):
    """``bad``: a share of the rows above which the wall cannot be trusted; 0 = any is bad, None = never more than look."""

    good: Text
    said: Text
    remedy: Text
    bad: float | None = None
