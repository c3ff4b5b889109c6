"""Errors that a user can act on: where, what, and what to do instead.

GridWallError
 +-- FileError      a city, mapping or grid file is faulty (lists every fault of the file)
 +-- SourceError    the platform's database does not respond or does not match its mapping
 +-- FactsError     the facts store cannot be used
 |    +-- DamagedFactsError   its file is damaged
 |    +-- DiskError      its disk is full or read-only
 +-- StateError     our own small store (screens, accounts, audit) cannot be used
 +-- QueryError     a request is malformed (answered 400 / exit 2)
      +-- AccessError    valid but not permitted for this role or area (403)
      +-- OverVolumeError     more single cases than the role may read in an hour (429)
      +-- TooManyRequestsError        it takes too long, or too many wait (503): narrow it, or try again
      +-- NotRecordedError    it must be audited, and cannot be (503)
      +-- NotYetError         no data to answer from yet (503)
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from data.secrets.masking import masked
from data.text import Lang, Text


class GridWallError(Exception):
    """Base of all errors shown to a user as one line, without a traceback (exit code 2).

    ``str(fault)`` is English, ``fault.zh`` Chinese (English if there is no translation yet).
    Neither contains a secret: driver messages may repeat the URL they were given, including the password.
    """

    def __init__(self, said: str = "", zh: str = "") -> None:
        super().__init__(masked(said))
        self.zh = masked(zh or said)

    def said_in(self, lang: Lang) -> str:
        """The message in one of the languages."""
        return self.zh if lang == "zh" else str(self)


class Said(str):
    """An English message that carries its Chinese translation."""

    zh: str

    def __new__(cls, en: str, zh: str) -> Said:
        said = super().__new__(cls, en)
        said.zh = zh
        return said


class FieldError(ValueError):
    """A value not allowed in a file; ``said`` in both languages."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.said = Said(en, zh)


_FAULTS, _FAULT = Text(zh="{path}：{n} 处有误", en="{path}: {n} faults"), Text(zh="{path}：{n} 处有误", en="{path}: {n} fault")
_AT = Text(zh="{place}：{said}", en="{place}: {said}")


class FileError(GridWallError):
    """A faulty file; ``faults`` are (place, what and what instead), in English, with Chinese if it is ``Said``."""

    def __init__(self, path: str, faults: list[tuple[str, str]]) -> None:
        self.path, self.faults = path, faults
        super().__init__(self.told("en"), self.told("zh"))

    def told(self, lang: Lang) -> str:
        """One line for the file and one for each fault."""
        lines = [(_FAULT if len(self.faults) == 1 else _FAULTS)(lang).format(path=self.path, n=len(self.faults))]
        for place, what in self.faults:
            said = what.zh if lang == "zh" and isinstance(what, Said) else what
            lines.append("  " + (_AT(lang).format(place=place, said=said) if place else said))
        return "\n".join(lines)


class SourceError(GridWallError):
    """The source cannot be read; the message names the (password-free) URL and the remedy.

    ``kind`` (``data.source.faults.KINDS``; "" = another) and ``words`` describe the fault on any screen, without hosts or files.
    """

    def __init__(self, said: str = "", zh: str = "", kind: str = "", words: Text | None = None) -> None:
        super().__init__(said, zh)
        self.kind, self.words = kind, words


class FactsError(GridWallError):
    """The facts store cannot be opened or written."""


class StateError(GridWallError):
    """Our own store (screen keys, accounts, audit) cannot be opened or written.  ``kind``: a key of
    ``data.access.store.TROUBLES``."""

    def __init__(self, said: str = "", zh: str = "", kind: str = "away") -> None:
        super().__init__(said, zh)
        self.kind = kind


class DamagedFactsError(FactsError):
    """The facts' file exists and is writable, but is no DuckDB file or is damaged: it can be rebuilt."""

    #: Public description for screens (English, Chinese).
    PUBLIC = (
        "the facts were damaged and are built anew from the source; ask again in a moment",
        "事实库损坏，正由源库重建，请稍后再试",
    )


class DiskError(FactsError):
    """The disk of the facts is full, or (``read_only``) not writable; committed data stays readable."""

    def __init__(self, said: str, zh: str, read_only: bool) -> None:
        super().__init__(said, zh)
        self.read_only = read_only


class QueryError(GridWallError):
    """A request that cannot be answered as made; ``zh`` is shown on Chinese screens."""


class AccessError(QueryError):
    """The viewer's role or area does not permit it."""


class OverVolumeError(QueryError):
    """More single cases than the role may read per hour; ``retry_s``: when to retry, 0 = never for that many at once."""

    def __init__(self, said: str, zh: str, retry_s: int = 0) -> None:
        super().__init__(said, zh)
        self.retry_s = retry_s


class TooManyRequestsError(QueryError):
    """The request was abandoned: it took too long, or too many were waiting."""


class NotRecordedError(QueryError):
    """An action that must be audited is refused while the audit cannot be written."""


class NotYetError(QueryError):
    """The facts are being loaded, or their source is not available yet; the message says which."""


def did_you_mean(wrong: str, known: Iterable[str], names: Mapping[str, str] | None = None) -> str:
    """``"; did you mean 'handle'?"`` if a known value is similar, else the known values (at most 12).

    ``names``: of the known codes, if they have any; shown with them.
    """
    near, listed = _near(wrong, known)
    if near:
        return f"; did you mean '{near}'{_beside(near, names, ' ({})')}?"
    said = [code + _beside(code, names, " ({})") for code in listed]
    return f"; known are: {', '.join(said)}" if said else ""


def did_you_mean_zh(wrong: str, known: Iterable[str], names: Mapping[str, str] | None = None) -> str:
    """The same in Chinese."""
    near, listed = _near(wrong, known)
    if near:
        return f"，是否指“{near}”{_beside(near, names, '（{}）')}？"
    said = [code + _beside(code, names, "（{}）") for code in listed]
    return f"；已有：{'、'.join(said)}" if said else ""


def nearest(wrong: str, known: Iterable[str]) -> str:
    """The known value similar enough to be meant, "" if there is none."""
    near = difflib.get_close_matches(str(wrong), [str(k) for k in known], n=1, cutoff=0.55)
    return near[0] if near else ""


def _near(wrong: str, known: Iterable[str]) -> tuple[str, list[str]]:
    """(the similar known value, "" if there is none; the first twelve, "..." for the rest)."""
    values = [str(k) for k in known]
    return nearest(wrong, values), [*values[:12], *(["..."] if len(values) > 12 else [])]


def _beside(code: str, names: Mapping[str, str] | None, form: str) -> str:
    name = (names or {}).get(code, code)
    return form.format(name) if name != code else ""
