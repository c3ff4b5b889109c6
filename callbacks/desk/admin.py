"""The desk's own pages: accounts and screens for the administrator, the audit for the auditor.

A change is made, then written to the audit, then answered; if the audit write fails, the answer says so.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from dash import html

from callbacks.auth.record import Recorder
from callbacks.desk.router import DeskPage, DeskRoute, File
from callbacks.http.access import address
from data.access.accounts import Accounts, named
from data.access.audit import Audit, Filter
from data.access.case_limits import CaseLimits, parse_rows
from data.access.screen_keys import add_key, overlap_of, revoke_key, rotate_key, screens
from data.access.store import State
from data.access.viewer import Viewer
from data.city.city import City
from data.clock.instants import ms
from data.errors import AccessError, NotRecordedError, QueryError
from data.text import Lang, Text, lang_in
from data.types.records import Record, Values
from layouts.desk.accounts import KEY_REVOKED, ONCE, OVERLAP, accounts_html, screens_html
from layouts.desk.audit import audit_csv, audit_html
from layouts.desk.desk import desk_frame
from layouts.html.below import url_of

#: Rows per page of the audit, and maximum rows of an exported file.
PAGE, MOST = 100, 100_000
#: Seconds to wait for an audit line.
WAIT_S = 15
CHANGED = Text(zh="已更改", en="changed")
Words = Values
TITLES = {
    "/accounts": Text(zh="账号", en="Accounts"),
    "/screens": Text(zh="屏幕", en="Screens"),
    "/audit": Text(zh="审计", en="Audit"),
}


class Admin:
    """Pages and routes; ``city`` returns the current city, ``now`` is the clock."""

    def __init__(
        self,
        state: State,
        accounts: Accounts,
        audit: Audit,
        recorder: Recorder,
        limits: CaseLimits,
        city: Callable[[], City],
        now: Callable[[], datetime],
        public: str = "",
    ) -> None:
        self._state, self._accounts, self._audit, self._recorder = state, accounts, audit, recorder
        self._limits = limits
        self._city, self._now, self._public = city, now, public.rstrip("/")

    def pages(self) -> tuple[DeskPage, ...]:
        return tuple(DeskPage(path, path[1:], title, self._layout(path, title)) for path, title in TITLES.items())

    def routes(self) -> tuple[DeskRoute, ...]:
        accounts = {
            "add": self._add,
            "disable": self._disable,
            "enable": self._enable,
            "unlock": self._unlock,
            "password": self._password,
            "role": self._role,
            "limit": self._limit,
        }
        return (
            DeskRoute("/desk/accounts", "accounts", lambda viewer, words: self._listed(words)),
            *(DeskRoute(f"/desk/accounts/{name}", "accounts", answer, "POST") for name, answer in accounts.items()),
            DeskRoute("/desk/screens", "screens", lambda viewer, words: self._screens(words)),
            DeskRoute("/desk/screens/add", "screens", self._add_key, "POST"),
            DeskRoute("/desk/screens/rotate", "screens", self._rotate_key, "POST"),
            DeskRoute("/desk/screens/revoke", "screens", self._revoke_key, "POST"),
            DeskRoute("/desk/audit", "audit", lambda viewer, words: self._rows(words)),
            DeskRoute("/desk/audit/verify", "audit", lambda viewer, words: self._verify(words)),
            DeskRoute("/desk/audit/export", "audit", lambda viewer, words: self._export(words), audit="export"),
        )

    def _layout(self, path: str, title: Text) -> Callable[[Viewer, Mapping[str, str], Lang], Any]:
        def layout(viewer: Viewer, words: Mapping[str, str], lang: Lang) -> Any:
            fetched: Record = {"data-desk-load": url_of(f"/desk{path}")}
            body = [
                html.H1(title(lang), className="desk-h1"),
                html.Div(id="desk-says", role="status", className="desk-says"),
                html.Div(id="desk-place", **fetched),
            ]
            return desk_frame(viewer, self._city(), lang, path, body, words=words)

        return layout

    # ------------------------------------------------------------------ accounts
    def _listed(self, words: Words, said: str = "") -> Record:
        found, limits = self._accounts.all(), self._limits.all()
        return {"html": accounts_html(found, limits, self._city(), lang_in(words), ms(self._now()), said)}

    def _add(self, viewer: Viewer, words: Words) -> Record:
        name, role, area = named(_word(words, "name")), _word(words, "role"), self._area(words)
        self._accounts.add(name, role, _word(words, "password"), self._now(), area, bool(words.get("sensitive")))
        more = " sensitive" if words.get("sensitive") else ""
        return self._changed(viewer, words, f"user add {name} {role} {area or 'city'}{more}")

    def _disable(self, viewer: Viewer, words: Words) -> Record:
        self._accounts.disable(_other(viewer, words), self._now())
        return self._changed(viewer, words, f"user disable {named(_word(words, 'name'))}")

    def _enable(self, viewer: Viewer, words: Words) -> Record:
        self._accounts.enable(_word(words, "name"), self._now())
        return self._changed(viewer, words, f"user enable {named(_word(words, 'name'))}")

    def _unlock(self, viewer: Viewer, words: Words) -> Record:
        self._accounts.unlock(_word(words, "name"))
        return self._changed(viewer, words, f"user unlock {named(_word(words, 'name'))}")

    def _password(self, viewer: Viewer, words: Words) -> Record:
        self._accounts.set_password(_word(words, "name"), _word(words, "password"), self._now())
        return self._changed(viewer, words, f"user password {named(_word(words, 'name'))}")

    def _role(self, viewer: Viewer, words: Words) -> Record:
        name, role, area = _other(viewer, words), _word(words, "role"), self._area(words)
        sensitive = bool(words.get("sensitive"))
        self._accounts.set_role(name, role, self._now(), area, sensitive)
        return self._changed(viewer, words, f"user role {name} {role} {area or 'city'}{' sensitive' if sensitive else ''}")

    def _limit(self, viewer: Viewer, words: Words) -> Record:
        role, rows = _word(words, "role"), parse_rows(_word(words, "rows"))
        self._limits.set(role, rows, self._now())
        return self._changed(viewer, words, f"limit {role} {rows} cases an hour")

    def _changed(self, viewer: Viewer, words: Words, subject: str) -> Record:
        self._note(viewer, subject)
        return self._listed(words, CHANGED(lang_in(words)))

    def _area(self, words: Words) -> str:
        """The area requested, "" = the city.  Raises QueryError for one that is no grid cell."""
        level, at = self._city().scope_of(_word(words, "area"))
        return "" if level == 0 else self._city().grid.code[at]

    # ------------------------------------------------------------------ screens
    def _screens(self, words: Words, said: str = "") -> Record:
        return {"html": screens_html(screens(self._state, self._now()), self._city(), lang_in(words), said)}

    def _add_key(self, viewer: Viewer, words: Words) -> Record:
        name = words.get("name")
        key = add_key(self._state, name if isinstance(name, str) else "", self._now())
        self._note(viewer, f"key add {name}")
        return self._screens(words, f"{ONCE(lang_in(words))}{self._public}/wall?key={key}")

    def _rotate_key(self, viewer: Viewer, words: Words) -> Record:
        name, overlap = _word(words, "name"), _word(words, "overlap") or OVERLAP
        key = rotate_key(self._state, name, self._now(), overlap_of(overlap))
        self._note(viewer, f"key rotate {name} {overlap}")
        return self._screens(words, f"{ONCE(lang_in(words))}{self._public}/wall?key={key}")

    def _revoke_key(self, viewer: Viewer, words: Words) -> Record:
        name = _word(words, "name")
        revoke_key(self._state, name, self._now())
        self._note(viewer, f"key revoke {name}")
        return self._screens(words, KEY_REVOKED(lang_in(words)))

    # ------------------------------------------------------------------ the audit
    def _rows(self, words: Words) -> Record:
        self._close()
        before = _word(words, "before")
        if before and not (before.isascii() and before.isdigit() and len(before) <= 18):
            raise QueryError(f"before '{before[:20]}': write the number of a row", f"before“{before[:20]}”：请写行号")
        entries = self._audit.rows(self._filter(words), PAGE, int(before or 0))
        return {"html": audit_html(entries, words, lang_in(words), self._city().profile.zone, PAGE)}

    def _close(self) -> None:
        """Close open audit lines before the audit is read; if that fails, show the lines already closed."""
        with contextlib.suppress(Exception):
            self._recorder.close_folded().result(WAIT_S)

    def _verify(self, words: Words) -> Record:
        count, head = self._audit.verify()
        return {
            "said": f"{count:,} rows, none missing or altered; newest digest {head}",
            "said_zh": f"共 {count:,} 行，无缺失、无改动；最新摘要 {head}",
        }

    def _export(self, words: Words) -> File:
        zone = self._city().profile.zone
        self._close()
        return File(
            f"audit-{self._now().astimezone(zone):%Y%m%d-%H%M}.csv",
            "text/csv; charset=utf-8",
            audit_csv(self._audit.rows(self._filter(words), MOST), zone),
        )

    def _filter(self, words: Words) -> Filter:
        return Filter(
            _word(words, "who"),
            _word(words, "what"),
            _word(words, "result"),
            self._day(words, "since"),
            self._day(words, "until", 1),
        )

    def _day(self, words: Words, name: str, after: int = 0) -> int:
        """The start of a day in the city's time zone (plus ``after`` days), ms; 0 if none is requested."""
        text = _word(words, name)
        if not text:
            return 0
        try:
            day = datetime.fromisoformat(text[:10]) + timedelta(days=after)
            return ms(day.replace(tzinfo=self._city().profile.zone))
        except (ValueError, OverflowError):
            raise QueryError(
                f"{name} '{text[:20]}': write a day such as 2026-11-01", f"日期“{text[:20]}”请写作 2026-11-01"
            ) from None

    def _note(self, viewer: Viewer, subject: str) -> None:
        try:
            self._recorder.put(viewer.user, "setting changed", subject, "ok", viewer.role, address()).result(WAIT_S)
        except Exception:
            raise NotRecordedError(
                "it was done, but the audit could not be written; the log has the line", "已更改，但审计未能写入；该行见日志"
            ) from None


def _other(viewer: Viewer, words: Words) -> str:
    """The account to change; never one's own: nobody extends their own rights or locks themselves out."""
    name = named(_word(words, "name"))
    if name == viewer.user:
        raise AccessError("not your own account; ask another administrator", "不能更改自己的角色或停用自己，请另一管理员办理")
    return name


def _word(words: Words, name: str) -> str:
    return str(words.get(name) or "")[:400]
