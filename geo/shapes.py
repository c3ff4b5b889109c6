"""The types that geometry has here.  shapely has no types of its own; these say what is meant."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from shapely import Geometry

#: One shape.
Shape: TypeAlias = Geometry
#: (n,) shapes; None where there is none.
Shapes: TypeAlias = NDArray[np.object_]
#: What a feature of a file says of itself, by name: whatever its writer put there.
Properties: TypeAlias = dict[str, Any]
