"""Who is local, and whose word on a client is believed: hosts that only look like this machine, proxies that nobody named."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from callbacks.http.access import address, bind_request, client, encrypted
from dashboard.app import Service
from dashboard.network import BehindProxy, NetworkError, calls_loopback, client_of, network_of
from dashboard.settings import SettingError, resolve

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.0.0.1:8050", True),
        ("127.9.9.9:1", True),
        ("localhost", True),
        ("LocalHost:8050", True),
        ("[::1]", True),
        ("[::1]:8050", True),
        ("", True),
        ("[::1]x", False),
        ("[::1]:8050x", False),
        ("[::1]:8050:1", False),
        ("x[::1]", False),
        ("[::1", False),
        ("::1", False),
        ("[127.0.0.1]x", False),
        ("127.0.0.1:80@evil", False),
        ("evil@127.0.0.1", False),
        ("127.0.0.1@evil", False),
        ("127.0.0.1:80:evil", False),
        ("127.0.0.1:", False),
        ("127.0.0.1:port", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example", False),
        ("localhost.", False),
        ("127.0.0.1, evil", False),
        ("127.0.0.1 evil", False),
        ("127.0.0.1\tevil", False),
        ("127.0.0.1/evil", False),
        ("127.0.0.1\\evil", False),
        ("127.0.0.1#", False),
        ("127.1", False),
        ("2130706433", False),
        ("0x7f000001", False),
        ("0177.0.0.1", False),
        ("0.0.0.0", False),
        ("[::ffff:10.0.0.1]", False),
        ("[::]", False),
        ("１２７.0.0.1", False),
        (":8050", False),
        ("evil.example", False),
    ],
)
def test_which_hosts_call_this_machine(host: str, local: bool) -> None:
    assert calls_loopback(host.encode("utf-8")) is local


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.chdir(tmp_path)
    made: list[Service] = []

    def serve(**given: Any) -> Service:
        made.append(Service(resolve(Namespace(source="sqlite:///none.sqlite", state="sqlite:///state.sqlite", **given), {})))
        return made[-1]

    yield serve
    for one in made:
        one.state.close()


HERE = {b"host": b"127.0.0.1:8050"}


FORWARDING = (
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Forwarded",
    "Forwarded",
    "Forwarded-For",
    "X-Real-IP",
    "Via",
    "CF-Connecting-IP",
    "CF-Ray",
    "True-Client-IP",
    "X-Client-IP",
    "X-Cluster-Client-IP",
    "X-Original-Host",
    "Ali-CDN-Real-IP",
    "X-Envoy-External-Address",
    "X-Amzn-Trace-Id",
    "CDN-Loop",
    "X-Scheme",
    "X-Url-Scheme",
    "X-SSL",
    "Front-End-Https",
    "X-Host",
    "Client-IP",
    "X-Varnish",
    "X-Nginx-Proxy",
    "X-ARR-LOG-ID",
    "Surrogate-Capability",
    "X-Rewrite-URL",
    "Cdn-Src-Ip",
    "X_Forwarded_For",
    "Akamai-Origin-Hop",
)


def test_whoever_comes_through_a_proxy_is_not_local(service: Any) -> None:
    here = service()
    assert here.keys.admits(HERE, {})
    assert here.authenticator.who(HERE) is not None, "the demo is open at the machine itself"
    for header in FORWARDING:
        for value in (b"", b"127.0.0.1", b"::1"):
            passed_on = {**HERE, header.lower().encode(): value}
            assert not here.keys.admits(passed_on, {}), header
            assert here.authenticator.who(passed_on) is None, header


@pytest.mark.parametrize(
    ("page", "local"),
    [
        (b"http://127.0.0.1:8050", True),
        (b"http://localhost:8050/wall?lang=en", True),
        (b"http://[::1]:8050/", True),
        (b"", True),
        (b"http://wall.city.example", False),
        (b"https://wall.city.example/wall", False),
        (b"null", False),
        (b"about:blank", False),
        (b"http://127.0.0.1.evil.example/", False),
        (b"http://127.0.0.1@evil.example/", False),
    ],
)
def test_a_page_of_another_name_is_a_proxys_or_a_strangers(service: Any, page: bytes, local: bool) -> None:
    here = service()
    for header in (b"origin", b"referer"):
        assert here.keys.admits({**HERE, header: page}, {}) is local
        assert (here.authenticator.who({**HERE, header: page}) is not None) is local


@pytest.mark.parametrize(("version", "local"), [("1.0", False), ("1.1", True), ("2", True)])
def test_http_1_0_is_a_proxys(service: Any, version: str, local: bool) -> None:
    """nginx with ``proxy_pass`` and nothing else: the upstream's Host, HTTP/1.0, no header that tells of it."""
    here, found = service(), []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        found.append(here.keys.admits(dict(scope["headers"]), {}))

    scope = {"type": "http", "client": ("127.0.0.1", 5000), "http_version": version, "headers": list(HERE.items())}
    asyncio.run(BehindProxy(app, ())(scope, None, None))  # type: ignore[arg-type]
    assert found == [local]


@pytest.mark.parametrize("given", [{"url": "https://wall.city.example"}, {"trusted_proxy": ["127.0.0.1"]}])
def test_where_a_proxy_is_set_up_nobody_is_local(service: Any, given: dict[str, Any]) -> None:
    behind = service(**given)
    assert not behind.keys.admits(HERE, {})
    assert behind.authenticator.who(HERE) is None
    # but a command that reads what the server wrote on this machine is
    assert behind.keys.admits({**HERE, b"x-gridwall-local": behind.keys.local_token.encode()}, {})
    assert not behind.keys.admits({**HERE, b"x-gridwall-local": b""}, {})


PROXIES = (network_of("10.0.0.5"), network_of("10.1.0.0/16"), network_of("2001:db8::/64"))


@pytest.mark.parametrize(
    ("chain", "found"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:5123", "192.0.2.7"),
        ("[2001:db8:1::7]:443", "2001:db8:1::7"),
        ("2001:db8:1::7", "2001:db8:1::7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("127.0.0.1, 192.0.2.7", "192.0.2.7"),  # the client's own word stands left of what the proxy adds
        ("127.0.0.1, 192.0.2.7, 10.1.3.4", "192.0.2.7"),
        ("10.0.0.5", "10.0.0.5"),
        ("127.0.0.1, nonsense", ""),
        ("192.0.2.7, unknown, 10.1.3.4", "10.1.3.4"),
        ("", ""),
        (",,", ""),
        ("a" * 100_000, ""),
    ],
)
def test_the_client_is_the_first_from_the_right_that_is_no_trusted_proxy(chain: str, found: str) -> None:
    assert client_of(chain, PROXIES) == found


def told(peer: str, *headers: tuple[bytes, bytes], scheme: str = "http") -> tuple[str, str, bool]:
    """What is known of a request from ``peer``: (client, the audit's address, whether it is encrypted)."""
    found: list[tuple[str, str, bool]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        bind_request(scope)
        found.append((client(), address(), encrypted()))

    scope = {"type": "http", "client": (peer, 5000), "scheme": scheme, "headers": list(headers)}
    asyncio.run(BehindProxy(app, PROXIES)(scope, None, None))  # type: ignore[arg-type]
    return found[0]


def test_only_a_trusted_proxy_is_believed() -> None:
    said = ((b"x-forwarded-for", b"127.0.0.1, 192.0.2.7"), (b"x-forwarded-proto", b"https"))
    assert told("10.0.0.5", *said) == ("192.0.2.7", "192.0.2.7 via 10.0.0.5", True)
    assert told("::ffff:10.0.0.5", *said)[0] == "192.0.2.7"
    assert told("10.0.0.6", *said) == ("10.0.0.6", "10.0.0.6 for 192.0.2.7", False)
    assert told("127.0.0.1", *said) == ("127.0.0.1", "127.0.0.1 for 192.0.2.7", False)
    assert told("10.0.0.6") == ("10.0.0.6", "10.0.0.6", False)


def test_a_header_that_comes_twice_is_one_list() -> None:
    twice = ((b"x-forwarded-for", b"192.0.2.7"), (b"x-forwarded-for", b"198.51.100.9"), (b"x-forwarded-proto", b"https, HTTP"))
    assert told("10.0.0.5", *twice) == ("198.51.100.9", "198.51.100.9 via 10.0.0.5", False)
    assert told("10.0.0.5", (b"x-forwarded-proto", b"javascript"))[2] is False
    assert told("10.0.0.5", (b"forwarded", b"for=192.0.2.7;proto=https")) == ("10.0.0.5", "10.0.0.5 via 10.0.0.5", False)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("10.0.0.5/24", "e.g. 10.0.0.0/24"),
        ("proxy.city.example", "write an address or a network"),
        ("0.0.0.0/0", "that is everybody"),
        ("::/0", "that is everybody"),
        ("10.0.0", "write an address"),
    ],
)
def test_a_trusted_proxy_is_an_address_or_a_network(given: str, words: str) -> None:
    with pytest.raises(NetworkError, match=words) as fault:
        network_of(given)
    assert any("一" <= c <= "鿿" for c in fault.value.zh)
    with pytest.raises(SettingError, match=words):
        resolve(Namespace(trusted_proxy=[given]), {})


def test_trusted_proxies_are_named_by_option_or_environment() -> None:
    of_both = resolve(Namespace(trusted_proxy=["10.0.0.5", "10.1.0.0/16"]), {"GRIDWALL_TRUSTED_PROXY": "192.0.2.1"}).proxies
    assert [str(n) for n in of_both] == ["10.0.0.5/32", "10.1.0.0/16"]
    assert [str(n) for n in resolve(Namespace(), {"GRIDWALL_TRUSTED_PROXY": "192.0.2.1, 2001:db8::/64"}).proxies] == [
        "192.0.2.1/32",
        "2001:db8::/64",
    ]
    assert resolve(Namespace(), {}).proxies == ()
