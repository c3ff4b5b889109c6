"""Codes that the city does not have, as lines of the mapping that can be pasted."""

from __future__ import annotations

import json
import re

from data.check.finding import Finding

_MEASURED = re.compile(r"\(\d+ characters\)")


def code_block(found: Finding, most: int | None = None) -> str:
    """``[codes.<kind>]`` with a line for each code: those that a known one is near to, with that one, then the others as
    comments that wait for a code of ours.  At the most ``most`` lines (None = all); "" where there is no code to map."""
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
    """A text as TOML writes it (as JSON does, but for one letter)."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


__all__ = ["code_block"]
