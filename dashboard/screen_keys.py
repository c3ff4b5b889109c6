"""Who may see a wall: this machine itself, its own commands, and screens with a valid key."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Mapping

from callbacks.auth.record import Recorder
from callbacks.auth.screens import KEY_COOKIE
from callbacks.http.access import address
from callbacks.http.forms import cookie
from dashboard.clock import now
from dashboard.network import calls_loopback, forwarded
from dashboard.settings import Settings
from data.access.screen_keys import ScreenKey
from data.access.store import digest
from data.access.store_watch import StateWatch
from data.errors import StateError

log = logging.getLogger("gridwall")
#: Interval at which the valid keys are reloaded: a revoked key stops working within this time.
KEYS_EVERY_S = 2.0


class ScreenKeys:
    """The valid keys, reloaded by ``run`` on a thread of its own until ``stop``.  ``also`` reads from the same store after each
    reload; ``told`` is called after that, even if the store did not answer."""

    def __init__(
        self,
        settings: Settings,
        watch: StateWatch,
        recorder: Recorder,
        now_ms: Callable[[], int],
        also: Callable[[], None],
        told: Callable[[], None],
    ) -> None:
        self._settings, self._watch, self._recorder, self._now_ms = settings, watch, recorder, now_ms
        self._also, self._told = also, told
        self.local_token = secrets.token_urlsafe(24)
        self._seen: dict[ScreenKey, int] = {}
        self._ended = threading.Event()
        self._keys = watch.look(now())

    @property
    def any(self) -> bool:
        return bool(self._keys)

    def stop(self) -> None:
        self._ended.set()

    def admits(self, headers: dict[bytes, bytes], query: Mapping[str, str]) -> bool:
        """Admit local requests; otherwise require a valid screen key (``?key=`` or its cookie)."""
        if self.is_local(headers) or self.from_command(headers):
            return True
        held = self._held_key(headers, query)
        if held is not None:
            self._key_used(held)
        return held is not None

    def screen_of(self, headers: Mapping[bytes, bytes], query: Mapping[str, str]) -> str:
        """The name of the screen whose key a request carries, "" if it carries no valid one."""
        held = self._held_key(headers, query)
        return held.screen if held is not None else ""

    def _held_key(self, headers: Mapping[bytes, bytes], query: Mapping[str, str]) -> ScreenKey | None:
        return self._valid_key(query.get("key", "")) or self._valid_key(cookie(headers, KEY_COOKIE))

    def screen_with(self, key: str) -> str:
        """The screen that this key is valid for, "" = none."""
        held = self._valid_key(key)
        return held.screen if held is not None else ""

    def _valid_key(self, key: str) -> ScreenKey | None:
        held = self._keys.get(digest(key)) if key else None
        return held if held is not None and (held.ends_at is None or self._now_ms() < held.ends_at) else None

    def _key_used(self, key: ScreenKey) -> None:
        """Audit the first use of a key per day (and after a start): a screen sends a request every second.  "former": the
        screen still uses the key that was replaced."""
        day = self._now_ms() // 86_400_000
        if self._seen.get(key) != day:
            self._seen[key] = day
            former = "" if key.ends_at is None else "former"
            self._recorder.put(f"screen:{key.screen}", "key used", former, "ok", "screen", address())

    def is_local(self, headers: Mapping[bytes, bytes]) -> bool:
        """Whether the request comes from this machine itself: the server listens on loopback, the request names it, and nothing
        indicates a proxy, neither a setting nor a header.

        Another host name means a foreign page redirected here (DNS rebinding), or a proxy that passed its name on.
        """
        own = self._settings
        return (
            own.loopback
            and not own.url
            and not own.proxies
            and calls_loopback(headers.get(b"host", b""))
            and not forwarded(headers)
        )

    def from_command(self, headers: Mapping[bytes, bytes]) -> bool:
        """Whether the request comes from a command that can read what the server wrote beside its facts."""
        return secrets.compare_digest(headers.get(b"x-gridwall-local", b""), self.local_token.encode())

    def refresh(self) -> None:
        """Raises StateError."""
        self._keys = self._watch.look(now())

    def run(self) -> None:
        """If the store is slow or unavailable, the last answer remains in force."""
        while not self._ended.wait(KEYS_EVERY_S):
            try:
                self.refresh()
                self._also()
            except StateError as fault:
                log.debug("the keys of screens cannot be read: %s", fault)  # reported once when it began
            except Exception:
                log.exception("the state store was not read")
            self._told()
