"""What a touch does, said by ``data-`` attributes that dashboard/assets/kiosk/kiosk.js looks for, and the mark that alarms share.

``data-pick`` (a word of the address and its value), ``data-tab``, ``data-case``, ``data-note-*``, ``data-more``, ``data-sheet``.
Countdowns and ages are instants (``data-due-ms``, ``data-seen-ms``); the browser writes them by the server's clock.
"""

from __future__ import annotations

from data.types.records import Record
from layouts.html.marks import data
from layouts.html.markup import Span


def pick(word: str, code: str) -> Record:
    """Chooses ``code`` for that word of the address."""
    return data(pick=word, code=code)


def note(kind: str, subject: str, title: str) -> Record:
    """Opens the dialog in which note is taken of an alarm or a case."""
    return {**data(note_kind=kind, note_subject=subject, note_title=title), "aria-haspopup": "dialog"}


def is_(what: str, so: bool) -> Record:
    """``aria-pressed``, ``aria-selected``."""
    return {f"aria-{what}": "true" if so else "false"}


def sign(severity: str) -> Span:
    """A square with a mark of exclamation, a circle with one: they never differ by colour alone."""
    return Span("!", className=f"k-sign {severity}", **{"aria-hidden": "true"})
