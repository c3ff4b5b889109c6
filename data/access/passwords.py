"""Passwords: their rules, and Argon2id digests of them.

Digesting deliberately takes tens of milliseconds and 64 MB: never on the event loop, and few at a time.
"""

from __future__ import annotations

import secrets
import string
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from data.errors import QueryError

#: Minimum and maximum length in characters (a longer one only costs time).
SHORTEST, LONGEST = 10, 128
#: Minimum number of character classes in a password.
CLASSES = 3
#: Argon2id, 64 MB and three passes as RFC 9106 proposes for low memory, one lane: however many log in at once, it takes one
#: core.  A digest with other parameters is renewed at the next login.
HASHER = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=1)
_WORDS = string.ascii_letters + string.digits + "-_=+"


def check_rules(password: str, name: str) -> None:
    """Raises QueryError, in both languages, for a password that is too short, too plain, or holds the account's name."""
    text = _normal(password)
    if not SHORTEST <= len(text) <= LONGEST:
        raise QueryError(
            f"password: {SHORTEST} to {LONGEST} characters, this has {len(text)}",
            f"口令须为 {SHORTEST} 至 {LONGEST} 个字符，现有 {len(text)} 个",
        )
    kinds = [
        any(c.islower() for c in text),
        any(c.isupper() for c in text),
        any(c.isdigit() for c in text),
        any(not (c.islower() or c.isupper() or c.isdigit()) for c in text),
    ]
    if sum(kinds) < CLASSES:
        raise QueryError(
            "password: use at least three of small letters, capitals, digits, other characters",
            "口令须含小写字母、大写字母、数字、其他字符中的至少三类",
        )
    if name and _normal(name).casefold() in text.casefold():
        raise QueryError("password: it must not hold the account's name", "口令不得包含账号名")


def made_up() -> str:
    """Generate a password of 20 characters that satisfies the rules."""
    while True:
        text = "".join(secrets.choice(_WORDS) for _ in range(20))
        try:
            check_rules(text, "")
        except QueryError:
            continue
        return text


def digested(password: str) -> str:
    return HASHER.hash(_normal(password))


def fits(password: str, digest: str | None) -> bool:
    """Whether ``password`` matches ``digest``.  None (no such account, or one without a password) takes as long
    and gives False."""
    nobody = _nobody()  # created at the first call, whoever it is for
    try:
        return HASHER.verify(digest or nobody, _normal(password)[: 4 * LONGEST]) and digest is not None
    except (VerificationError, InvalidHashError):
        return False


def outdated(digest: str) -> bool:
    """Whether ``digest`` was made with other parameters than today's."""
    return HASHER.check_needs_rehash(digest)


@cache
def _nobody() -> str:
    return digested(secrets.token_urlsafe(24))


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text)
