"""All reads of single cases pass one gate: the reader is known, each row is counted, and a limit holds.

A statement that selects a case's id or number *names* cases.  ``Facts`` with a ``Guard`` answer such a statement only while a
``Reading`` is open in the caller's context; the server opens one for every request (``callbacks.auth.case_gate``).  So a route
or callback added later cannot read cases past the gate.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar, Token
from typing import TypeVar

from sqlalchemy.sql.elements import TextClause
from sqlalchemy.sql.visitors import iterate

from data.access.viewer import Viewer
from data.errors import AccessError
from data.facts.rows import Rows
from data.types.records import Values
from data.types.sql import AnySelect, AnyStatement

#: Columns of an answer that name a case.
NAMES = frozenset({"eid", "case_number", "linked_eid"})
_OPTION, _COMPUTED, _PICKED = "single_cases", "computed", "picked"
S = TypeVar("S", bound=AnySelect)


def computed(statement: S) -> S:
    """Mark a statement whose ids only feed a computation: just their number is disclosed."""
    return statement.execution_options(**{_OPTION: _COMPUTED})


def picked(statement: S) -> S:
    """Mark a statement of whose cases only some are handed out; the caller reports which (``hand_out``)."""
    return statement.execution_options(**{_OPTION: _PICKED})


def names_cases(statement: AnyStatement) -> bool:
    """Whether its answer names single cases that may be handed out."""
    if isinstance(statement, TextClause):
        return any(name in statement.text for name in NAMES)
    if statement.get_execution_options().get(_OPTION) == _COMPUTED:
        return False
    # also under an alias, in an expression, and through a subquery
    return any(
        getattr(part, "name", "") in NAMES
        for column in statement.selected_columns
        for part in (*iterate(column), *column.base_columns)
    )


class Reading:
    """The single cases that one request reads.

    ``take`` receives the numbers of each answer before the caller gets it, and may refuse it.  ``viewer`` is set once the viewer
    is known, ``subject`` where the path says too little about what is read, ``refused`` where a permission was missing.
    """

    def __init__(self, take: Callable[[Reading, Sequence[str]], None]) -> None:
        self._take = take
        self._owed: list[str] = []
        self.viewer: Viewer | None = None
        self.subject = self.refused = ""
        self.rows = 0  # rows not yet in the audit log
        self.told = False  # whoever refused has already written the refusal down

    def saw(self, numbers: Sequence[str]) -> None:
        """Count these cases as handed out.  Raises what ``take`` raises."""
        if len(numbers):
            self._take(self, numbers)
            self.rows += len(numbers)

    def owes(self, numbers: Sequence[str]) -> None:
        """Note these cases as read; some of them will be handed out."""
        self._owed += numbers

    def hand_out(self, numbers: Sequence[str]) -> None:
        self._owed = []
        self.saw(numbers)

    def settled(self) -> int:
        """Rows not yet in the audit log, for the caller to write down."""
        owed, self._owed = self._owed, []
        self.saw(owed)  # nobody reported which were picked: count all of them
        rows, self.rows = self.rows, 0
        return rows


class _Walls(Reading):
    """Reads of the walls' own metrics: the cases they name are the same for everybody, and bounded by the metric."""

    def __init__(self) -> None:
        super().__init__(lambda reading, numbers: None)


_READING: ContextVar[Reading | None] = ContextVar("gridwall_reading", default=None)


def begin(reading: Reading) -> Token[Reading | None]:
    return _READING.set(reading)


def end(token: Token[Reading | None]) -> None:
    _READING.reset(token)


def current() -> Reading | None:
    """The Reading of the current request; None outside a request."""
    return _READING.get()


@contextlib.contextmanager
def for_walls() -> Iterator[None]:
    """Context of the tick, which reads for all walls at once."""
    token = begin(_Walls())
    try:
        yield
    finally:
        end(token)


def entered(viewer: Viewer | None) -> None:
    """Bind the viewer, now known, to the current Reading."""
    reading = _READING.get()
    if reading is not None:
        reading.viewer = viewer


def read_as(subject: str) -> None:
    """Name what is read here, as the audit log should show it."""
    reading = _READING.get()
    if reading is not None:
        reading.subject = subject


def refused(what: str) -> None:
    """Note a refusal (missing permission, area out of reach, limit reached); the first one noted is the one logged."""
    reading = _READING.get()
    if reading is not None:
        reading.refused = reading.refused or what


def told() -> None:
    """Note that the refusal has been logged by whoever refused."""
    reading = _READING.get()
    if reading is not None:
        reading.told = True


def hand_out(numbers: Sequence[str]) -> None:
    """Count these cases, from a ``picked`` answer or a kept frame, as handed out."""
    reading = _READING.get()
    if reading is not None:
        reading.hand_out(numbers)


class Guard:
    """Checks and counts the single cases that pass from the facts to a reader."""

    def before(self, statements: Values) -> tuple[str, ...]:
        """Names of the statements that name cases.  Raises AccessError where no reader is known."""
        reading = _READING.get()
        if isinstance(reading, _Walls):
            return ()
        names = tuple(name for name, statement in statements.items() if names_cases(statement))
        if names and reading is None:
            raise AccessError("single cases are read through the gate alone", "单个案件只能经统一入口读取")
        return names

    def after(self, names: Iterable[str], statements: Values, answers: Mapping[str, Rows]) -> None:
        """Count the cases named in the answers.  Raises what the Reading's ``take`` raises."""
        reading = _READING.get()
        for name in names:
            assert reading is not None
            option = statements[name].get_execution_options().get(_OPTION)
            (reading.owes if option == _PICKED else reading.saw)(numbers_of(answers[name]))


def numbers_of(rows: Values) -> list[str]:
    """What to call each row's case: its number, or its id where it has none."""
    ids = rows.get("eid", rows.get("linked_eid"))
    numbers = rows.get("case_number")
    if numbers is None:
        return [str(i) for i in ids.tolist()] if ids is not None else []
    if ids is None:
        return [str(n) for n in numbers.tolist()]
    return [str(n or i) for n, i in zip(numbers.tolist(), ids.tolist(), strict=True)]
