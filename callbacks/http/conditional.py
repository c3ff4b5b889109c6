"""What a request asks of the answer's form: only if it is another than the one held (RFC 9110, 13.1.2), packed or plain (12.5.3).

Header fields are taken as ASGI has them: pairs of bytes, names in lower case, a field that lists may come in several lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

Fields = Iterable[tuple[bytes, bytes]]
Coding = Literal["gzip", "identity"]
#: One entity tag, weak or strong, and what may stand behind it in a list.  A tag may hold a comma.
_TAG = re.compile(rb'[ \t,]*(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")[ \t]*(?:,|$)')
_QUALITY = re.compile(rb"q[ \t]*=[ \t]*([01](?:\.[0-9]{0,3})?)[ \t]*", re.IGNORECASE)


def listed(fields: Fields, name: bytes) -> bytes | None:
    """A field's lines as one list; None where it did not come."""
    lines = [value for key, value in fields if key == name]
    return b", ".join(lines) if lines else None


def weak(tag: str) -> bytes:
    """The entity tag of a content that goes out in more than one coding."""
    return b'W/"' + tag.encode() + b'"'


def unchanged(fields: Fields, etag: bytes) -> bool:
    """Whether If-None-Match names ``etag`` (with its quotes), so that 304 is the answer to GET and HEAD.

    ``*`` names whatever there is.  Tags are compared weakly: a proxy that packs makes a weak one of ours.  A list is read up to
    where it is none any more.
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
    """In which coding to answer what is held in gzip; None where the request admits neither (406).

    Without the field, or with an empty one, it is plain.  Of two that are as welcome gzip is taken; what is not named counts less
    than what is; a coding whose weight cannot be read is not wanted.
    """
    given = listed(fields, b"accept-encoding")
    if given is None:
        return "identity"
    weights: dict[bytes, float] = {}
    for part in given.lower().split(b","):
        name, _, more = part.partition(b";")
        name = name.strip().removeprefix(b"x-")  # x-gzip is gzip (RFC 9110, 8.4.1.3)
        if name:
            weights[name] = max(_weight(more), weights.get(name, 0.0))
    rest = weights.get(b"*", 0.0)
    gzip = weights.get(b"gzip", rest)
    # plain is good enough where nothing forbids it
    plain = weights.get(b"identity", rest if b"*" in weights else 0.0001)
    if gzip <= 0 and plain <= 0:
        return None
    return "gzip" if gzip >= plain else "identity"


def _weight(parameters: bytes) -> float:
    if not parameters.strip():
        return 1.0
    found = _QUALITY.fullmatch(parameters.strip())
    return min(float(found[1]), 1.0) if found else 0.0
