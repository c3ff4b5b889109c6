"""Type aliases for geometry.  shapely has no types of its own; these name what is meant."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from shapely import Geometry

#: One shape.
Shape: TypeAlias = Geometry
#: (n,) shapes; None if missing.
Shapes: TypeAlias = NDArray[np.object_]
#: The properties of a file's feature by name, with whatever values its writer put there.
Properties: TypeAlias = dict[str, Any]
