"""All drawings by id, which is that of the drill they draw.  A file that declares ``DRAWING`` is one by being here."""

from __future__ import annotations

import sys

from data.discovery import registry
from layouts.analyst.drawing import Drawing

DRAWINGS: dict[str, Drawing] = registry(Drawing, "DRAWING", sys.modules[__name__])
