"""The facts: one row per event (``event``) and one per visit to a stage (``visit``); everything counted is an integer.

``event`` and ``visit`` are views over a small hot table (open, or something happened to it in the last 35 days) and an
append-only cold one; statements name only the views.  Instants are milliseconds since 1970 UTC (``*_at``, NULL = has
not happened); ``w_*`` are the cumulative work *seconds* of the city's business clock at that instant, so that a duration
in work time, also of an open case, is a subtraction.  Codes are positions in the city's lists (``data.city.city.City``);
-1 = unknown.  ``l1`` .. ``l4`` are positions in the grid table, of the cell at each level below the city (-1 = not located).
"""

from __future__ import annotations

import hashlib

from sqlalchemy import BigInteger, Column, Double, Integer, LargeBinary, MetaData, SmallInteger, String, Table

from data.types.sql import TableColumn

FACTS = MetaData()
#: Raise it when the *meaning* of a column changes; the columns' names and types are already in the fingerprint.
SCHEMA_VERSION = "7"

#: How long an event stays in the hot table after it was reported, registered or closed, or entered or left a stage.
HOT_DAYS = 35


def _event_columns() -> list[TableColumn]:
    instants = (
        "reported_at",
        "due_at",
        "closed_at",
        "first_at",
        "last_at",
        "stage_since",
        "accepted_at",
        "verified_at",
        "registered_at",
        "dispatched_at",
        "handled_at",
        "completed_at",
        "inspected_at",
        "first_contact_at",
        "called_back_at",
        "paused_at",
        "resumed_at",
        "due_before_at",
    )
    clocks = ("w_reported", "w_registered", "w_dispatched", "w_handled", "w_completed", "w_closed", "w_due")
    return [
        Column("eid", BigInteger, nullable=False),  # the source's id (a digest of it if it is no integer)
        Column("case_number", String),
        *[Column(n, SmallInteger, nullable=False) for n in ("category", "network", "channel", "severity", "department")],
        *[Column(n, Integer, nullable=False) for n in ("l1", "l2", "l3", "l4")],
        Column("sensitive", SmallInteger, nullable=False),  # 1 = of a sensitive category: never selected for a wall
        *[Column(n, BigInteger) for n in instants],
        *[Column(n, BigInteger) for n in clocks],
        Column("outcome", SmallInteger, nullable=False),  # 0 open, else 1 + position in contract.OUTCOMES
        Column("is_open", SmallInteger, nullable=False),  # reported, not settled, cancelled, merged or transferred
        Column("is_hung", SmallInteger, nullable=False),  # deferred (缓办) now: the clock stands, never overdue
        Column("stage", SmallInteger, nullable=False),  # the stage it is in now (the last one, once closed)
        Column("reached", BigInteger, nullable=False),  # bit k set = it has entered stage k
        Column("pause_handle_s", BigInteger, nullable=False),  # work seconds deferred between dispatch and handling
        Column("pause_complete_s", BigInteger, nullable=False),  # ... between dispatch and completion
        # The latest deferral began at paused_at and ended at resumed_at (NULL = still running).  An instant before it must not
        # know its share of the two above, nor the limit it moved (due_before_at: without it).
        Column("last_pause_handle_s", BigInteger, nullable=False),
        Column("last_pause_complete_s", BigInteger, nullable=False),
        Column("reworks", SmallInteger, nullable=False),  # failed inspections
        Column("returns", SmallInteger, nullable=False),  # dispatches sent back
        Column("extended", SmallInteger, nullable=False),
        Column("duplicate", SmallInteger, nullable=False),
        Column("linked", SmallInteger, nullable=False),
        Column("linked_eid", BigInteger),  # the earlier event of the same matter; NULL = none
        Column("verified", SmallInteger),  # 1 = confirmed as true (核实属实), 0 = not, NULL = not stated
        Column("resolved", SmallInteger),  # 1 = the caller calls it solved, 0 = not, NULL = not stated
        Column("satisfaction", SmallInteger),
        Column("transitions", Integer, nullable=False),  # number of log rows it is derived from
        Column("stamp", BigInteger, nullable=False),  # newest ``changed`` (ms) of its rows
    ]


def _visit_columns() -> list[TableColumn]:
    return [
        Column("eid", BigInteger, nullable=False),
        Column("seq", SmallInteger, nullable=False),  # 0, 1, 2 ... within the event
        Column("stage", SmallInteger, nullable=False),
        Column("department", SmallInteger, nullable=False),  # the last to hold it
        Column("first_department", SmallInteger, nullable=False),  # ... and the first, where it changed within the visit
        Column("l1", Integer, nullable=False),
        Column("l2", Integer, nullable=False),
        Column("sensitive", SmallInteger, nullable=False),
        Column("entered_at", BigInteger, nullable=False),
        Column("left_at", BigInteger),  # NULL = still there
        Column("w_entered", BigInteger, nullable=False),
        Column("w_left", BigInteger),
        Column("due_at", BigInteger),  # the stage's own limit, from the log or the city's file
        Column("exit", SmallInteger, nullable=False),  # 0 still there, 1 to another stage, 2 settled, 3 cancelled,
        # 4 merged, 5 transferred (2..5: it left the system here)
        Column("rework", SmallInteger, nullable=False),  # 1 = a repeat visit of this stage
        Column("next_stage", SmallInteger, nullable=False),  # the stage entered after it; -1 = none (yet)
        Column("entries", SmallInteger, nullable=False),  # log rows with ``enter`` within this visit
        Column("again_at", BigInteger),  # the last of them, if several
        Column("returns", SmallInteger, nullable=False),  # for a dispatch: how many of its entries were sent back
    ]


EVENT = Table("event", FACTS, *_event_columns())
VISIT = Table("visit", FACTS, *_visit_columns())
EVENT_HOT = Table("event_hot", FACTS, *_event_columns())
EVENT_COLD = Table("event_cold", FACTS, *_event_columns())
VISIT_HOT = Table("visit_hot", FACTS, *_visit_columns())
VISIT_COLD = Table("visit_cold", FACTS, *_visit_columns())

#: Rows that could not be used, kept with the reason until their source row is repaired.
FAULT = Table(
    "fault",
    FACTS,
    Column("source_table", String, nullable=False),
    Column("row_key", String, nullable=False),
    Column("reason", String, nullable=False),  # a code: unknown_stage, bad_time, orphan, closes_before_report, ...
    Column("detail", String, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
)
#: What has been read of the source, for reconciling by day: a row per log row, and one with ``tkey`` -1 per event (day of
#: ``reported_at``).  ``day`` -1 = no usable time; ``tkey`` -2 = a log row without a key.
LEDGER = Table(
    "ledger",
    FACTS,
    Column("tkey", BigInteger, nullable=False),
    Column("eid", BigInteger, nullable=False),
    Column("day", Integer, nullable=False),  # UTC day of ``at`` since 1970; -1 = none
    Column("stamp", BigInteger, nullable=False),  # ``changed``, ms
)
GRID = Table(
    "grid",
    FACTS,
    Column("idx", Integer, nullable=False),
    Column("code", String, nullable=False),
    Column("parent", Integer, nullable=False),  # idx, -1 = the city
    Column("level", SmallInteger, nullable=False),  # 1 = below the city
    Column("name", String, nullable=False),
    Column("name_en", String),
    Column("population", Integer),
    Column("households", Integer),
    Column("geometry", LargeBinary),
)
#: Devices, by kind and system; ``heard_at`` their last sign of life.
ASSET = Table(
    "asset",
    FACTS,
    Column("kind", String, nullable=False),
    Column("system", String, nullable=False),
    *[Column(n, Integer, nullable=False) for n in ("l1", "l2", "l3", "l4")],
    Column("online", SmallInteger, nullable=False),  # 1 = the source says so
    Column("heard_at", BigInteger),
)
#: Vital signs of feeds other than cases, for the whole city.
SIGN = Table(
    "sign",
    FACTS,
    Column("series", String, nullable=False),
    Column("told_at", BigInteger, nullable=False),
    Column("value", Double, nullable=False),
)
#: Expected reports of each town and category on a few days (``data.warning``), rewritten by each fit.
BASELINE = Table(
    "baseline",
    FACTS,
    Column("area", Integer, nullable=False),  # l1; -1 = not located
    Column("category", SmallInteger, nullable=False),  # never a sensitive one
    Column("day", Integer, nullable=False),  # ordinal of the local date
    Column("kind", SmallInteger, nullable=False),  # position in data.warning.days.KINDS
    Column("method", SmallInteger, nullable=False),  # position in data.warning.baseline.METHODS
    Column("mu", Double, nullable=False),  # reports of the whole day
    Column("alpha", Double, nullable=False),  # variance = mu + alpha mu^2
    Column("sd", Double),  # of EARS' seven days; NULL where the model is used
)
#: How a day's reports arrive, by category.  ``kind`` 0 = working day, 1 = other day: ``share`` reported before ``hour`` 1 .. 24
#: o'clock; ``kind`` 2: ``share`` present in the facts ``hour`` 0 .. 24 hours after the end of the hour of the report.
HOUR_SHARE = Table(
    "hour_share",
    FACTS,
    Column("category", SmallInteger, nullable=False),
    Column("kind", SmallInteger, nullable=False),
    Column("hour", SmallInteger, nullable=False),
    Column("share", Double, nullable=False),
)
#: Verdicts on departments as of the day's evaluation (``data.alarms.verdicts``), rewritten each time.
VERDICT = Table(
    "verdict",
    FACTS,
    Column("kind", SmallInteger, nullable=False),  # data.query.verdict_rows: first, complete, score
    Column("area", Integer, nullable=False),  # l1; -1 = the city
    Column("department", SmallInteger, nullable=False),
    Column("day", Integer, nullable=False),  # ordinal of the local date
    Column("call", SmallInteger, nullable=False),  # -1 faster (late less), 0 no clear difference, 1 slower (late more)
    Column("p", Double),  # NULL = not tested on that day
)
#: key/value, read first in every transaction: watermarks, fingerprints, schema version, as-of, counts of faults.
META = Table("meta", FACTS, Column("key", String, nullable=False), Column("value", String, nullable=False))


def schema_fingerprint() -> str:
    """Fingerprint of all tables and columns of the facts and the version of their meaning."""
    words = [SCHEMA_VERSION] + [f"{t.name}.{c.name}:{c.type!r}" for t in FACTS.sorted_tables for c in t.columns]
    return hashlib.sha256("\n".join(sorted(words)).encode()).hexdigest()[:16]
