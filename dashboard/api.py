"""Answers to ``/api``: one metric, the rejected rows, a refit; also used by commands that open the facts themselves."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from callbacks.wall.page_cache import PageCache
from dashboard.baseline_job import BaselineJob
from dashboard.clock import now
from dashboard.naming import names_of
from dashboard.pipeline import SourcePipeline
from data.access.viewer import Viewer
from data.city.city import City
from data.clock.instants import ms
from data.errors import AccessError, GridWallError, QueryError
from data.facts.case_reads import hand_out
from data.facts.row_faults import ahead, cases_of_faults, fault_counts, faults, not_located
from data.facts.store import Facts
from data.metrics import METRICS
from data.query.needs import Requires, lost
from data.reading import answer
from data.sync.reasons import reason_of
from data.text import Text
from data.types.records import Record
from layouts.text.formats import WITHOUT, leaves_out

#: Maximum number of rejected rows listed individually.
FAULTS_SHOWN = 200
#: Earliest year that may be queried: windows reach 100 years further back.
EARLIEST_YEAR = 1900


class Api:
    """``read``, ``faults`` and ``refit`` of the running server; ``from_command``: whether a command on this machine is asking."""

    def __init__(
        self, pipeline: SourcePipeline, baseline: BaselineJob, from_command: Callable[[Mapping[bytes, bytes]], bool]
    ) -> None:
        self._pipeline, self._baseline, self._from_command = pipeline, baseline, from_command
        self._page_cache: PageCache = pipeline.page_cache

    def refit(self, headers: Mapping[bytes, bytes]) -> Record:
        """``fit``, for the command on this machine only (``python -m dashboard refit``)."""
        if not self._from_command(headers):
            raise AccessError("refit is for the command on the server's own machine", "重新拟合只限服务器本机命令")
        try:
            return asdict(self._baseline.fit())
        except GridWallError:
            raise
        except Exception as error:
            raise QueryError(f"the fit failed, the old baseline stays: {error}") from error

    def read(self, metric: str, viewer: Viewer, back: str, at: str, cases: bool) -> Record:
        """One metric as JSON-ready values (``python -m dashboard read``).

        Single cases other than those on the walls just now, i.e. of another time or a longer window, require the right
        ``cases``.
        """
        facts = self._pipeline.ready()
        shown = self._page_cache.frame(metric, viewer.scope) if not at and not back and viewer.surface == "wall" else None
        if shown is not None:
            snapshot, frame = shown
            hand_out(answer.cases_of(METRICS[metric], frame))
            return with_behind(
                as_reading(metric, viewer, frame, snapshot.now, snapshot.id, snapshot.city), self._pipeline.behind()
            )
        if (at or back) and not cases and metric in METRICS and METRICS[metric].names_cases:
            raise AccessError(
                "single cases of another time are for accounts that may read cases; ask without at and back",
                "其他时点的单个案件限有查看案件权限的账号；请去掉 at 与 back",
            )
        moment = parse_at(at, self._pipeline.settings.profile.zone) if at else self._pipeline.desk_as_of()
        return with_behind(reading(metric, facts, viewer, self._page_cache.city, moment, back), self._pipeline.behind())

    def faults(self, headers: Mapping[bytes, bytes]) -> Record:
        """The rejected rows (``python -m dashboard faults``); their contents only for that command on this machine, which sends
        the token that the server wrote beside its facts: they are the source's own text, unchecked."""
        found = set_aside(self._pipeline.ready(), self._from_command(headers))
        hand_out([f"{row['source_table']} {row['row_key']}" for row in found["rows"]])  # a row mostly belongs to a case
        return found


def reading(metric: str, facts: Facts, viewer: Viewer, city: City, moment: datetime, back: str) -> Record:
    """One metric computed from the facts at ``moment``; see ``as_reading``."""
    _, frame = answer.answer(metric, facts, viewer, city, moment, answer.parse_back(back) if back else None)
    return as_reading(metric, viewer, frame, moment, f"recomputed at {moment.isoformat()}", city)


def with_behind(found: Record, said: Text | None) -> Record:
    """The answer, with the notice about figures that are not current."""
    return found if said is None else {**found, "behind": said.model_dump()}


def left_out(metric: str, viewer: Viewer, city: City) -> dict[str, dict[str, str]]:
    """``{"sensitive": {"zh", "en"}}``: how sensitive categories are counted for this viewer; {} if there is nothing to say."""
    if not leaves_out(viewer, city) or not any(c.unit == "events" for c in METRICS[metric].columns):
        return {}
    in_batches = METRICS[metric].batched if city.scope_of(viewer.scope)[0] <= 1 else None
    return {"sensitive": (in_batches or WITHOUT).model_dump()}


def as_reading(metric: str, viewer: Viewer, frame: pd.DataFrame, as_of: datetime, snapshot: str, city: City) -> Record:
    """``{"as_of", "as_of_local", "snapshot", "not_mapped": [what it lacks], "columns": [{"name", "unit"}], "rows": [{...}],
    "names": {column: {code: name}}}`` of one metric; NaN becomes null, ``as_of`` is UTC and ``as_of_local`` the same in the
    city's time.  A column or row whose figures are unknown because nothing is delivered for them says so as well; ``nothing``:
    {"zh", "en"}, only where there is no row and the metric says what that means; see also ``left_out``."""
    scope = viewer.scope
    if scope and {"code", "level"} <= set(frame):  # cells outside the scope were not counted: no row rather than zeros
        frame = frame[[city.lies_in(code, scope) for code in frame["code"]]]
    lacks = METRICS[metric].lacking(city)
    columns = [
        {"name": c.name, "unit": c.unit, **_lacks([r for r in lacks if c.name in r.columns and not r.rows])}
        for c in METRICS[metric].columns
    ]
    rows: list[Record] = [{str(k): _json_value(v) for k, v in row.items()} for row in frame.to_dict("records")]
    names = names_of(metric, rows, city)
    if scope in city.grid.names:
        names["scope"] = {scope: city.grid.names[scope].model_dump()}
    for row in rows:
        row.update(_lacks([r for r in lacks if r.rows and str(row[r.by or str(frame.columns[0])]) in r.rows]))
    return {
        "metric": metric,
        "as_of": as_of.isoformat(),
        "as_of_local": as_of.astimezone(city.profile.zone).isoformat(),
        "snapshot": snapshot,
        "scope": scope,
        "not_mapped": [str(n) for n in lost(lacks)],
        "columns": columns,
        "rows": rows,
        "names": names,
        **({"nothing": nothing.model_dump()} if not rows and (nothing := METRICS[metric].nothing) is not None else {}),
        **left_out(metric, viewer, city),
    }


def _lacks(of_it: list[Requires]) -> dict[str, list[str]]:
    return {"not_mapped": [str(n) for n in lost(of_it)]} if of_it else {}


def set_aside(facts: Facts, details: bool) -> Record:
    """``{"total", "not_located", "ahead", "never", "reasons": [{source_table, reason, rows, name, remedy}], "rows": [{
    source_table, row_key, reason, seen_at, event, case_number, detail}]}``: the source's rows that could not be used, or only in
    part; the newest ``FAULTS_SHOWN`` individually; ``event`` and ``case_number`` are those of the event that a row belongs to
    (None = unknown).  Not rejected, but counted: ``not_located``, the events in no cell of the grid (in every total, on no map),
    ``ahead``, events and vital signs with a future time (in no figure until then), and ``never`` ("table.column" -> count at the
    last load), placeholder times that mean "has not happened", such as 9999-12-31.

    ``details`` False omits the rows' contents: the source's own text, which no wall may show.
    """
    counts = fault_counts(facts)
    reasons = [
        {
            "source_table": t,
            "reason": r,
            "rows": n,
            "name": reason_of(r).name.model_dump(),
            "remedy": reason_of(r).remedy.model_dump(),
        }
        for t, r, n in counts
    ]
    rows = [
        {**f, "seen_at": datetime.fromtimestamp(f["seen_at"] / 1000, UTC).isoformat(timespec="seconds")}
        for f in faults(facts, FAULTS_SHOWN)
    ]
    cases = cases_of_faults(facts, FAULTS_SHOWN) if details else {}
    for row in rows:
        detail = row.pop("detail")
        if details:
            row["event"], row["case_number"] = cases.get((row["source_table"], row["row_key"]), (None, None))
            row["detail"] = detail
    never = json.loads(facts.meta().get("never", "{}"))
    return {
        "total": sum(n for _, _, n in counts),
        "not_located": not_located(facts),
        "ahead": ahead(facts, ms(now())),
        "never": never,
        "reasons": reasons,
        "rows": rows,
    }


def _json_value(value: Any) -> Any:
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_json_value(v) for v in value]
    if value is None or (isinstance(value, float) and not np.isfinite(value)) or value is pd.NA:
        return None
    return value.item() if isinstance(value, np.generic) else value


def parse_at(text: str, zone: ZoneInfo) -> datetime:
    """An ISO instant, not in the future; without an offset it is in the city's time zone.  Raises QueryError.

    A future instant is refused because it would also reveal early what a wall shows only a day late.
    """
    try:
        moment = datetime.fromisoformat(text)
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise QueryError(
            f"at '{text[:40]}': write an instant such as 2026-11-23T15:40 or 2026-11-23T15:40+08:00 (in an address '+' is %2B)",
            f"at“{text[:40]}”：请写时刻如 2026-11-23T15:40 或 2026-11-23T15:40+08:00（地址中“+”写作 %2B）",
        ) from None
    if moment > now():
        raise QueryError(f"at '{text[:40]}': lies in the future; nothing has happened there yet", f"at“{text[:40]}”：尚未到来")
    if moment.year < EARLIEST_YEAR:
        raise QueryError(
            f"at '{text[:40]}': lies before {EARLIEST_YEAR}; no event is that old",
            f"at“{text[:40]}”：早于 {EARLIEST_YEAR} 年，没有这么早的案件",
        )
    return moment
