"""An analyst's filters, parsed from and written to the words of an address: the address is the permalink.

``win=30d`` or ``from=2026-11-01&to=2026-11-23`` (both days included, in the city's zone); ``vs=previous|year|weekdays``;
``area`` a grid code; ``net cat ch dep sev stage`` codes of the city's lists, several with commas; ``state`` one of ``STATES``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

from data.city.city import City
from data.clock.instants import ms
from data.errors import QueryError, did_you_mean, did_you_mean_zh
from data.query.metric import day_start
from data.text import Text
from data.types.records import Values

#: Preset windows, the default first; "today" begins at the city's midnight.
WINDOWS = ("30d", "today", "7d", "month", "lastmonth", "quarter", "lastquarter", "90d", "365d", "all")
#: Windows of the calendar: (months each, how many of them back).
CALENDAR = {"month": (1, 0), "lastmonth": (1, 1), "quarter": (3, 0), "lastquarter": (3, 1)}
#: ``weekdays``: 52 weeks earlier, the days of the week being the same.
COMPARISONS = ("", "previous", "year", "weekdays")
YEAR_OF_WEEKS = 364
#: State of a case now.  ``open`` and ``overdue`` are stocks: the window does not restrict them.
STATES = ("", "open", "overdue", "hung", "closed", "late", "returned", "rework")
STOCKS = frozenset({"open", "overdue", "hung"})
#: Word of the address -> the city's list that its codes belong to.
LISTS = {"net": "networks", "cat": "categories", "ch": "channels", "dep": "departments", "stage": "stages"}
SEVERITIES = ("1", "2", "3", "4")
NAMES = {
    "win": Text(zh="时间", en="Time"),
    "vs": Text(zh="对比", en="Compare"),
    "area": Text(zh="区域", en="Area"),
    "net": Text(zh="网络", en="Network"),
    "cat": Text(zh="类别", en="Category"),
    "ch": Text(zh="渠道", en="Channel"),
    "dep": Text(zh="部门", en="Department"),
    "sev": Text(zh="等级", en="Severity"),
    "stage": Text(zh="环节", en="Stage"),
    "state": Text(zh="状态", en="State"),
}
WINDOW_NAMES = {
    "30d": Text(zh="近 30 天", en="Last 30 days"),
    "today": Text(zh="今日", en="Today"),
    "7d": Text(zh="近 7 天", en="Last 7 days"),
    "month": Text(zh="本月", en="This month"),
    "lastmonth": Text(zh="上月", en="Last month"),
    "quarter": Text(zh="本季", en="This quarter"),
    "lastquarter": Text(zh="上季", en="Last quarter"),
    "90d": Text(zh="近 90 天", en="Last 90 days"),
    "365d": Text(zh="近一年", en="Last 365 days"),
    "all": Text(zh="全部", en="All"),
}
COMPARISON_NAMES = {
    "": Text(zh="不对比", en="None"),
    "previous": Text(zh="上一时段", en="Previous period"),
    "year": Text(zh="去年同期", en="Last year"),
    "weekdays": Text(zh="去年同周同日", en="Last year, same weekdays"),
}
STATE_NAMES = {
    "": Text(zh="全部", en="All"),
    "open": Text(zh="在办", en="Open"),
    "overdue": Text(zh="超期未结", en="Overdue"),
    "hung": Text(zh="缓办", en="Deferred"),
    "closed": Text(zh="已结案", en="Settled"),
    "late": Text(zh="超期", en="Late"),
    "returned": Text(zh="退过单", en="Returned"),
    "rework": Text(zh="返过工", en="Reworked"),
}
SEVERITY_NAMES = {
    "1": Text(zh="一般", en="Minor"),
    "2": Text(zh="较大", en="Moderate"),
    "3": Text(zh="重大", en="Major"),
    "4": Text(zh="特大", en="Critical"),
}
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Filters:
    """A set of filters.  ``since`` (inclusive) and ``until`` (exclusive) are ms; ``codes`` by word of ``LISTS``."""

    since: int
    until: int
    window: str = WINDOWS[0]
    days: tuple[str, str] = ("", "")  # first and last day if given
    versus: str = ""
    area: str = ""
    codes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    severity: tuple[str, ...] = ()
    state: str = ""

    @property
    def is_stock(self) -> bool:
        return self.state in STOCKS

    def words(self) -> dict[str, str]:
        """The address that yields these filters; defaults are omitted."""
        return dict(self._words)

    @cached_property
    def _words(self) -> dict[str, str]:
        out: dict[str, str] = {}
        if self.days != ("", ""):
            out["from"], out["to"] = self.days
        elif self.window != WINDOWS[0]:
            out["win"] = self.window
        out.update(
            {
                "vs": self.versus,
                "area": self.area,
                **{k: ",".join(v) for k, v in self.codes.items()},
                "sev": ",".join(self.severity),
                "state": self.state,
            }
        )
        return {k: v for k, v in out.items() if v}

    def compared(self, city: City) -> tuple[int, int] | None:
        """(since, until) of the comparison period; None if not requested.

        The same dates a year earlier, the same weekdays 52 weeks earlier, or the same number of days just before (for a month or
        quarter the one before it, as far into it); cut at the same time of day if the window's last day is not over, so that a
        partial day is compared with the same part of another.
        """
        if not self.versus:
            return None
        if self.versus == "weekdays":
            return _days_back(self.since, YEAR_OF_WEEKS, city), _days_back(self.until, YEAR_OF_WEEKS, city)
        if self.versus == "previous" and self.window in CALENDAR:
            first = datetime.fromtimestamp(self.since / 1000, city.profile.zone).date()
            months, back = CALENDAR[self.window]
            before = _months_back(first, months)
            if back:  # over, and so compared with the whole of the one before it
                return _midnight(before, city), self.since
            return _midnight(before, city), min(_days_back(self.until, (first - before).days, city), self.since)
        if self.versus == "previous":
            if self.since <= 0:  # nothing precedes the whole past
                return self.since - (self.until - self.since), self.since
            zone = city.profile.zone
            first, last = (datetime.fromtimestamp(t / 1000, zone).date() for t in (self.since, self.until - 1))
            back = (last - first).days + 1
            return _days_back(self.since, back, city), _days_back(self.until, back, city)
        return _year_before(self.since, city), _year_before(self.until, city)


def parse(words: Values, city: City, now: datetime) -> Filters:
    """Filters of an address at ``now`` (aware).  Unknown words are ignored (the page uses others); an invalid one raises
    QueryError with the fault and the remedy.  ``area`` is not checked here (``data.access.roles.place_within``)."""
    window = str(words.get("win") or WINDOWS[0])
    first, last = str(words.get("from") or ""), str(words.get("to") or "")
    until = ms(now) + 1
    if first or last:
        since, until = _days(first, last, city, until)
        window = ""
    else:
        _known("win", window, WINDOWS)
        since, until = _preset(window, city, now)
    versus, state = str(words.get("vs") or ""), str(words.get("state") or "")
    _known("vs", versus, COMPARISONS)
    _known("state", state, STATES)
    codes = {}
    for word, name in LISTS.items():
        chosen = tuple(c for c in str(words.get(word) or "").split(",") if c)
        items = getattr(city.profile, name)
        known = [item.code for item in items]
        names = [{item.code: item.name(lang) for item in items} for lang in ("en", "zh")]
        for code in chosen:
            _known(word, code, known, *names)
        if chosen:
            codes[word] = chosen
    severity = tuple(s for s in str(words.get("sev") or "").split(",") if s)
    for s in severity:
        _known("sev", s, SEVERITIES)
    return Filters(since, until, window, (first, last), versus, str(words.get("area") or ""), codes, severity, state)


def changed(filters: Filters, **words: str) -> dict[str, str]:
    """The address of these filters with some words changed: ``changed(f, stage="handle")``; "" removes a word."""
    out = {**filters.words(), **words}
    if words.get("win"):
        out.pop("from", None)
        out.pop("to", None)
    if words.get("from"):
        out.pop("win", None)
    return {k: v for k, v in out.items() if v}


def _preset(window: str, city: City, now: datetime) -> tuple[int, int]:
    """(since, until) of a preset window: up to now, or the whole of a month or quarter that is over."""
    until = ms(now) + 1
    if window == "all":
        return 0, until
    if window == "today":
        return ms(day_start(now, city)), until
    today = now.astimezone(city.profile.zone).date()
    if window in CALENDAR:
        months, back = CALENDAR[window]
        first = today.replace(month=(today.month - 1) // months * months + 1, day=1)
        begin = _months_back(first, months * back)
        return _midnight(begin, city), _midnight(first, city) if back else until
    # whole days: today and the n - 1 before it
    return _midnight(today - (int(window.removesuffix("d")) - 1) * _DAY, city), until


def _months_back(first: date, months: int) -> date:
    """The first day of the month that many months earlier."""
    at = first.year * 12 + first.month - 1 - months
    return date(at // 12, at % 12 + 1, 1)


def _midnight(day: date, city: City) -> int:
    return ms(datetime.combine(day, time(), city.profile.zone).astimezone(UTC))


def _days(first: str, last: str, city: City, until: int) -> tuple[int, int]:
    begin, end = _date("from", first), _date("to", last or first)
    if end < begin:
        raise QueryError(f"to '{last}' lies before from '{first}'; exchange them", f"结束日 {last} 早于起始日 {first}，请对调")
    since = _midnight(begin, city)
    if since >= until:
        raise QueryError(f"from '{first}' lies in the future", f"起始日 {first} 在将来")
    return since, min(_midnight(end + _DAY, city), until)


def _date(word: str, text: str) -> date:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        try:
            found = date.fromisoformat(text)
            if 1970 <= found.year < 2200:
                return found
        except ValueError:
            pass
    raise QueryError(f"{word} '{text[:20]}' is no day; write e.g. 2026-11-01", f"{word}“{text[:20]}”不是日期，请写如 2026-11-01")


def _days_back(at: int, days: int, city: City) -> int:
    """The same local time ``days`` days earlier."""
    local = datetime.fromtimestamp(at / 1000, city.profile.zone) - days * _DAY  # in wall time
    return ms(local.astimezone(UTC))


def _year_before(at: int, city: City) -> int:
    local = datetime.fromtimestamp(at / 1000, city.profile.zone)
    try:
        return ms(local.replace(year=local.year - 1))
    except ValueError:  # 29 February
        return ms(local.replace(year=local.year - 1, day=28))


def _known(
    word: str, value: str, known: Iterable[str], en: Mapping[str, str] | None = None, zh: Mapping[str, str] | None = None
) -> None:
    """Check ``value`` against ``known``; ``en`` and ``zh``: names of the known codes, if they have any."""
    listed = list(known)
    if value not in listed:
        shown = [k for k in listed if k]
        raise QueryError(
            f"{word} '{value[:40]}': there is no such value{did_you_mean(value, shown, en)}",
            f"{word}“{value[:40]}”：没有此项{did_you_mean_zh(value, shown, zh)}",
        )
