"""Array types by content.  A docstring gives the shape, since the type does not."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
#: Integers: counts, positions, instants in ms.
Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]
#: Any element type: integers or floats in a statistic, texts or geometries in a column.
Array: TypeAlias = NDArray[Any]
