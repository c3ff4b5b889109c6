"""The tables that a mapping must deliver (docs/mapping.md), as SQLAlchemy tables.

The demo city is written with them; a foreign database delivers the same columns through the SELECTs of its mapping.
Times are naive UTC.  ``changed`` is when the row was last written, by the clock of the database's writer.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, Double, Index, Integer, LargeBinary, MetaData, String, Table
from sqlalchemy.dialects.mysql import DATETIME, LONGBLOB

METADATA = MetaData()
#: MySQL and MariaDB truncate a plain DATETIME to whole seconds, and a plain BLOB holds 64 kB: less than a city's outline.
AT = DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb")
WKB = LargeBinary().with_variant(LONGBLOB(), "mysql", "mariadb")

#: Actions of a transition.  ``enter`` opens a visit to ``stage``; the others concern the open visit.
ACTIONS = ("enter", "start", "complete", "return", "fail", "defer", "resume", "extend", "cancel", "merge", "escalate")
#: How a case ended; the position + 1 is its code in the facts (0 = open).
OUTCOMES = ("settled", "cancelled", "merged", "transferred")

GRID = Table(
    "grid",
    METADATA,
    Column("code", String(32), primary_key=True),
    Column("parent", String(32)),
    Column("level", String(32), nullable=False),  # a level code of the city's file
    Column("name", String(64), nullable=False),
    Column("name_en", String(64)),
    Column("geometry", WKB),  # degrees of the system that the mapping states (crs); NULL = no map
    Column("population", Integer),
    Column("households", Integer),
)
DEPARTMENT = Table(
    "department",
    METADATA,
    Column("code", String(32), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("parent", String(32)),
    Column("tier", String(32)),
    Column("grid", String(32)),
)
EVENT = Table(
    "event",
    METADATA,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("case_number", String(32)),
    Column("category", String(32)),
    Column("network", String(32)),
    Column("channel", String(32)),
    Column("severity", Integer),  # 1 (minor) .. 4 (critical)
    Column("grid", String(32)),  # the finest known cell
    Column("lon", Double),
    Column("lat", Double),
    Column("reported_at", AT, nullable=False),
    Column("due_at", AT),  # the limit in force; the platform moves it on resume / extend
    Column("closed_at", AT),
    Column("outcome", String(16)),
    Column("duplicate_of", BigInteger),
    Column("linked_to", BigInteger),
    Column("first_contact_at", AT),
    Column("verified", Integer),
    Column("resolved", Integer),
    Column("satisfaction", Integer),  # 1 .. 5
    Column("called_back_at", AT),
    Column("changed", AT, nullable=False),
    Index("event_changed", "changed"),
    Index("event_reported", "reported_at"),
)
TRANSITION = Table(
    "transition",
    METADATA,
    Column("key", BigInteger, primary_key=True, autoincrement=False),
    Column("event", BigInteger, nullable=False),
    Column("stage", String(32)),
    Column("action", String(16), nullable=False),
    Column("department", String(32)),
    Column("actor", String(32)),  # a staff code, never a name
    Column("at", AT, nullable=False),
    Column("due_at", AT),  # limit of this stage, if the platform sets one
    Column("seq", BigInteger),  # its place in the log's own order, where ``at`` does not determine it
    Column("changed", AT, nullable=False),
    Index("transition_changed", "changed"),
    Index("transition_event", "event"),
    Index("transition_at", "at"),
)
ASSET = Table(
    "asset",
    METADATA,
    Column("code", String(32), primary_key=True),
    Column("name", String(64)),
    Column("kind", String(32)),
    Column("system", String(32)),
    Column("grid", String(32)),
    Column("lon", Double),
    Column("lat", Double),
    Column("status", String(16)),
    Column("heard_at", AT),
    Column("changed", AT, nullable=False),
    Index("asset_changed", "changed"),
)
POSITION = Table(
    "position",
    METADATA,
    Column("worker", String(32), primary_key=True),
    Column("at", AT, primary_key=True),
    Column("lon", Double),
    Column("lat", Double),
    Column("on_duty", Integer),
)
DUTY = Table(
    "duty",
    METADATA,
    Column("post", String(64), primary_key=True),
    Column("department", String(32)),
    Column("from_at", AT, primary_key=True),
    Column("to_at", AT),
    Column("state", String(16)),
)
SIGN = Table(
    "sign",
    METADATA,
    Column("series", String(48), primary_key=True),
    Column("subject", String(48), primary_key=True),
    Column("at", AT, primary_key=True),
    Column("value", Double),
    Index("sign_at", "at"),
)
