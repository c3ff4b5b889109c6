"""Whose password is digested next: lanes that take turns, known devices first, and pauses that grow with failures."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from callbacks.auth.devices import KNOWN_FOR, Devices, cookie_of
from callbacks.auth.logins import network_of
from callbacks.auth.turns import IN_ALL, IN_LANE, Comer, Slowing, Turns
from data.errors import TooManyRequestsError

NOW = datetime(2026, 11, 23, 2, 42, tzinfo=UTC)


class Authenticator:
    """A queue whose digesting is held back until ``open``, so that who waits is known; ``served`` is the order."""

    def __init__(self) -> None:
        self.turns, self.served, self._open = Turns(), [], threading.Event()  # type: ignore[var-annotated]
        self.asked: list[asyncio.Task[Any]] = []

    async def first(self) -> None:
        """Somebody whose turn lasts until the door is opened."""
        self.come("the first", "198.51.100.1", held=True)
        await asyncio.sleep(0.05)

    def come(
        self,
        who: str,
        network: str,
        name: str = "",
        known: bool = False,
        held: bool = False,
        visit: str = "",
        gone: asyncio.Future[Any] | None = None,
    ) -> asyncio.Task[Any]:
        def digest() -> str:
            if held:
                self._open.wait(10)
            self.served.append(who)
            return who

        self.asked.append(asyncio.ensure_future(self.turns.ask(Comer(network, name or who, known, visit), digest, gone)))
        return self.asked[-1]

    async def open(self) -> list[Any]:
        await asyncio.sleep(0)
        self._open.set()
        return await asyncio.gather(*self.asked, return_exceptions=True)


def played(play: Callable[[Authenticator], Awaitable[None]]) -> Authenticator:
    async def run() -> Authenticator:
        authenticator = Authenticator()
        try:
            await play(authenticator)
        finally:
            authenticator._open.set()
            authenticator.turns.close()
        return authenticator

    coroutine: Coroutine[Any, Any, Authenticator] = run()
    return asyncio.run(coroutine)


def test_a_flood_from_one_network_lets_another_one_pass() -> None:
    async def play(authenticator: Authenticator) -> None:
        await authenticator.first()
        for i in range(30):
            authenticator.come(f"flood{i}", "192.0.2.1")
        authenticator.come("honest", "192.0.2.2")
        await authenticator.open()

    assert play_order(played(play), "honest") <= 2


def play_order(authenticator: Authenticator, who: str) -> int:
    """How many were served between the first one and ``who``."""
    return authenticator.served.index(who) - 1


def test_a_known_device_goes_before_all_strangers_but_never_for_ever() -> None:
    async def play(authenticator: Authenticator) -> None:
        await authenticator.first()
        for i in range(6):
            authenticator.come(f"stranger{i}", f"192.0.2.{i}")
        for i in range(8):
            authenticator.come(f"known{i}", "192.0.2.1", name="li", known=True)
        await authenticator.open()

    served = played(play).served
    assert served[1:4] == ["known0", "known1", "known2"]
    assert served[4] == "stranger0"
    assert served[5:8] == ["known3", "known4", "known5"]


def test_where_all_places_are_taken_the_longest_lane_loses_its_newest() -> None:
    async def play(authenticator: Authenticator) -> None:
        await authenticator.first()
        for network in range(IN_ALL // IN_LANE):
            for i in range(IN_LANE):
                authenticator.come(f"{network}/{i}", f"192.0.2.{network}")
        authenticator.come("one too many of its lane", "192.0.2.1")
        honest = authenticator.come("honest", "198.51.100.9")
        await asyncio.sleep(0)
        found = await authenticator.open()
        assert await honest == "honest"
        refused = [f for f in found if isinstance(f, TooManyRequestsError)]
        assert len(refused) == 2, "the one too many, and one that made room"

    assert play_order(played(play), "honest") <= IN_ALL // IN_LANE + 1


def test_in_one_network_a_visit_that_failed_already_comes_after_a_fresh_one() -> None:
    async def play(authenticator: Authenticator) -> None:
        for _ in range(3):
            authenticator.turns.failed(Comer("192.0.2.1", "nobody", visit="old"))
        await authenticator.first()
        for i in range(20):
            authenticator.come(f"flood{i}", "192.0.2.1", visit="old")
        authenticator.come("honest", "192.0.2.1", visit="fresh")
        await authenticator.open()

    assert play_order(played(play), "honest") == 0


def test_who_has_left_is_not_served() -> None:
    async def play(authenticator: Authenticator) -> None:
        await authenticator.first()
        gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        left = authenticator.come("left", "192.0.2.1", gone=gone)
        authenticator.come("stayed", "192.0.2.2")
        await asyncio.sleep(0)
        gone.set_result(None)
        await authenticator.open()
        with pytest.raises(TooManyRequestsError):
            await left

    assert played(play).served == ["the first", "stayed"]


def test_several_threads_take_turns_as_one_does() -> None:
    """As for the identity provider, which may be slow: what one network asks does not take every thread for long."""

    async def run() -> list[str]:
        turns, served, held = Turns(2), [], threading.Event()

        def ask(who: str) -> None:
            if who.startswith("flood"):
                held.wait(0.2)
            served.append(who)

        flood = [asyncio.ensure_future(turns.ask(Comer("192.0.2.1", ""), partial(ask, f"flood{i}"))) for i in range(20)]
        await asyncio.sleep(0.05)
        await turns.ask(Comer("192.0.2.2", ""), lambda: ask("honest"))
        held.set()
        await asyncio.gather(*flood)
        turns.close()
        return served

    assert asyncio.run(run()).index("honest") <= 3


def test_what_a_question_raises_is_the_asker_s_and_the_next_is_served() -> None:
    async def play(authenticator: Authenticator) -> None:
        def wrong() -> None:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await authenticator.turns.ask(Comer("192.0.2.1", "x"), wrong)
        authenticator.come("next", "192.0.2.1")
        await authenticator.open()

    assert played(play).served == ["next"]


def test_a_name_that_many_networks_guess_slows_its_strangers_and_nobody_else() -> None:
    async def play(authenticator: Authenticator) -> None:
        for i in range(200):
            authenticator.turns.failed(Comer(f"203.0.113.{i}", "leader"))
        authenticator.come("guess", "192.0.2.1", name="leader")
        authenticator.come("another name", "192.0.2.1", name="li")
        authenticator.come("known device", "192.0.2.1", name="leader", known=True)
        await authenticator.open()

    assert played(play).served == ["known device", "another name", "guess"], "the guess waits, and has its turn"


def test_failures_make_a_pause_that_grows_to_its_most_and_fades() -> None:
    slowing = Slowing(free=3, step_s=0.1, most_s=0.5, half_s=60)
    assert slowing.free_at("a", 10.0) <= 10.0
    for _ in range(3):
        slowing.failed("a", 10.0)
    assert slowing.free_at("a", 10.0) == 10.0
    for _ in range(2):
        slowing.failed("a", 10.0)
    assert slowing.free_at("a", 10.0) == pytest.approx(10.2)
    for _ in range(50):
        slowing.failed("a", 10.0)
    assert slowing.free_at("a", 10.0) == pytest.approx(10.5)
    assert slowing.failures("a", 70.0) == pytest.approx(55 / 2)
    assert slowing.free_at("b", 10.0) <= 10.0
    for i in range(Slowing.MOST + 5):
        slowing.failed(f"name{i}", 10.0)
    assert slowing.failures("a", 10.0) == 0, "the oldest goes first; nothing grows without end"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_a_network_is_an_ipv4_address_or_a_64_of_ipv6(address: str, network: str) -> None:
    assert network_of(address) == network


def test_a_device_is_known_for_its_own_name_and_cannot_be_made_up() -> None:
    devices, other = Devices("one key"), Devices("another key")
    name, value = devices.issue({}, "Wang", NOW)
    sent = {b"cookie": f"a=b; {name}={value}".encode()}
    assert name == cookie_of(" wang "), "whatever the case"
    device = devices.known(sent, "WANG", NOW)
    assert len(device) == 12
    assert devices.issue(sent, "wang", NOW + timedelta(days=1))[1].startswith(device + "."), "it stays the same device"
    assert devices.known(sent, "wang", NOW + KNOWN_FOR) == device
    assert devices.known(sent, "wang", NOW + KNOWN_FOR + timedelta(seconds=1)) == ""
    assert other.known(sent, "wang", NOW) == ""
    assert devices.known({b"cookie": f"{cookie_of('li')}={value}".encode()}, "li", NOW) == "", "not for another name"
    later = value.split(".")
    later[1] = str(int(later[1]) + 86_400)
    altered = value[:-1] + ("0" if value[-1] != "0" else "1")
    for forged in (".".join(later), altered, "x" * 12 + value[12:], "", "..", value + "x"):
        assert devices.known({b"cookie": f"{name}={forged}".encode()}, "wang", NOW) == "", forged
