"""Views of the workbench saved under a name, shared by all who may analyse; kept in the state store.

A view is the words of an address (``data.drill.filters``) and nothing else: whoever opens it sees what their own account may see.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from data.access.acknowledgements import checked_note
from data.access.schema import LONGEST_VIEW, SAVED_VIEW
from data.access.store import State
from data.clock.instants import ms
from data.errors import AccessError, QueryError

#: Characters of a view's name; views that one account may have.
LONGEST, MOST = 60, 50


@dataclass(frozen=True)
class SavedView:
    """``words``: the query string of its address; ``area``: the grid code among them, "" = the area of whoever opens it;
    ``user``: the account that saved it, which alone may change or remove it."""

    id: str
    name: str
    words: str
    area: str
    user: str
    at_ms: int


class SavedViews:
    """The saved views.  Opening creates the table; raises StateError."""

    def __init__(self, state: State) -> None:
        self._store = state.transaction
        state.make(SAVED_VIEW)

    def all(self) -> list[SavedView]:
        """By name."""
        t = SAVED_VIEW.c
        with self._store() as connection:
            rows = connection.execute(select(t.id, t.name, t.words, t.area, t.user, t.at).order_by(t.name, t.at)).all()
        return [SavedView(*row) for row in rows]

    def of(self, id: str) -> SavedView | None:
        return next((v for v in self.all() if v.id == id), None)

    def save(self, name: str, words: str, area: str, user: str, now: datetime) -> SavedView:
        """Save a view; one of the same account and name is replaced and keeps its address.

        Raises QueryError for a name that is empty, too long or holds a person's number, for an address that is too long, and
        for one view too many.
        """
        line = checked_note(name)
        if not line or len(line) > LONGEST:
            raise QueryError(f"give the view a name of 1 to {LONGEST} characters", f"请为视图取名，1 至 {LONGEST} 字")
        if len(words) > LONGEST_VIEW:
            raise QueryError("the view has too many filters to be saved", "筛选过多，无法保存")
        own = [v for v in self.all() if v.user == user]
        same = next((v for v in own if v.name == line), None)
        if same is None and len(own) >= MOST:
            raise QueryError(f"you have {MOST} views; remove one first", f"您已有 {MOST} 个视图，请先删去一个")
        kept = SavedView(same.id if same else secrets.token_hex(4), line, words, area, user, ms(now))
        values = {"words": kept.words, "area": kept.area, "at": kept.at_ms}
        with self._store() as connection:
            if same is not None:
                connection.execute(update(SAVED_VIEW).where(SAVED_VIEW.c.id == same.id).values(values))
            else:
                connection.execute(insert(SAVED_VIEW).values(id=kept.id, name=kept.name, user=user, **values))
        return kept

    def remove(self, id: str, user: str) -> SavedView:
        """Remove a view of one's own.  Raises QueryError if there is none, AccessError for another's."""
        found = self.of(id)
        if found is None:
            raise QueryError("there is no such view; it may have been removed", "没有此视图，可能已删除")
        if found.user != user:
            raise AccessError(f"the view is that of {found.user}", f"此视图由 {found.user} 保存，只能由其删除")
        with self._store() as connection:
            connection.execute(delete(SAVED_VIEW).where(SAVED_VIEW.c.id == id))
        return found
