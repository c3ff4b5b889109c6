"""Secrets are never shown: the single place that masks passwords in what is printed, logged, audited or answered.

``masked`` takes any text (a URL, a driver's message, a traceback) and masks the places where secrets occur: after the
user name of a URL, under a secret-like name in a query, a DSN, a dict or a call.  Drivers also repeat a password without
context, or part of it; to mask these too, call ``remember`` with the URLs in use.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, quote, quote_plus, unquote, unquote_plus

HIDDEN = "***"
#: Minimum length of a secret to search for by itself: a shorter one would match within many words.
SHORTEST = 3
#: Maximum number of secrets remembered.
MOST = 200
_TELLING = (
    r"pass(?:word|wd|phrase|code|file)|pwd|secret|token|credential|ssl_?key|api_?key|access_?key|private_?key|"
    r"client_?key|authorization"
)
_TELLING_NAME = re.compile(rf"[\w.-]*(?:{_TELLING})[\w.-]*|pass|pw|key|auth|sig|signature", re.IGNORECASE)
#: scheme://user:secret@, greedy to the last @ (a password may contain @, / and ?) before a blank.
_USERINFO = re.compile(r"([A-Za-z][\w+.-]*://[^\s:/@'\"<>]*):([^\s'\"<>]*)@")
#: The same for a password with blanks, which ends at the next @; not a port followed by a sentence.
_USERINFO_BLANKS = re.compile(r"([A-Za-z][\w+.-]*://[^\s:/@'\"<>]*):(?!\d{1,5}(?:[/\s'\"?#]|$))([^@\n'\"<>]+)@(?:[^\s'\"<>]*@)?")
#: name=value in a query.
_QUERY = re.compile(r"(?<=[?&])([^=&;?\s'\"<>]{1,80})=([^&\s'\"<>#]*)")
#: name=value, 'name': 'value' and name => value elsewhere; without quotation marks ":" is ordinary punctuation.
_PAIR = re.compile(
    rf"(?<![\w%])((?:[\w.-]*(?:{_TELLING})[\w.-]*)|pw|pass)(['\"]?\s*(?:=>|=)\s*|['\"]?\s*:\s*(?=['\"]))"
    r"('(?:[^'\\\n]|\\.|'')*'|\"(?:[^\"\\\n]|\\.)*\"|[^\s,;&)}\]'\"]+)",
    re.IGNORECASE,
)
_remembered: dict[str, re.Pattern[str]] = {}


def masked(text: str) -> str:
    """``text`` with all secrets masked."""
    if "://" in text:
        text = _USERINFO.sub(rf"\1:{HIDDEN}@", text)
        text = _USERINFO_BLANKS.sub(rf"\1:{HIDDEN}@", text)
    if "=" in text or ":" in text:
        text = _QUERY.sub(_hide_value, text)
        text = _PAIR.sub(lambda m: f"{m[1]}{m[2]}{HIDDEN}", text)
    for pattern in tuple(_remembered.values()):
        text = pattern.sub(HIDDEN, text)
    return text


def holds_secret(text: str) -> bool:
    return masked(text) != text


def remember(*urls: str) -> None:
    """From now on mask the secrets of these URLs wherever they occur, even without context."""
    for url in urls:
        for secret in secrets_of(url):
            for spelled in {secret, quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1]}:
                while len(_remembered) >= MOST:
                    del _remembered[next(iter(_remembered))]
                # not as part of a longer word
                before = "(?<![A-Za-z0-9])" if spelled[0].isalnum() else ""
                behind = "(?![A-Za-z0-9])" if spelled[-1].isalnum() else ""
                _remembered[spelled] = re.compile(f"{before}{re.escape(spelled)}{behind}")


def secrets_of(url: str) -> set[str]:
    """The secrets in a URL, as written and decoded."""
    return {s for s in _secrets(url) if len(s) >= SHORTEST}


def _secrets(url: str) -> Iterator[str]:
    _, there, rest = url.partition("://")
    if not there:
        return
    if "@" in rest:
        user, colon, given = rest.rpartition("@")[0].partition(":")
        if colon and "/" not in user:
            yield from (given, unquote(given))
            if "@" in given:  # a driver takes what follows the first @ for the host, and reports it as unknown
                yield from (*given.split("@"), given.partition("@")[2] + "@")
    for name, value in parse_qsl(rest.partition("?")[2], keep_blank_values=True):
        if _is_secret(name, value):
            yield value
            yield from (
                v.strip()
                for k, v in (p.partition("=")[::2] for p in re.split(r"[;\s]", value))
                if _TELLING_NAME.fullmatch(k.strip())
            )


def _is_secret(name: str, value: str) -> bool:
    """Whether ``name`` denotes a secret, also percent-encoded; or ``value`` is a DSN that contains one."""
    plain = unquote_plus(value)
    return _TELLING_NAME.fullmatch(unquote_plus(name)) is not None or _PAIR.search(plain) is not None


def _hide_value(found: re.Match[str]) -> str:
    return f"{found[1]}={HIDDEN}" if found[2] and _is_secret(found[1], found[2]) else found[0]
