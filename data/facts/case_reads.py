"""Single cases are read through one gate: whoever reads some is known, each row is counted, and a limit holds.

A statement that selects a case's id or its number *names* cases.  ``Facts`` with a ``Guard`` answer it only while a ``Reading``
is open in the context of who asks, which the server opens for every request (``callbacks.auth.case_gate``).  So a route or a
callback that somebody adds cannot read cases beside the gate.
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
    """Its ids are for a computation alone: what is told of them is how many."""
    return statement.execution_options(**{_OPTION: _COMPUTED})


def picked(statement: S) -> S:
    """Only some of the cases that it names are handed out: who picks them says which (``hand_out``)."""
    return statement.execution_options(**{_OPTION: _PICKED})


def names_cases(statement: AnyStatement) -> bool:
    """Whether its answer names single cases that may be handed out."""
    if isinstance(statement, TextClause):
        return any(name in statement.text for name in NAMES)
    if statement.get_execution_options().get(_OPTION) == _COMPUTED:
        return False
    # also under another name, in an expression, and through a subquery
    return any(
        getattr(part, "name", "") in NAMES
        for column in statement.selected_columns
        for part in (*iterate(column), *column.base_columns)
    )


class Reading:
    """The single cases that one request reads.

    ``take`` is told the numbers of each answer before anybody has it, and may refuse it.  ``viewer`` is set once it is known who
    asks, ``subject`` where the path says too little of what is read, ``refused`` where a right was missing.
    """

    def __init__(self, take: Callable[[Reading, Sequence[str]], None]) -> None:
        self._take = take
        self._owed: list[str] = []
        self.viewer: Viewer | None = None
        self.subject = self.refused = ""
        self.rows = 0  # that no line of the audit holds yet
        self.told = False  # a refusal was written down by who refused

    def saw(self, numbers: Sequence[str]) -> None:
        """These cases are handed out.  Raises what ``take`` raises."""
        if len(numbers):
            self._take(self, numbers)
            self.rows += len(numbers)

    def owes(self, numbers: Sequence[str]) -> None:
        """These were read, and some of them will be handed out."""
        self._owed += numbers

    def hand_out(self, numbers: Sequence[str]) -> None:
        self._owed = []
        self.saw(numbers)

    def settled(self) -> int:
        """The rows that no line holds yet, which the caller writes down."""
        owed, self._owed = self._owed, []
        self.saw(owed)  # nobody said which were picked: all of them
        rows, self.rows = self.rows, 0
        return rows


class _Walls(Reading):
    """The walls' own numbers: what they name of cases is the same for everybody, and bounded by the metric."""

    def __init__(self) -> None:
        super().__init__(lambda reading, numbers: None)


_READING: ContextVar[Reading | None] = ContextVar("gridwall_reading", default=None)


def begin(reading: Reading) -> Token[Reading | None]:
    return _READING.set(reading)


def end(token: Token[Reading | None]) -> None:
    _READING.reset(token)


def current() -> Reading | None:
    """The Reading of the request that is being answered; None outside of one."""
    return _READING.get()


@contextlib.contextmanager
def for_walls() -> Iterator[None]:
    """The tick reads for all walls at once."""
    token = begin(_Walls())
    try:
        yield
    finally:
        end(token)


def entered(viewer: Viewer | None) -> None:
    """Who asks, now that it is known."""
    reading = _READING.get()
    if reading is not None:
        reading.viewer = viewer


def read_as(subject: str) -> None:
    """What is read here, in the words of the audit."""
    reading = _READING.get()
    if reading is not None:
        reading.subject = subject


def refused(what: str) -> None:
    """A right is missing, the area does not reach there, or the limit is reached: what was said first is written down."""
    reading = _READING.get()
    if reading is not None:
        reading.refused = reading.refused or what


def told() -> None:
    """The refusal is written down by who refuses."""
    reading = _READING.get()
    if reading is not None:
        reading.told = True


def hand_out(numbers: Sequence[str]) -> None:
    """These cases, of a ``picked`` answer or of a frame that was kept, are handed out."""
    reading = _READING.get()
    if reading is not None:
        reading.hand_out(numbers)


class Guard:
    """Stands between the facts and who asks."""

    def before(self, statements: Values) -> tuple[str, ...]:
        """Those of the statements that name cases.  Raises AccessError where nobody is known who reads them."""
        reading = _READING.get()
        if isinstance(reading, _Walls):
            return ()
        names = tuple(name for name, statement in statements.items() if names_cases(statement))
        if names and reading is None:
            raise AccessError("single cases are read through the gate alone", "单个案件只能经统一入口读取")
        return names

    def after(self, names: Iterable[str], statements: Values, answers: Mapping[str, Rows]) -> None:
        """Count what they named.  Raises what the Reading's ``take`` raises."""
        reading = _READING.get()
        for name in names:
            assert reading is not None
            option = statements[name].get_execution_options().get(_OPTION)
            (reading.owes if option == _PICKED else reading.saw)(numbers_of(answers[name]))


def numbers_of(rows: Values) -> list[str]:
    """What each row's case is called: its number, or its id where it has none."""
    ids = rows.get("eid", rows.get("linked_eid"))
    numbers = rows.get("case_number")
    if numbers is None:
        return [str(i) for i in ids.tolist()] if ids is not None else []
    if ids is None:
        return [str(n) for n in numbers.tolist()]
    return [str(n or i) for n, i in zip(numbers.tolist(), ids.tolist(), strict=True)]
