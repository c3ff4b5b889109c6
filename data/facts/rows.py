"""Answers of the facts as arrays by column."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from data.types.arrays import Array

#: One statement's answer: column name -> array, all of one length.
Rows = Mapping[str, Array]
#: A metric's answers by statement name.
RowSets = Mapping[str, Rows]


def arrays(frame: pd.DataFrame) -> dict[str, Array]:
    """A frame as arrays, for a metric that needs it."""
    return {str(c): np.asarray(frame[c].to_numpy()) for c in frame.columns}
