"""Numbers, durations and verdicts as a reader of Chinese or English expects them; never ``nan``, ``None`` or ``inf``.

A missing value is an en dash (``NONE``); minus is U+2212; thousands are separated by commas; shares have one decimal.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from data.access.viewer import Viewer
from data.city.city import City
from data.metrics import METRICS
from data.query import windows
from data.text import Lang, Text

#: A window of ten years or more is called the whole log.
WHOLE_LOG_DAYS = 3650
NONE = "–"
MINUS = "−"
TRIANGLE_UP, TRIANGLE_DOWN = "▲", "▼"

EVENTS = Text(zh="件", en="cases")
#: verdict -1, 0, 1 against the usual
VERDICTS: dict[int, Text] = {
    -1: Text(zh="低于往常", en="below usual"),
    0: Text(zh="在往常内", en="as usual"),
    1: Text(zh="高于往常", en="above usual"),
}
#: state of a panel -> its word; "live" has none because the normal state is unmarked
STATES: dict[str, Text] = {
    "live": Text(zh="", en=""),
    "late": Text(zh="迟到", en="late"),
    "stale": Text(zh="陈旧", en="stale"),
    "faulty": Text(zh="故障", en="fault"),
    "empty": Text(zh="空", en="empty"),
    "loading": Text(zh="正在读取", en="reading"),
}
LOADING = Text(zh="正在读取…", en="Reading…")
NO_USUAL = Text(zh="往常尚无可比", en="no usual yet")
USUAL, REACH = Text(zh="往常 {usual}", en="usual {usual}"), Text(zh="（{reach}）", en=" ({reach})")
WITHOUT = Text(zh="不含敏感类别", en="without sensitive categories")
UNCLAIMED = Text(zh="待认领", en="unclaimed")
NO_OWNER = Text(zh="未定责任部门", en="no owner set")
WEEKDAYS = (
    Text(zh="周一", en="Mon"),
    Text(zh="周二", en="Tue"),
    Text(zh="周三", en="Wed"),
    Text(zh="周四", en="Thu"),
    Text(zh="周五", en="Fri"),
    Text(zh="周六", en="Sat"),
    Text(zh="周日", en="Sun"),
)


def leaves_out(viewer: Viewer, city: City) -> bool:
    """Whether this viewer's figures leave out cases of sensitive categories, given that the city has such categories."""
    return not viewer.sees_sensitive and any(c.sensitive for c in city.profile.categories)


def number(value: object) -> float:
    """A cell of a frame as a float; anything that is no finite number (None, "", NaN, infinity) becomes NaN."""
    try:
        out = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return math.nan
    return out if math.isfinite(out) else math.nan


def known(value: object) -> bool:
    return not math.isnan(number(value))


def count(value: object) -> str:
    """``8311.0`` -> ``8,311``; halves are rounded up; unknown -> en dash."""
    return decimal(value, 0)


def decimal(value: object, digits: int = 1) -> str:
    """``88.25`` -> ``88.3`` (halves away from zero), ``-3`` -> ``−3.0``, unknown -> en dash."""
    x = number(value)
    if math.isnan(x):
        return NONE
    scaled = math.floor(abs(x) * 10**digits + 0.5) / 10**digits
    return (MINUS if x < 0 and scaled > 0 else "") + f"{scaled:,.{digits}f}"


def share(value: object) -> str:
    """A percentage with its sign: ``11.7%``."""
    return decimal(value) + "%" if known(value) else NONE


def span(low: object, high: object, digits: int = 0) -> str:
    """``115–151``; empty if either end is unknown.  Two equal ends are one number."""
    if not (known(low) and known(high)):
        return ""
    a, b = decimal(low, digits), decimal(high, digits)
    return a if a == b else f"{a}–{b}"


def usual(value: object, low: object, high: object, lang: Lang, digits: int = 0) -> str:
    """``往常 133（115–151）``, or that there is nothing to compare with yet."""
    if not known(value):
        return NO_USUAL(lang)
    reach = span(low, high, digits)
    return USUAL(lang).format(usual=decimal(value, digits)) + (REACH(lang).format(reach=reach) if reach else "")


def usual_parts(value: object, low: object, high: object, lang: Lang, digits: int = 0) -> tuple[str, str]:
    """``usual`` in two parts, so that the range can be dropped where space is short: ``往常 133`` and ``（115–151）``."""
    whole, short = usual(value, low, high, lang, digits), usual(value, None, None, lang, digits)
    return short, whole.removeprefix(short)


_DAYS, _DAYS_HOURS = Text(zh="{d}天", en="{d} d"), Text(zh="{d}天{h}时", en="{d} d {h} h")
_HOURS_MINUTES, _MINUTES = Text(zh="{h}时{m:02d}分", en="{h} h {m:02d}"), Text(zh="{m}分", en="{m} min")


def duration(hours: object, lang: Lang) -> str:
    """An age or a duration in natural hours: ``14分``, ``1时52分``, ``6天1时``, ``40天``; en ``6 d 1 h``."""
    h = number(hours)
    if math.isnan(h):
        return NONE
    minutes = int(max(h, 0.0) * 60 + 1e-6)
    days, rest = divmod(minutes, 1440)
    whole, left = divmod(rest, 60)
    if days >= 10 or (days and not whole):
        return _DAYS(lang).format(d=count(days))
    if days:
        return _DAYS_HOURS(lang).format(d=days, h=whole)
    if whole:
        return _HOURS_MINUTES(lang).format(h=whole, m=left)
    return _MINUTES(lang).format(m=left)


_DAYS_OVER = Text(zh="{d} 天", en="{d} d")


def days(value: object, lang: Lang) -> str:
    """Days overdue: whole from ten days on, below that with one decimal; under a tenth of a day in hours."""
    x = number(value)
    if math.isnan(x):
        return NONE
    if x < 0.1:
        return duration(x * 24, lang)
    shown = count(math.floor(x)) if x >= 10 else decimal(x)
    return _DAYS_OVER(lang).format(d=shown)


def work_hours(minutes: object) -> str:
    """Net work minutes as work hours with one decimal; with two below a tenth of an hour, so that a short stage is not 0.0."""
    hours = number(minutes) / 60
    if not 0 < hours < 0.1:
        return decimal(hours)
    return decimal(hours, 2) if hours >= 0.005 else "<0.01"


_SECONDS_WORKED, _MINUTES_WORKED = Text(zh="{n} 秒", en="{n} s"), Text(zh="{n} 分", en="{n} min")
_HOURS_WORKED, _HOURS_AROUND = Text(zh="{n} 工作时", en="{n} work h"), Text(zh="{n} 小时", en="{n} h")


def worked(minutes: object, around_the_clock: bool, lang: Lang) -> str:
    """Net work minutes in a suitable unit: seconds below two minutes, minutes below an hour, else (work) hours."""
    value = number(minutes)
    if not known(minutes):
        return NONE
    if value < 2:
        return _SECONDS_WORKED(lang).format(n=f"{value * 60:.0f}")
    if value < 60:
        return _MINUTES_WORKED(lang).format(n=decimal(value, 0 if value >= 10 else 1))
    return (_HOURS_AROUND if around_the_clock else _HOURS_WORKED)(lang).format(n=decimal(value / 60))


def worked_span(low: object, high: object, around_the_clock: bool, lang: Lang) -> str:
    """An interval beside the output of ``worked``: hours without their unit, which is already there; an unknown end is a
    dash."""
    if number(low) >= 60:
        return f"{work_hours(low)}–{work_hours(high)}"
    return f"{worked(low, around_the_clock, lang)}–{worked(high, around_the_clock, lang)}"


def verdict(value: object, lang: Lang) -> str:
    """The word for -1, 0, 1; "" for anything else."""
    x = number(value)
    if math.isnan(x) or int(x) not in VERDICTS:
        return ""
    return VERDICTS[int(x)](lang)


def clock(at_ms: object, zone: ZoneInfo, seconds: bool = False) -> str:
    """``10:42`` of an instant in ms since 1970, in the city's zone."""
    at = number(at_ms)
    if math.isnan(at) or at < 0:
        return NONE
    local = datetime.fromtimestamp(at / 1000, zone)
    return local.strftime("%H:%M:%S" if seconds else "%H:%M")


def date_line(at_ms: object, zone: ZoneInfo, lang: Lang) -> str:
    """``2026-11-23 周一``."""
    at = number(at_ms)
    if math.isnan(at) or at < 0:
        return NONE
    local = datetime.fromtimestamp(at / 1000, zone)
    return f"{local:%Y-%m-%d} {WEEKDAYS[local.weekday()](lang)}"


def closed_log(city: City) -> bool:
    """Whether it is a closed log (its clock stops at its newest record, or all of it is read): its last day is not "today"."""
    return city.ended or any(
        limit.amount >= WHOLE_LOG_DAYS for limit in city.profile.windows.values() if limit.clock == "natural_days"
    )


def window_days(city: City, metric_id: str) -> int | None:
    """Number of days in a metric's window: the city's ``windows``, else the metric's own; None if it has no window."""
    default = METRICS[metric_id].back if metric_id in METRICS else None
    if default is None and metric_id not in city.profile.windows:
        return None
    return max(1, round(windows.window(metric_id, default or timedelta(), city, None) / timedelta(days=1)))


def window(city: City, metric_id: str) -> Text:
    """A metric's window, in a form that follows "in the": ``last 30 days``, for a closed log ``last 30 days of the log``,
    ``whole log``; "" if it has no window."""
    span = window_days(city, metric_id)
    if span is None:
        return Text(zh="", en="")
    if span >= WHOLE_LOG_DAYS:
        return Text(zh="全部记录", en="whole log")
    days = f"last {span} days" if span > 1 else "last day"
    return Text(zh=f"记录末 {span} 天", en=f"{days} of the log") if city.ended else Text(zh=f"近 {span} 天", en=days)


def windowed(words: Text, city: City, metric_id: str) -> Text:
    """``words`` with their ``{window}`` filled in."""
    span = window(city, metric_id)
    return Text(zh=words.zh.replace("{window}", span.zh), en=words.en.replace("{window}", span.en))
