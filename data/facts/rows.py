"""Answers of the facts as arrays by column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

#: One statement's answer: column name -> array, all of one length.
Rows = Mapping[str, NDArray[Any]]
#: A metric's answers by statement name.
RowSets = Mapping[str, Rows]


def arrays(frame: pd.DataFrame) -> dict[str, NDArray[Any]]:
    """A frame as the arrays that a metric which needs it is given."""
    return {str(c): np.asarray(frame[c].to_numpy()) for c in frame.columns}
