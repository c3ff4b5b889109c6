"""Look up an area by its grid code or its name, as a person types it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from data.errors import QueryError, did_you_mean, did_you_mean_zh, nearest
from data.text import Text

#: Maximum number of areas listed that share a name.
LISTED = 12
_WHAT_ZH = {"scope": "网格", "area": "片区"}


def find_area(what: str, place: str, names: Mapping[str, Text], above: Callable[[str], str] | None = None) -> str:
    """The code of ``place``, which is a code in ``names`` (code -> name) or one of the names, in either language.

    ``what`` is the word used in messages ("scope", "area"), ``above`` names the area that a code lies in.
    Raises QueryError if no area or more than one has the name.
    """
    if place in names:
        return place
    wanted = place.strip().casefold()
    found = [code for code, name in names.items() if wanted in (name.zh.casefold(), name.en.casefold())]
    if len(found) == 1:
        return found[0]
    if not found:
        raise unknown_area(what, place, names)
    listed = [code + (f" ({above(code)})" if above is not None else "") for code in found[:LISTED]]
    listed += ["..."] if len(found) > LISTED else []
    raise QueryError(
        f"{what} '{place[:40]}': {len(found)} areas have this name; write the code of one: {', '.join(listed)}",
        f"有 {len(found)} 个{_WHAT_ZH.get(what, what)}名为“{place[:40]}”，请写其中一个的代码：{'、'.join(listed)}",
    )


def unknown_area(what: str, place: str, names: Mapping[str, Text]) -> QueryError:
    """The error for an unknown name, with similar codes or else similar names."""
    zh, en = ({code: name(lang) for code, name in names.items()} for lang in ("zh", "en"))
    near = did_you_mean(place, names, en), did_you_mean_zh(place, names, zh)
    if not nearest(place, names):
        by_name = {name: code for said in (en, zh) for code, name in said.items()}
        if nearest(place, by_name):
            near = did_you_mean(place, by_name, by_name), did_you_mean_zh(place, by_name, by_name)
    return QueryError(
        f"{what} '{place[:40]}': there is no such grid cell{near[0]}", f"没有{_WHAT_ZH.get(what, what)}“{place[:40]}”{near[1]}"
    )
