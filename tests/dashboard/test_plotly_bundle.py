"""The bundle of Plotly: of the version that Python has, with the traces that figures have, in the place of the whole."""

from __future__ import annotations

import re

from fastapi import FastAPI
from fastapi.testclient import TestClient
from plotly.offline import get_plotlyjs_version

from dashboard.plotly_bundle import BUNDLE, PATH, serve
from tests.layouts.analyst.test_charts import BUNDLED


def test_the_bundle_is_of_the_version_that_the_python_package_has() -> None:
    """``make plotly`` writes it anew."""
    assert f"plotly.js v{get_plotlyjs_version()} " in BUNDLE.read_text(encoding="utf-8")[:200]


def test_the_bundle_names_the_traces_that_figures_may_have() -> None:
    named = re.findall(r"plotly\.js/lib/(\w+)", (BUNDLE.parent / "traces.cjs").read_text(encoding="utf-8"))
    assert {*named} - {"core"} | {"scatter"} == BUNDLED


def test_it_answers_where_dash_looks_for_the_whole() -> None:
    server = FastAPI()

    @server.get("/_dash-component-suites/{package}/{path:path}")
    def whole(package: str, path: str) -> str:
        return "the whole"

    serve(server)
    asked = TestClient(server)
    assert asked.get(PATH).content == BUNDLE.read_bytes()
    assert asked.get(PATH.replace("plotly.min", "other")).json() == "the whole"
