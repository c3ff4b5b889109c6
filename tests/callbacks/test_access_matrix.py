"""Every page, route and callback with every role and with none: whoever adds one need not add it here."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.bench_access import measure
from tests.conftest import copy_of

pytestmark = pytest.mark.slow


def test_nobody_gets_in_where_role_or_area_does_not_reach(demo_city: Path, tmp_path: Path) -> None:
    tried = measure(f"sqlite:///{copy_of(demo_city, tmp_path)}", tmp_path / "desk")
    assert tried.requests > 250
    assert tried.wrong == []
    assert tried.shut_out == []
