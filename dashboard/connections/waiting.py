"""All connections, and which of them wait for their client; where an address has too many, the longest waiting one goes."""

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
#: What was refused goes to the log at most this often (s).
SAID_EVERY_S = 60.0


class Connection(Protocol):
    """One connection, by the client that it is of."""

    peer: str  # its address
    address: str  # by what it is counted (``group_of``)

    def give_up(self) -> None:
        """Close it, while it waits for its client."""


@dataclass
class Connections:
    """All connections, and by address those that wait for their client: it has sent nothing yet, or not all of a request.

    Where an address has more of them than it may, the one that has waited longest goes: a request that comes whole never
    waits.  ``spared`` addresses (this machine, trusted proxies: many clients stand behind one) are limited only by the total.
    """

    limits: Limits = field(default_factory=Limits)
    spared: Callable[[str], bool] = lambda address: False
    count: int = 0
    refused: Counter[int] = field(default_factory=Counter)
    _waiting: dict[str, dict[Connection, None]] = field(default_factory=dict)
    _said: float = -SAID_EVERY_S

    def opened(self) -> bool:
        """Count one more connection; False where there is no room for it."""
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
        """``connection`` has asked its whole request, or is gone."""
        own = self._waiting.get(connection.address)
        if own is not None:
            own.pop(connection, None)
            if not own:
                del self._waiting[connection.address]

    def note(self, status: int) -> None:
        """Remember a refusal; a line in the log says how many, now and then."""
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
    """By what connections are counted: an IPv4 address, or an IPv6 network of one site (/64)."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else address
