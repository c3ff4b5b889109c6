"""The tables of our own store: keys of screens, accounts and their sessions, the audit, acknowledgements, limits."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, MetaData, String, Table

#: Characters of a screen's name at the most.
LONGEST_NAME = 64
#: Characters of an acknowledgement's note at the most.
LONGEST_NOTE = 200
STATE = MetaData()
#: Keys of screens (``data.access.screen_keys``); instants here and below are ms.
KEY = Table(
    "screen_key",
    STATE,
    Column("name", String(LONGEST_NAME), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
)
#: Keys that were replaced: they open until ``ends_at``, so that each screen can be given its new one in peace.
FORMER_KEY = Table(
    "former_screen_key",
    STATE,
    Column("digest", String(64), primary_key=True),
    Column("name", String(LONGEST_NAME), nullable=False, index=True),
    Column("ends_at", BigInteger, nullable=False),
)
#: The desk's accounts (``data.access.accounts``).
ACCOUNT = Table(
    "account",
    STATE,
    Column("name", String(64), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("area", String(32), nullable=False),
    Column("sensitive", Integer, nullable=False),
    Column("digest", String(200)),  # none: it logs in through the provider alone
    Column("provider", String(400), nullable=False),  # issuer|subject of an account that the provider names, else ""
    Column("created_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("disabled_at", BigInteger),
)
#: Who must wait before the next login, by name and origin.
LOGIN_DELAY = Table(
    "login_delay",
    STATE,
    Column("name", String(64), primary_key=True),
    Column("origin", String(64), primary_key=True),  # a network, or a known device
    Column("failures", Integer, nullable=False),
    Column("last_at", BigInteger, nullable=False, index=True),
    Column("until", BigInteger, nullable=False),
)
#: Random secrets of the store, by name (``data.access.store.State.secret``).
SECRET = Table("secret", STATE, Column("name", String(32), primary_key=True), Column("value", String(64), nullable=False))
#: Who is logged in (``data.access.sessions``).
SESSION = Table(
    "session",
    STATE,
    Column("digest", String(64), primary_key=True),
    Column("name", String(64), nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
    Column("used_at", BigInteger, nullable=False),
)
#: Who did what, when, with what result (``data.access.audit``).
AUDIT = Table(
    "audit",
    STATE,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False, index=True),
    Column("who", String(64), nullable=False),
    Column("role", String(16), nullable=False),
    Column("what", String(64), nullable=False),
    Column("subject", String(256), nullable=False),
    Column("result", String(16), nullable=False),
    Column("address", String(128), nullable=False),
    Column("before", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("case_rows", BigInteger),  # single cases that were read with it; none of the lines before it came has any
)
#: What is being added up; ``id`` is of all that a line says but its numbers, and of the process that writes it.
AUDIT_OPEN = Table(
    "audit_open",
    STATE,
    Column("id", String(64), primary_key=True),
    Column("since", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("who", String(64), nullable=False),
    Column("role", String(16), nullable=False),
    Column("what", String(64), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("result", String(16), nullable=False),
    Column("address", String(128), nullable=False),
    Column("times", BigInteger, nullable=False),
    Column("case_rows", BigInteger),
    Column("closing", BigInteger, nullable=False),
)
#: Who took note of an alarm or a case (``data.access.acknowledgements``).
ACKNOWLEDGEMENT = Table(
    "acknowledgement",
    STATE,
    Column("id", Integer, primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("subject", String(120), nullable=False),  # an exception's identity (data.metrics.wall.exceptions) or a case's eid
    Column("note", String(LONGEST_NOTE), nullable=False),
    Column("user", String(64), nullable=False),
    Column("role", String(32), nullable=False),
    Column("area", String(64), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("until", BigInteger),
    Column("ended_at", BigInteger),
)
#: Single cases that a role may read within an hour, where the administrator set another number (``data.access.case_limits``).
CASE_LIMIT = Table(
    "case_limit",
    STATE,
    Column("role", String(16), primary_key=True),
    Column("rows_per_hour", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)
#: One row that is written again and again, so that a full disk and a lock are noticed (``data.access.store_watch``).
BEAT = Table(
    "beat", STATE, Column("id", Integer, primary_key=True, autoincrement=False), Column("at", BigInteger, nullable=False)
)
