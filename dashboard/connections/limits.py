"""How much a client may send, how long it may take, and the refusals beyond that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from data.text import Text


@dataclass(frozen=True)
class Limits:
    """Limits per client.  Sizes in bytes, times in seconds."""

    head: int = 32 * 1024  # request line and headers
    fields: int = 128  # header lines
    url: int = 8 * 1024
    body: int = 256 * 1024
    request_s: float = 10.0  # from a request's first byte to its last; also until the first byte of a connection
    stalled_s: float = 30.0  # time in which a client must take at least ``taken`` of a pending answer
    taken: int = 16 * 1024
    linger_s: float = 2.0  # time for a refused client to read the reason
    ahead: int = 8  # pipelined requests per connection
    waiting: int = 512  # connections of one address that wait for their client
    connections: int = 60_000  # in total


class Refusal(NamedTuple):
    status: int
    said: Text


BAD = Refusal(400, Text(zh="不是有效的 HTTP 请求", en="this is no HTTP request"))
HOSTS = Refusal(400, Text(zh="请求带有多个 Host", en="the request names several hosts"))
SLOW = Refusal(408, Text(zh="请求在 {request_s:.0f} 秒内没有发完", en="the request did not end within {request_s:.0f} s"))
BODY = Refusal(413, Text(zh="请求内容超过 {body:,} 字节", en="the body is larger than {body:,} bytes"))
ADDRESS = Refusal(414, Text(zh="地址超过 {url:,} 字节", en="the address is longer than {url:,} bytes"))
HEAD = Refusal(
    431, Text(zh="请求头超过 {head:,} 字节或 {fields} 行", en="the headers are larger than {head:,} bytes or {fields} lines")
)
