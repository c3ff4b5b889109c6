"""One login attempt with name and password: whether it is accepted for checking, when, and its result."""

from __future__ import annotations

import asyncio
import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from typing import Any

from callbacks.auth.turns import Comer, Turns
from data.access.accounts import Account, Accounts, LoginDelayedError, LoginRefusedError, typed

#: A delayed origin is answered from memory for up to this long (s) before the store is asked again: the delay may be lifted.
TOLD_S = 3.0
#: Maximum number of delayed origins remembered.
MOST_TOLD = 10_000


class Logins:
    """``check`` is the only way to authenticate by password."""

    def __init__(self, accounts: Accounts, now: Callable[[], datetime], turns: Turns | None = None) -> None:
        self._accounts, self._now, self._turns = accounts, now, turns or Turns()
        self._told: OrderedDict[tuple[str, str], tuple[float, float, str]] = OrderedDict()  # ask again at, delayed until, name

    async def check(
        self, name: str, password: str, address: str, device: str = "", visit: str = "", gone: asyncio.Future[Any] | None = None
    ) -> Account:
        """The account.  Raises Refused, LoginDelayedError, TooManyRequestsError; see ``Accounts.check`` and ``Turns.ask``.

        ``device``: this name's known device, if any.  If the device is delayed, the attempt is treated as a stranger's.
        ``visit``: the rendering of the form that the attempt was typed into.
        """
        network = network_of(address)
        if device:
            try:
                return await self._ask(name, password, Comer(network, typed(name), known=True), f"device {device}", gone)
            except LoginDelayedError:
                pass
        return await self._ask(name, password, Comer(network, typed(name), visit=visit), network, gone)

    async def _ask(self, name: str, password: str, comer: Comer, origin: str, gone: asyncio.Future[Any] | None) -> Account:
        place, clock = (comer.name, origin), time.monotonic()
        told = self._told.get(place)
        if told is not None and clock < told[0]:
            raise LoginDelayedError(math.ceil(told[1] - clock), told[2])
        try:
            return await self._turns.ask(comer, lambda: self._accounts.check(name, password, self._now(), origin), gone)
        except LoginDelayedError as delayed:
            self._tell(place, time.monotonic(), delayed)
            raise
        except LoginRefusedError:
            self._turns.failed(comer)
            raise

    def _tell(self, place: tuple[str, str], clock: float, delayed: LoginDelayedError) -> None:
        self._told[place] = (clock + min(delayed.left_s, TOLD_S), clock + delayed.left_s, delayed.name)
        self._told.move_to_end(place)
        while len(self._told) > MOST_TOLD:
            self._told.popitem(last=False)

    def close(self) -> None:
        self._turns.close()


def network_of(address: str) -> str:
    """The unit of throttling: an IPv4 address, or the /64 of an IPv6 one (one subscriber's network)."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:45]
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
