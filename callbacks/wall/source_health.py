"""State of the pipeline from the source to the screens: what the ticker finds, and what each screen is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from data.errors import NotYetError
from data.source.faults import waiting_words
from data.source.questions import Waiting
from data.sync.rejected import Rejected
from data.text import Text
from data.types.records import Record, Values
from layouts.text.behind import fault_words
from layouts.text.health import step_words
from layouts.text.rejected import rejected_words

#: A query that the source leaves unanswered for this long (s) is reported: with the next pulse it is on the walls within 10 s.
SAID_AFTER_S = 7.0


@dataclass
class Health:
    """State of the pipeline from the source to here, for /healthz and the top bar; instants in ms since 1970.

    ``as_of_ms``: the instant that the numbers are for (fixed for a closed log); ``checked_ms``: when the source was last read.
    ``fault`` names hosts and files and is for operators; ``kind`` (a key of ``layouts.text.behind.FAULTS``) and
    ``words`` (which fault of the source it is) are public.  ``waiting()``: the query that the source has not answered yet.
    """

    source_ok: bool = False
    fault: str = ""
    kind: str = ""
    words: Text | None = None
    waiting: Callable[[], Waiting | None] = lambda: None
    last_fault: str = ""
    last_fault_zh: str = ""
    last_fault_ms: int = 0
    retries: int = 0
    retry_at_ms: int = 0
    as_of_ms: int = 0
    checked_ms: int = 0
    tick_ms: float = 0.0
    ticks: int = 0
    faulty_rows: int = 0
    rejected: tuple[Rejected, ...] = ()  # tables with more rejected rows than the city allows, worst first
    loading: tuple[str, int, int] | None = ("start", 0, 0)
    state: Values = field(default_factory=lambda: {"ok": True})  # our own store (``StateWatch.public``)
    baseline_ms: int = 0  # when the early warning's baseline was fitted; ``baseline_fault``: why it was not fitted since
    baseline_fault: str = ""
    ahead: int = 0  # events with a time in the future by our clock
    stepped_ms: int = 0  # size of our clock's last step (ms), and when (by the new clock)
    stepped_at_ms: int = 0

    def public(self) -> Record:
        """What any screen may know: whether the source answers, since when not, when it is retried."""
        return {
            "ok": self.source_ok,
            "fault": self.kind,
            "retries": self.retries,
            "retry_at": self.retry_at_ms,
            "said": said.model_dump() if (said := fault_words(self.kind, self.words)) else None,
            "loading": self.loading,
            "faulty_rows": self.faulty_rows,
            "rejected": rejected_words(self.rejected[0]).model_dump() if self.rejected else None,
            "ahead": self.ahead,
            "stepped": step_words(self.stepped_ms).model_dump() if self.stepped_ms else None,
            "stepped_at": self.stepped_at_ms,
            "waiting": words.model_dump() if (words := self.waits()) else None,
            "told": told.model_dump() if (told := self.told()) else None,
        }

    def told(self) -> Text | None:
        """What is wrong: a fault, else an unanswered query of the source; None if all is well."""
        return fault_words(self.kind, self.words) or self.waits()

    def waits(self) -> Text | None:
        """Message about a query that the source has left unanswered for a while; None if there is none."""
        waiting = self.waiting()
        return waiting_words(waiting.seconds, waiting.what) if waiting and waiting.seconds >= SAID_AFTER_S else None


def not_yet(health: Health) -> NotYetError:
    """Why there is no snapshot yet, and that no action is needed."""
    waits_for = fault_words(health.kind, health.words) if health.loading is None else None
    if waits_for is None:
        return NotYetError("the facts are still being loaded; try again in a moment", "事实库仍在载入，请稍后再试")
    return NotYetError(
        f"nothing to show yet: {waits_for.en}; it loads by itself", f"尚无可示之数：{waits_for.zh}；恢复后自动装载"
    )
