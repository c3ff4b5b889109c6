"""Validates calls of Dash's callbacks: a call that its renderer would not make is refused before Dash parses it.

Dash trusts the call's shape and answers any other with a bare 500; here it gets a 400 that says what is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from data.errors import QueryError
from data.types.records import Record, Values

#: Maximum size of a call (bytes).
LARGEST = 256 * 1024
Named = tuple[str, str]  # id and property


def checked(call: Any, known: Mapping[str, Values]) -> bytes:
    """The call rebuilt, taking only its values from the request.  Raises QueryError.

    ``known``: Dash's ``callback_map``; callbacks that run in the browser have no "callback" there.  Ids are plain strings: no
    server callback uses pattern matching.
    """
    if not isinstance(call, dict):
        raise _wrong("the body is no JSON object", "提交内容不是 JSON 对象")
    output = call.get("output")
    own = known.get(output) if isinstance(output, str) else None
    if own is None or own.get("callback") is None:
        raise _wrong("there is no such callback", "没有这个回调")
    several = str(output).startswith("..")
    outputs = [_split(one) for one in (str(output)[2:-2].split("...") if several else [str(output)])]
    given = call.get("outputs")
    _same(given if several else [given], outputs, "outputs")
    parts: Record = {"output": output, "outputs": [_written(o) for o in outputs] if several else _written(outputs[0])}
    for part, registered in (("inputs", own.get("inputs")), ("state", own.get("state"))):
        wanted = [(str(p["id"]), str(p["property"])) for p in registered or ()]
        values = call.get(part) or []
        _same(values, wanted, part)
        parts[part] = [{**_written(name), "value": one.get("value")} for name, one in zip(wanted, values, strict=True)]
    changed, named = call.get("changedPropIds") or [], [f"{i['id']}.{i['property']}" for i in parts["inputs"]]
    if not isinstance(changed, list) or not all(c in named for c in changed):
        raise _wrong("changedPropIds names what is no input", "changedPropIds 含有并非输入的项")
    try:
        return orjson.dumps({**parts, "changedPropIds": changed})
    except TypeError:  # nested deeper than any page does
        raise _wrong("it is nested too deep", "嵌套过深") from None


def text_of(value: Any) -> str:
    """The value, which must be text; "" if missing.  Raises QueryError."""
    if value is not None and not isinstance(value, str):
        raise _wrong("a value is no text", "有一个值不是文字")
    return value or ""


def object_of(value: Any) -> Record:
    """The value, which must be an object; empty if missing.  Raises QueryError."""
    if value is not None and not isinstance(value, dict):
        raise _wrong("a value is no object", "有一个值不是对象")
    return value or {}


def _same(given: Any, wanted: list[Named], what: str) -> None:
    """Raises QueryError unless ``given`` names exactly these properties, in this order."""
    if not isinstance(given, list) or [_named(one) for one in given] != wanted:
        names = ", ".join(".".join(pair) for pair in wanted) or "none"
        raise _wrong(f"its {what} are {names}", f"{what} 应为 {names}")


def _named(one: Any) -> Named | None:
    if not isinstance(one, dict) or not isinstance(one.get("id"), str) or not isinstance(one.get("property"), str):
        return None
    return one["id"], one["property"].partition("@")[0]


def _split(output: str) -> Named:
    name, _, prop = output.rpartition(".")
    return name, prop.partition("@")[0]


def _written(name: Named) -> dict[str, str]:
    return {"id": name[0], "property": name[1]}


def _wrong(en: str, zh: str) -> QueryError:
    return QueryError(f"malformed call: {en}", f"回调请求有误：{zh}")
