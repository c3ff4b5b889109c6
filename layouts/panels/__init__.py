"""All panels by id; one id names metric, panel, file and test.  A file that declares ``PANEL`` is a panel by being here."""

from __future__ import annotations

import sys

from data.discovery import registry
from layouts.panels.panel import Panel

PANELS: dict[str, Panel] = registry(Panel, "PANEL", sys.modules[__name__])
