"""Logging: one line per event on stderr, without secrets."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from types import TracebackType

from data.secrets.masking import masked


class MaskingFormatter(logging.Formatter):
    """Masks secrets in the whole record, including its traceback."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))


def set_up() -> None:
    """Log to stderr; once per process, unless logging is set up already."""
    if logging.getLogger().handlers:
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(MaskingFormatter("%(asctime)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def mask_tracebacks() -> None:
    """Mask secrets in the tracebacks of uncaught exceptions in the program or a thread, too."""
    sys.excepthook = _show
    threading.excepthook = _show_of_thread
    sys.unraisablehook = lambda found: _print(found.exc_value) if found.exc_value is not None else None


def _show(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    _print(error)


def _show_of_thread(found: threading.ExceptHookArgs) -> None:
    if found.exc_value is not None and not isinstance(found.exc_value, SystemExit):
        _print(found.exc_value)


def _print(error: BaseException) -> None:
    if sys.stderr is not None:
        print(masked("".join(traceback.format_exception(error))), end="", file=sys.stderr)
