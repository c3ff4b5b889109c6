"""Secrets are never shown: the one place that hides passwords in what is printed, logged, audited or answered.

``masked`` takes any text (a URL, a driver's complaint, a traceback) and hides what stands where secrets stand: behind the
user's name of a URL, under a telling name in a query, a DSN, a dict or a call.  Drivers also repeat a password bare, or a
part of it; so that these are found too, ``remember`` is told the URLs that are in use.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, quote, quote_plus, unquote, unquote_plus

HIDDEN = "***"
#: A shorter secret is not looked for by itself: it would be found in every other word.
SHORTEST = 3
#: Secrets that are remembered at the most.
MOST = 200
_TELLING = (
    r"pass(?:word|wd|phrase|code|file)|pwd|secret|token|credential|ssl_?key|api_?key|access_?key|private_?key|"
    r"client_?key|authorization"
)
_TELLING_NAME = re.compile(rf"[\w.-]*(?:{_TELLING})[\w.-]*|pass|pw|key|auth|sig|signature", re.IGNORECASE)
#: scheme://user:secret@, greedy to the last @ (a password may hold @, / and ?) of what has no blank in it.
_USERINFO = re.compile(r"([A-Za-z][\w+.-]*://[^\s:/@'\"<>]*):([^\s'\"<>]*)@")
#: The same for a password with blanks, which ends at the next @; not a port with a sentence behind it.
_USERINFO_BLANKS = re.compile(r"([A-Za-z][\w+.-]*://[^\s:/@'\"<>]*):(?!\d{1,5}(?:[/\s'\"?#]|$))([^@\n'\"<>]+)@(?:[^\s'\"<>]*@)?")
#: name=value of a query.
_QUERY = re.compile(r"(?<=[?&])([^=&;?\s'\"<>]{1,80})=([^&\s'\"<>#]*)")
#: name=value, 'name': 'value' and name => value elsewhere; without a quotation mark ":" is only a colon of a sentence.
_PAIR = re.compile(
    rf"(?<![\w%])((?:[\w.-]*(?:{_TELLING})[\w.-]*)|pw|pass)(['\"]?\s*(?:=>|=)\s*|['\"]?\s*:\s*(?=['\"]))"
    r"('(?:[^'\\\n]|\\.|'')*'|\"(?:[^\"\\\n]|\\.)*\"|[^\s,;&)}\]'\"]+)",
    re.IGNORECASE,
)
_remembered: dict[str, re.Pattern[str]] = {}


def masked(text: str) -> str:
    """``text`` with every secret in it hidden."""
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
    """Hide the secrets of these URLs wherever they turn up from here on, also by themselves."""
    for url in urls:
        for secret in secrets_of(url):
            for spelled in {secret, quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1]}:
                while len(_remembered) >= MOST:
                    del _remembered[next(iter(_remembered))]
                # no part of a longer word
                before = "(?<![A-Za-z0-9])" if spelled[0].isalnum() else ""
                behind = "(?![A-Za-z0-9])" if spelled[-1].isalnum() else ""
                _remembered[spelled] = re.compile(f"{before}{re.escape(spelled)}{behind}")


def secrets_of(url: str) -> set[str]:
    """What is secret in a URL, as it is written and as it is meant."""
    return {s for s in _secrets(url) if len(s) >= SHORTEST}


def _secrets(url: str) -> Iterator[str]:
    _, there, rest = url.partition("://")
    if not there:
        return
    if "@" in rest:
        user, colon, given = rest.rpartition("@")[0].partition(":")
        if colon and "/" not in user:
            yield from (given, unquote(given))
            if "@" in given:  # a driver takes what stands behind the first @ for the host, and says that it is unknown
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
    """A telling name, also one that is percent-encoded; or a value that is a DSN with a secret of its own."""
    plain = unquote_plus(value)
    return _TELLING_NAME.fullmatch(unquote_plus(name)) is not None or _PAIR.search(plain) is not None


def _hide_value(found: re.Match[str]) -> str:
    return f"{found[1]}={HIDDEN}" if found[2] and _is_secret(found[1], found[2]) else found[0]
