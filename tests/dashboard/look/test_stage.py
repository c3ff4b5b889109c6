"""The servers that `look` starts."""

from __future__ import annotations

from pathlib import Path

from dashboard.look.stage import Stage
from data.access.passwords import check_rules
from tests.dashboard.look.test_plan import PROFILES


def test_its_accounts_have_passwords_that_are_taken(tmp_path: Path) -> None:
    """A random text without a digit or a capital is refused, once in some dozens."""
    for _ in range(200):
        check_rules(Stage(PROFILES["qufu"], "1030", tmp_path, lambda *said: None, 1000).password, "operator")
