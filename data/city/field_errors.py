"""pydantic's errors in single fields of a city's or a mapping's file, in both languages, with what to write instead."""

from __future__ import annotations

import re
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from data.errors import FieldError, Said, did_you_mean, did_you_mean_zh

Fault = tuple[str, str]
#: pydantic's error types in Chinese; the others keep its own words.
_KINDS = {
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "float_type": "应为数字",
    "float_parsing": "应为数字",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "tuple_type": "应为列表，写作 [ ... ]",
    "list_type": "应为列表，写作 [ ... ]",
    "dict_type": "应为表，写作 { ... }",
    "model_type": "应为表，写作 { ... }",
    "too_short": "不能为空",
    "greater_than": "太小",
    "less_than_equal": "太大",
    "date_from_datetime_parsing": "不是日期",
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
    told = error.get("ctx", {}).get("error")
    message = error["msg"].removeprefix("Value error, ")
    shown = "" if repr(given) in message else f"{given!r}"[:60] + ": "
    en = shown + message[0].lower() + message[1:]
    if isinstance(told, FieldError):
        return place, Said(en, told.said.zh)
    return place, Said(en, f"{given!r}"[:60] + f"：{_KINDS[kind]}") if kind in _KINDS else en


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
