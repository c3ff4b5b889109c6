"""Sentences on times."""

from __future__ import annotations

from data.check.words.sentence import Words
from data.text import Text

WORDS: dict[str, Words] = {
    "bad_time": Words(
        good=Text(zh="{column} 的时间都可用", en="every time of {column} can be used"),
        said=Text(
            zh="{column} 有 {n} 行（{share}%）不是时间，或不在 1990–2100 年间",
            en="rows whose {column} is no time, or not between 1990 and 2100: {n} ({share} %)",
        ),
        remedy=Text(
            zh="在 SELECT 中转换成 ISO 时间；“从未”应为 NULL", en='convert it to ISO times in the SELECT; "never" is NULL'
        ),
        bad=0.1,
    ),
    "never_time": Words(
        good=Text(zh="{column} 没有表示“从未”的日期", en='{column} has no day that means "never"'),
        said=Text(
            zh="{column} 有 {n} 行（{share}%）写的是表示“从未”的日期（如 9999-12-31），视为没有发生",
            en='rows whose {column} is a day that means "never" (as 9999-12-31), taken as not happened: {n} ({share} %)',
        ),
        remedy=Text(
            zh="核对这些日期确实表示“从未”；若不是，在映射文件的 never 中写明哪些才是",
            en='see that they do mean "never"; if not, say under never of the mapping which days do',
        ),
    ),
    "closes_before_report": Words(
        good=Text(zh="没有先结后报的事件", en="no event closes before it is reported"),
        said=Text(
            zh="{n} 个事件（{share}%）结案早于上报，不计入时长",
            en="events that close before they are reported, and are in no duration: {n} ({share} %)",
        ),
        remedy=Text(
            zh="核对两列是否取反、时区是否一致，再改源库的这些行",
            en="see whether the two columns are swapped or of two time zones; then mend these rows at the source",
        ),
        bad=0.1,
    ),
    "due_before_report": Words(
        good=Text(zh="没有时限早于上报的事件", en="no event is due before it is reported"),
        said=Text(zh="{n} 个事件（{share}%）的时限早于上报", en="events that are due before they are reported: {n} ({share} %)"),
        remedy=Text(
            zh="核对 due_at 是否是时刻而非时长，时区是否一致",
            en="see whether due_at is an instant and not a span, and of the same time zone",
        ),
        bad=0.5,
    ),
    "log_before_report": Words(
        good=Text(zh="没有早于上报的流转", en="no log row is before the report"),
        said=Text(
            zh="{n} 条流转（{share}%）早于其事件的上报", en="log rows that are before the report of their event: {n} ({share} %)"
        ),
        remedy=Text(
            zh="核对 reported_at 取的是否是首次上报的时刻", en="see whether reported_at is the instant of the first report"
        ),
        bad=0.5,
    ),
    "log_goes_back": Words(
        good=Text(zh="流转的编号与时间同序", en="the log's keys follow its times"),
        said=Text(
            zh="{n} 条流转（{share}%）的时间早于同一事件中编号在前的一条",
            en="log rows that are earlier than the row of their event with the key before: {n} ({share} %)",
        ),
        remedy=Text(
            zh="补录的属正常；若占比大，核对时间列取的是办理时刻还是入库时刻",
            en=("late entries are normal; if it is many, see whether the time is that of the step or that of its writing"),
        ),
    ),
    "future_time": Words(
        good=Text(zh="{column} 没有晚于此刻的时间", en="{column} is never in the future"),
        said=Text(zh="{column} 有 {n} 行（{share}%）晚于此刻", en="rows whose {column} is in the future: {n} ({share} %)"),
        remedy=Text(
            zh="核对映射文件的 timezone 与源库的时钟", en="look at the mapping's timezone and at the clock of the source"
        ),
        bad=0.1,
    ),
}
