"""Codes that the city does not define, as lines to paste into the mapping."""

from __future__ import annotations

import json
import re

from data.check.finding import Finding

_MEASURED = re.compile(r"\(\d+ characters\)")


def code_block(found: Finding, most: int | None = None) -> str:
    """``[codes.<kind>]`` with a line per code: first those with a similar known code, mapped to it, then the others as comments
    to complete.  At most ``most`` lines (None = all); "" if there is no code to map."""
    said = [v for v in found.values if v.value and not _MEASURED.fullmatch(v.value)]
    if not found.kind or not said:
        return ""
    lines = [
        f"{_quoted(v.value)} = {v.known if found.kind == 'severity' else _quoted(v.known)}  # {v.count:,}"
        for v in said
        if v.known
    ]
    lines += [f'# {_quoted(v.value)} = ""  # {v.count:,}' for v in said if not v.known]
    return "\n".join([f"[codes.{found.kind}]", *lines[:most]])


def _quoted(text: str) -> str:
    """A text as a TOML string (as in JSON, except for DEL)."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


__all__ = ["code_block"]
