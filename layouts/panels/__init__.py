"""All panels by id; one id names metric, panel, file and test.  A file here that declares ``PANEL`` is a panel."""

from __future__ import annotations

import sys

from data.discovery import registry
from layouts.panels.panel import Panel

PANELS: dict[str, Panel] = registry(Panel, "PANEL", sys.modules[__name__])
