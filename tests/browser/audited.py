"""The audit of ``python -m dashboard look`` on a page that a test has opened: what is wrong with its texts, in lines."""

from __future__ import annotations

from typing import Any

from dashboard.look.camera import script
from dashboard.look.plan import Page, rules_of
from data.types.records import Record


def findings(page: Any, surface: str = "wall") -> tuple[int, list[Record]]:
    """(texts seen, what is wrong with them) of the page in its present size; what is meant so is left out."""
    shape = f"{page.viewport_size['width']}x{page.viewport_size['height']}"
    found = page.evaluate(f"(rules) => ({script()})(rules)", rules_of(Page("page", surface, "", ()), shape))
    return found["texts"], [one for one in found["findings"] if not one["intended"]]


def wrong(page: Any, surface: str = "wall", least: int = 60) -> list[str]:
    """A line for each text that is clipped, overlapped, too small or too pale, once the page has settled.

    least : so many texts must be there, or the page is empty
    """
    page.wait_for_timeout(700)
    texts, found = findings(page, surface)
    assert texts > least, "the page says something"
    return [f"{one['kind']}: {one['text']} ({one['where']}, {one['detail']})" for one in found]
