"""The tables of our own store: screen keys, accounts and their sessions, the audit, acknowledgements, alarms, views, limits."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, MetaData, String, Table

#: Maximum length of a screen's name.
LONGEST_NAME = 64
#: Maximum length of an acknowledgement's note.
LONGEST_NOTE = 200
#: Maximum length of the address of a saved view.
LONGEST_VIEW = 1000
STATE = MetaData()
#: Screen keys (``data.access.screen_keys``); instants here and below are ms.
KEY = Table(
    "screen_key",
    STATE,
    Column("name", String(LONGEST_NAME), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
)
#: Replaced keys: valid until ``ends_at``, so that each screen can be given its new one in time.
FORMER_KEY = Table(
    "former_screen_key",
    STATE,
    Column("digest", String(64), primary_key=True),
    Column("name", String(LONGEST_NAME), nullable=False, index=True),
    Column("ends_at", BigInteger, nullable=False),
)
#: Desk accounts (``data.access.accounts``).
ACCOUNT = Table(
    "account",
    STATE,
    Column("name", String(64), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("area", String(32), nullable=False),
    Column("sensitive", Integer, nullable=False),
    Column("digest", String(200)),  # NULL: it logs in through the provider only
    Column("provider", String(400), nullable=False),  # issuer|subject of a provider's account, else ""
    Column("created_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("disabled_at", BigInteger),
)
#: Login delays, by name and origin.
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
#: Login sessions (``data.access.sessions``).
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
    Column("case_rows", BigInteger),  # single cases read by the action; NULL in rows older than this column
)
#: Folded lines; ``id`` identifies all that a line says except its counts, and the process that writes it.
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
#: Who acknowledged an alarm or a case (``data.access.acknowledgements``).
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
#: The life of each alarm that was on a screen (``data.alarms.lives``); ``began_at`` with ``subject`` identifies it.
ALARM = Table(
    "alarm",
    STATE,
    Column("id", Integer, primary_key=True),
    Column("subject", String(120), nullable=False, index=True),
    Column("scope", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("code", String(64), nullable=False),
    Column("owner", String(64), nullable=False),
    Column("area", String(64), nullable=False),
    Column("act", Integer, nullable=False),
    Column("began_at", BigInteger, nullable=False),
    Column("raised_at", BigInteger),
    Column("seen_at", BigInteger, nullable=False),
    Column("cleared_at", BigInteger),
    Column("ended_at", BigInteger, index=True),
    Column("returns", Integer, nullable=False),
    Column("handled_at", BigInteger),
    Column("handled_by", String(32), nullable=False),
    Column("shelved_until", BigInteger),
    Column("shelved_by", String(32), nullable=False),
    Column("shelve_reason", String(LONGEST_NOTE), nullable=False),
    Column("trail", String(2000), nullable=False),  # "instant:value;...": the last hour, a value a minute
)
#: Views of the workbench saved under a name (``data.access.saved_views``).
SAVED_VIEW = Table(
    "saved_view",
    STATE,
    Column("id", String(16), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("words", String(LONGEST_VIEW), nullable=False),
    Column("area", String(64), nullable=False),
    Column("user", String(64), nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
)
#: Limits of single cases per role and hour where the administrator set one (``data.access.case_limits``).
CASE_LIMIT = Table(
    "case_limit",
    STATE,
    Column("role", String(16), primary_key=True),
    Column("rows_per_hour", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)
#: One row that is rewritten regularly, so that a full disk or a lock is detected (``data.access.store_watch``).
BEAT = Table(
    "beat", STATE, Column("id", Integer, primary_key=True, autoincrement=False), Column("at", BigInteger, nullable=False)
)
