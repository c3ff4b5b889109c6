"""The usual design, for comparison: the same eight panels over the same rows, one interval callback per panel and screen."""

from __future__ import annotations

import json
import sqlite3
import sys
import urllib.request
from pathlib import Path
from typing import Any

PANELS = ("reported", "open", "stage", "channel", "category", "department", "hourly", "oldest")
_WHERE = "FROM event WHERE reported_at > datetime('now', '-30 days')"
_SQL = {
    "reported": f"SELECT date(reported_at) AS k, count(*) AS n {_WHERE} GROUP BY 1",
    "open": f"SELECT grid AS k, count(*) AS n {_WHERE} AND closed_at IS NULL GROUP BY 1 ORDER BY 2 DESC LIMIT 30",
    "stage": "SELECT stage AS k, count(*) AS n FROM \"transition\" WHERE at > datetime('now', '-7 days') GROUP BY 1",
    "channel": f"SELECT channel AS k, count(*) AS n {_WHERE} GROUP BY 1",
    "category": f"SELECT category AS k, count(*) AS n {_WHERE} GROUP BY 1",
    "department": "SELECT department AS k, count(*) AS n FROM \"transition\" WHERE at > datetime('now', '-7 days') GROUP BY 1",
    "hourly": f"SELECT strftime('%H', reported_at) AS k, count(*) AS n {_WHERE} GROUP BY 1",
    "oldest": f"SELECT case_number AS k, 1 AS n {_WHERE} AND closed_at IS NULL ORDER BY reported_at LIMIT 20",
}


def main() -> None:
    """Serve the page over the database of ``argv[1]`` on port ``argv[2]``."""
    import pandas as pd
    import plotly.graph_objects as go
    import uvicorn
    from dash import Dash, Input, Output, dcc, html

    database = Path(sys.argv[1]) / "qufu.sqlite"
    app = Dash("classic", backend="fastapi")
    app.layout = html.Div([dcc.Interval(id="tick", interval=1000), *(dcc.Graph(id=p) for p in PANELS)])
    for panel in PANELS:

        def draw(_: int, panel: str = panel) -> Any:
            frame = pd.read_sql(_SQL[panel], sqlite3.connect(f"file:{database}?mode=ro", uri=True))
            return go.Figure(go.Bar(x=frame["k"], y=frame["n"]), layout={"title": {"text": panel}})

        app.callback(Output(panel, "figure"), Input("tick", "n_intervals"))(draw)
    uvicorn.run(app.server, host="127.0.0.1", port=int(sys.argv[2]), log_level="error")


def refresh_requests(base: str) -> list[urllib.request.Request]:
    """The requests that one screen posts at one refresh: one per panel."""
    out = []
    for panel in PANELS:
        body = {
            "output": f"{panel}.figure",
            "outputs": {"id": panel, "property": "figure"},
            "inputs": [{"id": "tick", "property": "n_intervals", "value": 1}],
            "changedPropIds": ["tick.n_intervals"],
            "state": [],
        }
        out.append(
            urllib.request.Request(
                f"{base}/_dash-update-component", json.dumps(body).encode(), {"content-type": "application/json"}
            )
        )
    return out


if __name__ == "__main__":
    main()
