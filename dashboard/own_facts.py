"""The facts of this process: opened, and replaced if damaged."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from callbacks.wall.source_health import Health
from data.errors import DamagedFactsError, FactsError
from data.facts.damage import Moved
from data.facts.store import Facts

if TYPE_CHECKING:
    from dashboard.settings import Settings

log = logging.getLogger("gridwall")
#: A file damaged again within this time (s) of its last replacement is reloaded after a pause, which doubles each time, so that
#: a failing disk is not written to endlessly.
SOON_S, PAUSE_S = 600.0, 10.0


class OwnFacts:
    """Opens the facts at the first call of ``opened``; ``mend`` moves a damaged file away, and reports it in ``health``."""

    def __init__(self, settings: Settings, health: Health) -> None:
        self._settings, self._health = settings, health
        self._begun, self._times = float("-inf"), 0
        self._facts: Facts | None = None

    def opened(self) -> Facts:
        """Raises FactsError: another process holds the file, or a damaged file set by the user is not known to be ours."""
        if self._facts is None:
            self._facts = Facts.open_mended(self._settings.facts, self._settings.facts_named, self._told)
        return self._facts

    def mend(self) -> None:
        """Replace a damaged file by an empty one: everything must then be loaded.  Raises FactsError."""
        facts = self._facts
        if facts is None or not facts.damaged:
            return
        since = time.monotonic() - self._begun
        left = min(SOON_S, PAUSE_S * 2 ** (self._times - 1)) - since
        if since < SOON_S and left > 0:
            raise DamagedFactsError(
                f"{facts.damaged}; it is built anew in {left:.0f} s, since it was damaged before",
                f"{facts.damaged}；此前刚重建过，{left:.0f} 秒后再次重建",
            )
        said = facts.damaged
        moved = facts.renew()
        if moved is not None:
            self._told(
                DamagedFactsError(f"{facts.url}: the file is damaged ({said})", f"{facts.url}：文件已损坏（{said}）"), moved
            )

    def _told(self, fault: FactsError, moved: Moved) -> None:
        now = time.monotonic()
        self._times = self._times + 1 if now - self._begun < SOON_S else 1
        self._begun = now
        en, zh = moved.said()
        self._health.last_fault = f"{fault}; {en}; built anew from the source"
        self._health.last_fault_zh = f"{fault.zh}；{zh}；由源库重建"
        self._health.last_fault_ms = round(time.time() * 1000)
        self._health.kind = "damaged"
        log.error("%s", self._health.last_fault)
