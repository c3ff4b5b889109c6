"""Known devices: a browser in which a user has logged in before keeps a signed cookie saying so, valid for that name only.

It grants no access.  It only keeps the password form reachable: while strangers try a name, its owner does not queue with them.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

from callbacks.http.forms import cookie
from data.access.accounts import typed

#: A device is unknown again this long after its newest login.
KNOWN_FOR = timedelta(days=180)
_VALUE = re.compile(r"([\w-]{12})\.([0-9]{1,12})\.([0-9a-f]{32})", re.ASCII)


class Devices:
    """``key`` signs; without it nobody can forge a known device."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def issue(self, headers: Mapping[bytes, bytes], name: str, now: datetime) -> tuple[str, str]:
        """(name, value) of the cookie for a device in which ``name`` has just logged in; the device id is kept."""
        device = self.known(headers, name, now) or secrets.token_urlsafe(9)
        at = int(now.timestamp())
        return cookie_of(name), f"{device}.{at}.{self._signed(name, device, at)}"

    def known(self, headers: Mapping[bytes, bytes], name: str, now: datetime) -> str:
        """The id of the request's device if ``name`` has logged in there; "" = unknown."""
        found = _VALUE.fullmatch(cookie(headers, cookie_of(name)))
        if found is None:
            return ""
        device, at, signed = found[1], int(found[2]), found[3]
        good = hmac.compare_digest(signed, self._signed(name, device, at))
        age = now.timestamp() - at
        return device if good and -300 <= age <= KNOWN_FOR.total_seconds() else ""

    def _signed(self, name: str, device: str, at: int) -> str:
        return hmac.new(self._key, f"{typed(name)}\n{device}\n{at}".encode(), hashlib.sha256).hexdigest()[:32]


def cookie_of(name: str) -> str:
    """One cookie per name, so that several people can share one desk."""
    return "gridwall_device_" + hashlib.sha256(typed(name).encode()).hexdigest()[:12]
