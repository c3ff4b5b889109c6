"""The wall driven by Dash's own testing tools: its callbacks run, its console is clean."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import copy_of

pytestmark = pytest.mark.browser


def test_the_wall_comes_up_and_speaks_both_languages(
    demo_city: Path, tmp_path: Path, dash_duo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dashboard.app import Service
    from dashboard.settings import resolve

    database = copy_of(demo_city, tmp_path)
    settings = resolve(
        Namespace(
            source=f"sqlite:///{database}", facts=f"duckdb:///{tmp_path}/facts.duckdb", state=f"sqlite:///{tmp_path}/state.sqlite"
        ),
        {},
    )
    service = Service(settings)
    monkeypatch.setattr(type(service.dash.server), "__module__", "fastapi")  # by which Dash's runner knows the kind
    service.start()
    try:
        dash_duo.start_server(service.dash)
        dash_duo.wait_for_page(f"{dash_duo.server_url}/wall", timeout=30)
        dash_duo.wait_for_element(".p-kpi_row[data-state=live]", timeout=60)
        assert "今日上报" in dash_duo.find_element("#wall").text
        dash_duo.wait_for_page(f"{dash_duo.server_url}/wall?lang=en", timeout=30)
        dash_duo.wait_for_element(".p-kpi_row[data-state=live]", timeout=60)
        assert "demo data" in dash_duo.find_element("#wall").text
        assert [m for m in dash_duo.get_logs() if m["level"] == "SEVERE"] == []
    finally:
        _end(service, dash_duo)
        service.stop()


def _end(service: Any, dash_duo: Any) -> None:
    """End the server in peace: Dash's runner waits 3 s, and then kills each of its threads, also those that others wait for."""
    dash_duo.driver.get("about:blank")
    service.hub.closing = True
    if (server := getattr(service.dash, "_uvicorn_server", None)) is not None:
        server.should_exit = True
        dash_duo.server.thread.join(60)
        assert not dash_duo.server.thread.is_alive()
