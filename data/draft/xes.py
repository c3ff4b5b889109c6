"""An event log in XES (.xes, .xes.gz): streamed, one row per event, a case's own attributes as ``case:...``."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO
from xml.etree.ElementTree import Element, ParseError, iterparse

from data.draft.sheet import Builder, Progress, Sheet
from data.errors import FileError, Said

_TYPES = frozenset({"string", "date", "int", "float", "boolean", "id"})


def read_xes(path: Path, progress: Progress) -> Sheet:
    """The log's events in its own order.  Raises FileError if it is not XES.

    A first pass collects the attribute names, so that a column that first appears late is complete.
    """
    names: dict[str, None] = {}
    _walk(path, lambda case, event: names.update(dict.fromkeys([*case, *event])), partial(progress, "look"))
    if "concept:name" not in names or "case:concept:name" not in names:
        raise FileError(
            str(path),
            [
                (
                    "",
                    Said(
                        "is no XES log with concept:name of traces and events; export it anew",
                        "不是带 concept:name 的 XES 日志，请重新导出",
                    ),
                )
            ],
        )
    columns = list(names)
    builder = Builder(columns)
    bare = _walk(
        path, lambda case, event: builder.add([event.get(c) or case.get(c, "") for c in columns]), partial(progress, "read")
    )
    notes = [(f"XES 日志，{builder.n:,} 行", f"XES log, {builder.n:,} rows")]
    if bare:
        notes.append(
            (f"{bare} 条轨迹没有事件，无从计时，未列入", f"{bare} traces have no event and thus no time; they are not counted")
        )
    return builder.sheet(path.name.split(".")[0], notes)


def _walk(path: Path, take: Callable[[dict[str, str], dict[str, str]], None], progress: Callable[[int, int], None]) -> int:
    """Call ``take(case attributes, event attributes)`` for every event; return the number of traces without any."""
    size = path.stat().st_size
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            stream: IO[bytes] = gzip.GzipFile(fileobj=raw) if packed else raw  # type: ignore[assignment]
            case: dict[str, str] = {}
            within: list[str] = []  # the open tags around the current one
            n = bare = begun = 0
            for kind, element in iterparse(stream, events=("start", "end")):
                tag = element.tag.rsplit("}", 1)[-1]
                if kind == "start":
                    within.append(tag)
                    if tag == "trace":
                        case, begun = {}, n
                    continue
                within.pop()
                if tag == "event":
                    take(case, _attributes(element))
                    n += 1
                    if n % 20_000 == 0:
                        progress(raw.tell(), size)
                    element.clear()
                elif tag == "trace":
                    bare += n == begun
                    element.clear()
                elif tag in _TYPES and within[-1:] == ["trace"]:
                    case[f"case:{element.get('key', '')}"] = str(element.get("value", ""))
            return bare
    except (ParseError, OSError, EOFError) as error:
        raise FileError(str(path), [("", Said(f"is no XES that can be read: {error}", f"不是能读的 XES：{error}"))]) from None


def _attributes(element: Element) -> dict[str, str]:
    return {str(e.get("key", "")): str(e.get("value", "")) for e in element if e.tag.rsplit("}", 1)[-1] in _TYPES}
