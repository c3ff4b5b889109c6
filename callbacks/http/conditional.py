"""Conditional requests (RFC 9110, 13.1.2) and content negotiation between gzip and plain (12.5.3).

Header fields are in ASGI form: pairs of bytes, names in lower case; a list field may come in several lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

Fields = Iterable[tuple[bytes, bytes]]
Coding = Literal["gzip", "identity"]
#: One entity tag, weak or strong, and its separator in a list.  A tag may contain a comma.
_TAG = re.compile(rb'[ \t,]*(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")[ \t]*(?:,|$)')
_QUALITY = re.compile(rb"q[ \t]*=[ \t]*([01](?:\.[0-9]{0,3})?)[ \t]*", re.IGNORECASE)


def listed(fields: Fields, name: bytes) -> bytes | None:
    """A field's lines joined as one list; None if the field is absent."""
    lines = [value for key, value in fields if key == name]
    return b", ".join(lines) if lines else None


def weak(tag: str) -> bytes:
    """The weak entity tag of content that is sent in more than one coding."""
    return b'W/"' + tag.encode() + b'"'


def unchanged(fields: Fields, etag: bytes) -> bool:
    """Whether If-None-Match names ``etag`` (with its quotes), so that 304 is the answer to GET and HEAD.

    ``*`` matches anything.  Tags are compared weakly: a compressing proxy makes ours weak.  A malformed list is read up to its
    first error.
    """
    given = listed(fields, b"if-none-match")
    if given is None:
        return False
    if given == etag or given.strip() == b"*":
        return True
    wanted, at = etag.removeprefix(b"W/"), 0
    while (found := _TAG.match(given, at)) is not None:
        if found[1] == wanted:
            return True
        at = found.end()
    return False


def coding_of(fields: Fields) -> Coding | None:
    """The coding in which to send what is held in gzip; None if the request accepts neither (406).

    A missing or empty field means plain.  gzip wins a tie; a coding that is not named ranks below those named; a coding with an
    unreadable weight is not accepted.
    """
    given = listed(fields, b"accept-encoding")
    return "identity" if given is None else _coding(given)


@lru_cache(256)
def _coding(given: bytes) -> Coding | None:
    """As ``coding_of``, for the field's list; all screens of a kind send the same one."""
    weights: dict[bytes, float] = {}
    for part in given.lower().split(b","):
        name, _, more = part.partition(b";")
        name = name.strip().removeprefix(b"x-")  # x-gzip is gzip (RFC 9110, 8.4.1.3)
        if name:
            weights[name] = max(_weight(more), weights.get(name, 0.0))
    rest = weights.get(b"*", 0.0)
    gzip = weights.get(b"gzip", rest)
    # plain is acceptable unless forbidden
    plain = weights.get(b"identity", rest if b"*" in weights else 0.0001)
    if gzip <= 0 and plain <= 0:
        return None
    return "gzip" if gzip >= plain else "identity"


def _weight(parameters: bytes) -> float:
    if not parameters.strip():
        return 1.0
    found = _QUALITY.fullmatch(parameters.strip())
    return min(float(found[1]), 1.0) if found else 0.0
