"""pydantic's errors in single fields of a city's or a mapping's file, in both languages, with what to write instead."""

from __future__ import annotations

import re
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from data.errors import FieldError, Said, did_you_mean, did_you_mean_zh

Fault = tuple[str, str]
_LIST = ("should be a list; write [ ... ]", "应为列表，写作 [ ... ]")
_TABLE = ("should be a table; write { ... }", "应为表，写作 { ... }")
_WHOLE, _NUMBER = ("should be a whole number", "应为整数"), ("should be a number", "应为数字")
_SWITCH = ("should be true or false, without quotes", "应为 true 或 false，不加引号")
#: pydantic's error types in our words, with pydantic's bounds ({gt}, {le} ...) in them; the others keep its own.
_KINDS = {
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "bool_type": _SWITCH,
    "bool_parsing": _SWITCH,
    "tuple_type": _LIST,
    "list_type": _LIST,
    "dict_type": _TABLE,
    "model_type": _TABLE,
    "too_short": ("should not be empty", "不能为空"),
    "greater_than": ("should be greater than {gt:g}", "应大于 {gt:g}"),
    "greater_than_equal": ("should be at least {ge:g}", "应不小于 {ge:g}"),
    "less_than": ("should be less than {lt:g}", "应小于 {lt:g}"),
    "less_than_equal": ("should be at most {le:g}", "应不大于 {le:g}"),
    "date_from_datetime_parsing": ("is not a date; write e.g. 2026-10-01", "不是日期，请写如 2026-10-01"),
}


def fault_of(error: ErrorDetails, model: type[BaseModel]) -> Fault:
    """A pydantic error as (place, what and what instead); the text is ``Said`` if we have it in Chinese."""
    loc, kind, given = error["loc"], error["type"], error["input"]
    place = ".".join(str(p) for p in loc)
    if kind == "extra_forbidden":
        keys = _keys_at(model, loc[:-1])
        return place, Said(f"unknown key{did_you_mean(str(loc[-1]), keys)}", f"没有这个键{did_you_mean_zh(str(loc[-1]), keys)}")
    if kind == "missing":
        return place, Said("is missing", "缺少")
    if kind == "literal_error":
        known = [k for k in re.findall(r"'([^']*)'", error["ctx"]["expected"]) if k]
        return place, Said(
            f"{given!r} is not known here{did_you_mean(str(given), known)}",
            f"这里没有 {given!r}{did_you_mean_zh(str(given), known)}",
        )
    if kind == "string_type":
        return place, Said(f"{given!r} is not text; put it in quotes", f"{given!r} 不是文字，请加引号")
    if kind == "model_type" and error["ctx"]["class_name"] == "Text":
        write = '{ zh = "...", en = "..." }'
        return place, Said(f"{given!r} is not a name in two languages; write {write}", f"{given!r} 不是双语名称，请写 {write}")
    bounds = error.get("ctx", {})
    if kind in _KINDS:
        en, zh = (words.format(**bounds) for words in _KINDS[kind])
        return place, Said(f"{_shown(given)}: {en}", f"{_shown(given)}：{zh}")
    told, message = bounds.get("error"), error["msg"].removeprefix("Value error, ")
    en = ("" if repr(given) in message else f"{_shown(given)}: ") + message[0].lower() + message[1:]
    return place, Said(en, told.said.zh) if isinstance(told, FieldError) else en


def _shown(given: object) -> str:
    return f"{given!r}"[:60]


def _keys_at(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """The keys allowed at a place of the file."""
    here: Any = model
    for step in loc:
        if isinstance(step, int):
            continue
        field = here.model_fields.get(step) if hasattr(here, "model_fields") else None
        if field is None:
            return []
        here = field.annotation
        while not hasattr(here, "model_fields"):
            inner = [a for a in get_args(here) if a is not type(None) and a is not Ellipsis]
            if not inner:
                return []
            here = inner[0]
    return list(here.model_fields)
