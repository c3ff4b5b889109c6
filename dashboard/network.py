"""The other end of a request: this machine, somebody else, or a proxy, and which proxies are trusted."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from starlette.types import ASGIApp, Receive, Scope, Send

from callbacks.http.access import VIA
from data.errors import GridWallError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
#: Prefixes of headers that only a proxy adds.  One is enough: the sender is then not on this machine.
_FORWARDING = (
    b"x-forwarded",
    b"forwarded",
    b"via",
    b"x-real-ip",
    b"cf-",
    b"x-client-ip",
    b"true-client-ip",
    b"x-cluster-client-ip",
    b"x-original-",
    b"x-proxy",
    b"x-envoy-",
    b"x-amz",
    b"x-azure-",
    b"x-appengine-",
    b"fastly-",
    b"fly-",
    b"ali-",
    b"wl-proxy-",
    b"proxy-client-ip",
    b"x-script-name",
    b"cdn-loop",
    b"x-scheme",
    b"x-url-scheme",
    b"x-ssl",
    b"front-end-https",
    b"x-host",
    b"client-ip",
    b"x-varnish",
    b"x-nginx",
    b"x-arr-",
    b"surrogate-",
    b"x-rewrite-url",
    b"cdn-",
    b"akamai-",
    b"x_forwarded",
    b"x-akamai",
    b"x-haproxy",
    b"x-traefik",
    b"x-remote-",
    b"x-edge-",
)
_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\s\[\]:@/\\?#,]+))(?::[0-9]{1,5})?")


class NetworkError(GridWallError):
    """An address or network that cannot be parsed, or must not be trusted."""


@lru_cache(maxsize=64)
def is_loopback(host: str) -> bool:
    """Whether a name or address means this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


@lru_cache(maxsize=64)
def calls_loopback(header: bytes) -> bool:
    """Whether a Host header names this machine; "" does, since no browser sends that.  An invalid host (``[::1]x``,
    ``127.0.0.1:80@evil``) does not."""
    if not header:
        return True
    found = _HOST.fullmatch(header.decode("latin-1"))
    return found is not None and is_loopback(found[1] or found[2])


def forwarded(headers: Mapping[bytes, bytes]) -> bool:
    """Whether these headers (lower case) indicate a proxy: one of them is a proxy's own, or Origin or Referer say that the
    browser's page has another host than this machine."""
    if any(name.startswith(_FORWARDING) for name in headers):
        return True
    pages = [page for name in (b"origin", b"referer") if (page := headers.get(name, b""))]
    hosts = [page.partition(b"//")[2].partition(b"/")[0] for page in pages]
    return any(not host or not calls_loopback(host) for host in hosts)


def network_of(text: str) -> Network:
    """A trusted proxy's address or network.  Raises NetworkError."""
    given = text.strip()
    try:
        network = ipaddress.ip_network(given)
    except ValueError:
        try:
            meant = str(ipaddress.ip_network(given, strict=False))
        except ValueError:
            meant = "10.0.0.5 or 10.0.0.0/24"
        raise NetworkError(
            f"trusted-proxy '{given[:60]}': write an address or a network, e.g. {meant}",
            f"trusted-proxy“{given[:60]}”：请写地址或网段，如 {meant.replace(' or ', ' 或 ')}",
        ) from None
    if network.prefixlen == 0:
        raise NetworkError(
            f"trusted-proxy '{given}': that is everybody, and everybody could then claim any address; name the proxy's own",
            f"trusted-proxy“{given}”：这等于信任所有人，任何人都能冒充任何地址；请写代理自己的地址",
        )
    return network


@lru_cache(maxsize=4096)
def address_of(text: str) -> Address | None:
    """An address in the form of a socket or of X-Forwarded-For (also ``192.0.2.7:5123``, ``[2001:db8::7]:5123``); None = invalid.
    An IPv4-mapped IPv6 address counts as IPv4."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        found = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, ipaddress.IPv6Address) else found


def trusted(address: str, proxies: tuple[Network, ...]) -> bool:
    """Whether ``address`` is one of the trusted proxies."""
    found = address_of(address) if proxies else None
    return found is not None and any(found in network for network in proxies)


def client_of(chain: str, proxies: tuple[Network, ...]) -> str:
    """The client by a trusted proxy's X-Forwarded-For: from the right, the first address that is no trusted proxy;
    anything left of it is only that client's claim.  "" if there is none."""
    client = ""
    for word in reversed(chain[-2000:].split(",")):
        found = address_of(word) if len(word) < 64 else None
        if found is None:
            break
        client = str(found)
        if not trusted(client, proxies):
            break
    return client


class BehindProxy:
    """ASGI: address and scheme of a request as reported by a trusted proxy (X-Forwarded-For, X-Forwarded-Proto); from anybody
    else these headers are ignored.

    No browser speaks HTTP/1.0, but proxies that reveal nothing else do (nginx with a bare ``proxy_pass``): it is treated
    like the Via header that such a proxy omitted.
    """

    def __init__(self, app: ASGIApp, proxies: tuple[Network, ...]) -> None:
        self.app, self.proxies = app, proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            if scope.get("http_version") == "1.0":
                scope["headers"] = [*scope["headers"], (b"via", b"1.0 unnamed")]
            if self.proxies:
                self._believe(scope)
        await self.app(scope, receive, send)

    def _believe(self, scope: Scope) -> None:
        peer = str((scope.get("client") or ("",))[0])
        if not trusted(peer, self.proxies):
            return
        chain = ",".join(v.decode("latin-1") for k, v in scope["headers"] if k == b"x-forwarded-for")
        scope["client"], scope[VIA] = (client_of(chain, self.proxies) or peer, 0), peer
        scheme = _last_word(scope["headers"], b"x-forwarded-proto")
        if scheme in ("http", "https"):
            scope["scheme"] = scheme


def _last_word(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str:
    """The last word of a list header, in lower case: what the nearest proxy added; "" if there is none."""
    words = [v for k, v in headers if k == name]
    return words[-1].decode("latin-1").rsplit(",", 1)[-1].strip().lower() if words else ""
