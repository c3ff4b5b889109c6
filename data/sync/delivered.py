"""What a mapping delivers, in the terms that figures require: columns of its SELECTs, actions and stages seen in the log."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from data.query.needs import ACTION, STAGE, Mapped
from data.source.columns import Frame
from data.source.contract import ACTIONS


def delivered(columns: Mapping[str, tuple[str, ...]], log: Frame) -> Mapped:
    """``columns`` of each table's SELECT and the codes in the log's rows; a log without actions has ``enter`` alone."""
    return widened({**{table: frozenset(held) for table, held in columns.items()}, ACTION: frozenset(), STAGE: frozenset()}, log)


def widened(mapped: Mapped, log: Frame) -> Mapped:
    """``mapped`` extended by what further log rows hold; the same object if nothing is new."""
    if not log.n:
        return mapped
    seen = {ACTION: _codes(log, "action") & set(ACTIONS) if log.has("action") else {"enter"}, STAGE: _codes(log, "stage")}
    new = {k: mapped.get(k, frozenset()) | v for k, v in seen.items() if not v <= mapped.get(k, frozenset())}
    return {**mapped, **new} if new else mapped


def _codes(log: Frame, column: str) -> set[str]:
    held = log.coded(column)
    return {held.values[i] for i in np.unique(held.codes).tolist() if i >= 0}
