"""Touch actions as ``data-`` attributes read by dashboard/assets/kiosk/kiosk.js, and the mark shared by alarms.

``data-pick`` (an address parameter and its value; also an alarm to open), ``data-tab``, ``data-case``, ``data-note-*``,
``data-more``, ``data-sheet``.
Countdowns and ages are instants (``data-due-ms``, ``data-seen-ms``); the browser renders them by the server's clock.
"""

from __future__ import annotations

from data.types.records import Record
from layouts.html.marks import data
from layouts.html.markup import Span


def pick(word: str, code: str) -> Record:
    """Selects ``code`` for that address parameter."""
    return data(pick=word, code=code)


def note(kind: str, subject: str, title: str) -> Record:
    """Opens the dialog to acknowledge an alarm or a case."""
    return {**data(note_kind=kind, note_subject=subject, note_title=title), "aria-haspopup": "dialog"}


def is_(what: str, so: bool) -> Record:
    """``aria-pressed``, ``aria-selected``."""
    return {f"aria-{what}": "true" if so else "false"}


def sign(severity: str) -> Span:
    """A square or a circle with an exclamation mark, so that they never differ by colour alone."""
    return Span("!", className=f"k-sign {severity}", **{"aria-hidden": "true"})
