"""All connections, and those that wait for their client; if an address has too many, the longest waiting one is closed."""

from __future__ import annotations

import ipaddress
import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

from dashboard.connections.limits import Limits

log = logging.getLogger("gridwall.connection")
#: Refusals are logged at most this often (s).
SAID_EVERY_S = 60.0


class Connection(Protocol):
    """One connection, identified by its client."""

    peer: str  # its address
    address: str  # the key it is counted under (``group_of``)

    def give_up(self) -> None:
        """Close it while it waits for its client."""


@dataclass
class Connections:
    """All connections, and by address those that wait for their client: it has sent nothing yet, or not a complete request.

    If an address exceeds its limit, the one that has waited longest is closed: a request that arrives complete never
    waits.  ``spared`` addresses (this machine, trusted proxies: many clients behind one) are limited only by the total.
    """

    limits: Limits = field(default_factory=Limits)
    spared: Callable[[str], bool] = lambda address: False
    count: int = 0
    refused: Counter[int] = field(default_factory=Counter)
    _waiting: dict[str, dict[Connection, None]] = field(default_factory=dict)
    _said: float = -SAID_EVERY_S

    def opened(self) -> bool:
        """Count one more connection; False if there is no room for it."""
        if self.count >= self.limits.connections and not self._make_room():
            return False
        self.count += 1
        return True

    def closed(self, connection: Connection) -> None:
        self.count -= 1
        self.asks(connection)

    def waits(self, connection: Connection) -> None:
        """``connection`` waits for its client from now on."""
        own = self._waiting.setdefault(connection.address, {})
        own[connection] = None
        if len(own) > self.limits.waiting and not self.spared(connection.peer):
            next(iter(own)).give_up()

    def asks(self, connection: Connection) -> None:
        """``connection`` has sent its complete request, or is gone."""
        own = self._waiting.get(connection.address)
        if own is not None:
            own.pop(connection, None)
            if not own:
                del self._waiting[connection.address]

    def note(self, status: int) -> None:
        """Count a refusal; from time to time a log line gives the number."""
        self.refused[status] += 1
        now = time.monotonic()
        if now - self._said >= SAID_EVERY_S:
            self._said = now
            log.warning(
                "refused at the server since its start: %s",
                ", ".join(f"{n} x {status}" for status, n in sorted(self.refused.items())),
            )

    def _make_room(self) -> bool:
        most = max(self._waiting.values(), key=len, default=None)
        if most is None:
            return False
        next(iter(most)).give_up()
        return True


@lru_cache(maxsize=4096)
def group_of(address: str) -> str:
    """The key that connections are counted under: an IPv4 address, or the /64 network of an IPv6 one (one site)."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else address
