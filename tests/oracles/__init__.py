"""Answers that were worked out elsewhere, by topic: numbers and formulas, each with its source where there is one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def worked(topic: str) -> Any:
    """The answers of ``tests/oracles/<topic>.json``."""
    return json.loads((Path(__file__).parent / f"{topic}.json").read_text(encoding="utf-8"))
