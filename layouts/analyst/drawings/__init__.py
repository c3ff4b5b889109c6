"""All drawings by id, which is that of the drill they draw.  Every file here that declares ``DRAWING`` is registered."""

from __future__ import annotations

import sys

from data.discovery import registry
from layouts.analyst.drawing import Drawing

DRAWINGS: dict[str, Drawing] = registry(Drawing, "DRAWING", sys.modules[__name__])
