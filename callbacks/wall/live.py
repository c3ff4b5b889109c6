"""Pulses: what each tick sends to all listeners of a page."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field

from starlette.responses import Response, StreamingResponse

from callbacks.wall.page_cache import PageCache, Topic

log = logging.getLogger("gridwall.live")
_HEADERS = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store, no-transform",
    "x-accel-buffering": "no",
}
#: How often a stream's key is checked again (s).
ADMITTED_EVERY_S = 4.0


@dataclass
class _Channel:
    """One topic's newest pulse, and the event that all its listeners wait for (a new event with each pulse)."""

    seq: int = 0
    pulse: bytes = b""
    next: asyncio.Event = field(default_factory=asyncio.Event)
    listeners: int = 0


@dataclass
class Hub:
    """Fans the pulses out; lives on the event loop."""

    page_cache: PageCache
    now_ms: Callable[[], int]
    channels: dict[Topic, _Channel] = field(default_factory=dict)
    loop: asyncio.AbstractEventLoop | None = None
    closing: bool = False
    _heart: asyncio.Task[None] | None = None
    _beat: bool = False

    def live_on(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start the heartbeat task on this event loop (the first request's)."""
        self.loop = loop
        self._heart = loop.create_task(self._beating())

    async def _beating(self) -> None:
        """Pulse also while a tick takes long (a reload, a reconciliation), so that the age on screens stays true."""
        while not self.closing:
            self._beat = False
            await asyncio.sleep(1.5 * self.page_cache.tick_ms / 1000)
            if not self._beat:
                try:
                    self._publish()
                except Exception:  # the heartbeat goes on
                    log.exception("a pulse was not sent")
        self._publish()  # tells listeners that it has ended

    def announce(self) -> None:
        """Called by the ticker's thread after each tick."""
        if self.loop is not None and not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self._publish)

    def _publish(self) -> None:
        self._beat = True
        for topic, channel in list(self.channels.items()):
            if channel.listeners == 0:
                del self.channels[topic]
                continue
            self.page_cache.keep(topic)
            channel.seq, channel.pulse = channel.seq + 1, self.page_cache.pulse(topic, self.now_ms())
            told, channel.next = channel.next, asyncio.Event()
            told.set()

    def join(self, topic: Topic) -> _Channel:
        channel = self.channels.setdefault(topic, _Channel())
        channel.listeners += 1
        return channel

    async def wait(self, channel: _Channel, seen: int) -> None:
        if channel.seq <= seen:
            await channel.next.wait()

    def listeners(self) -> int:
        return sum(c.listeners for c in self.channels.values())


def stream(hub: Hub, topic: Topic, admitted: Callable[[], bool], more: Mapping[str, str]) -> Response:
    """/live: pulses without end, while ``admitted``; ``more`` are further headers.

    Starlette's StreamingResponse: a pulse to one screen takes the server as much processor time as without it (28 and 30 us by
    ``python -m benchmarks --only http``).
    """
    return StreamingResponse(_pulses(hub, topic, admitted), headers={**_HEADERS, **more})


def no_stream(more: Mapping[str, str]) -> Response:
    """The answer to HEAD: the headers of the stream, without a body."""
    return StreamingResponse(iter(()), headers={**_HEADERS, **more})


async def _pulses(hub: Hub, topic: Topic, admitted: Callable[[], bool]) -> AsyncIterator[bytes]:
    hub.page_cache.keep(topic)
    channel = hub.join(topic)
    try:
        seen, pulse = channel.seq, hub.page_cache.pulse(topic, hub.now_ms())
        clock = asyncio.get_running_loop().time
        due = clock() + ADMITTED_EVERY_S
        while not hub.closing:
            if clock() >= due:
                if not admitted():  # its key was revoked meanwhile
                    break
                due = clock() + ADMITTED_EVERY_S
            yield pulse
            await hub.wait(channel, seen)
            seen, pulse = channel.seq, channel.pulse
    finally:
        channel.listeners -= 1
