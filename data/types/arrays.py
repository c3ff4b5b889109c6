"""Arrays by what they hold.  A docstring gives the shape, since the type does not."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
#: Whole numbers: counts, positions, instants in ms.
Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]
#: Of any kind: whole numbers or floats in a statistic, texts or geometries in a column.
Array: TypeAlias = NDArray[Any]
