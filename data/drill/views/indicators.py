"""The evaluation indicators of the selected cases, the performance of each moat, and feeds other than cases."""

from __future__ import annotations

import pandas as pd

from data.drill.choice import Choice
from data.drill.drill import Drill, Field
from data.drill.from_metric import asked, from_metric, of_window
from data.facts.rows import RowSets
from data.metrics.evaluation import catalogue, feeds, indicators, moats
from data.query.needs import Requires, all_of
from data.text import Text
from data.types.sql import AnySelect

_NUMBERS = {one.id: one.number for one in catalogue.INDICATORS}
FEEDS = {
    "connect_rate": Text(zh="热线接通率", en="Calls answered"),
    "answered_15s_rate": Text(zh="15 秒接听率", en="Answered within 15 s"),
    "video_online": Text(zh="视频在线率", en="Video online"),
    "video_patrolled": Text(zh="今日视频巡查覆盖率", en="Video patrolled today"),
}
#: What the numerator and denominator of a feed count.
FEED_COUNTS = {
    "connect_rate": Text(zh="接通 ÷ 呼入", en="answered / offered"),
    "answered_15s_rate": Text(zh="15 秒内 ÷ 呼入", en="within 15 s / offered"),
    "video_online": Text(zh="在线 ÷ 登记", en="online / registered"),
    "video_patrolled": Text(zh="巡查 ÷ 登记", en="patrolled / registered"),
}
KINDS = {
    "channel": Text(zh="渠道", en="channel"),
    "devices": Text(zh="设备", en="devices"),
    "signs": Text(zh="体征", en="vital signs"),
}
#: Prefix of a feed that is not a channel, as a channel may have the same code.
OTHER = "feed/"
_SHARE = (
    Field("value", Text(zh="值", en="value"), "share"),
    Field("numerator", Text(zh="分子", en="numerator"), "count"),
    Field("denominator", Text(zh="分母", en="denominator"), "count"),
)
_LIMITS = (Field("low", Text(zh="95%下限", en="95 % low"), "share"), Field("high", Text(zh="95%上限", en="95 % high"), "share"))


def _numbered(frame: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    """A count has no share: its ``value`` is NaN and the count is the numerator."""
    shares = {one.id for one in catalogue.INDICATORS if one.is_share}
    is_share = frame["indicator"].isin(shares)
    return frame.assign(number=frame["indicator"].map(_NUMBERS), value=frame["value"].where(is_share))


INDICATORS = from_metric(
    indicators.METRIC,
    "indicators",
    (
        Field("number", Text(zh="编号", en="no."), "count"),
        Field("indicator", Text(zh="指标", en="indicator"), "text", names={o.id: o.name for o in catalogue.INDICATORS}),
        *_SHARE,
        Field("excluded", Text(zh="不在分母", en="outside"), "count"),
        *_LIMITS,
    ),
    unit=Text(zh="% · 分子 ÷ 分母", en="% · numerator / denominator"),
    shape=_numbered,
)
MOATS = from_metric(
    moats.METRIC,
    "moats",
    (
        Field("moat", Text(zh="护城河", en="moat"), "moat"),
        Field("entered", Text(zh="进入", en="entered"), "count"),
        Field("held", Text(zh="在本道办结", en="settled there"), "count"),
        Field("passed", Text(zh="转入后一道或移交", en="gone on"), "count"),
        Field("aged", Text(zh="超过期限在办", en="open beyond the horizon"), "count"),
        Field("fresh", Text(zh="期限内在办", en="open within it"), "count"),
        Field("other", Text(zh="作废、并案", en="cancelled, merged"), "count"),
        Field("value", Text(zh="拦截率", en="held"), "share"),
        *_LIMITS,
    ),
    unit=Text(zh="拦截率 %", en="held back %"),
)
FRESHNESS = from_metric(
    feeds.FRESHNESS,
    "data_freshness",
    (
        Field("kind", Text(zh="来源类", en="kind"), "text", names=KINDS),
        Field("feed", Text(zh="来源", en="feed"), "feed"),
        Field("newest_ms", Text(zh="最近一条", en="newest"), "instant"),
        Field("age_min", Text(zh="已过", en="age"), "minutes"),
        Field("expected_min", Text(zh="陈旧界限", en="stale beyond"), "minutes"),
        Field("stale", Text(zh="陈旧", en="stale"), "count"),
    ),
    unit=Text(zh="距最近一条", en="since the newest"),
    shape=lambda frame, choice: frame.assign(
        stale=frame["stale"].astype(int), feed=frame["feed"].where(frame["kind"] == "channel", OTHER + frame["feed"])
    ),
)


def _feeds_select(choice: Choice) -> dict[str, AnySelect]:
    return asked(feeds.HOTLINE, choice) | asked(feeds.VIDEO, choice)


def _feeds(rows: RowSets, choice: Choice) -> pd.DataFrame:
    """Hotline (whole city, in the window) and video (now, by system if there are several); ``system`` "" = all."""
    calls = feeds.HOTLINE.compute(rows, choice.city, choice.now).assign(system="")
    video = feeds.VIDEO.compute(rows, choice.city, choice.now)
    video["system"] = video["system"].map(lambda code: OTHER + code if code else "")
    online = video.assign(indicator="video_online", numerator=video["online"], denominator=video["registered"])
    told = video[video["patrolled"].notna()]
    patrolled = told.assign(
        indicator="video_patrolled",
        numerator=told["patrolled"].astype("int64"),
        denominator=told["patrol_of"].astype("int64"),
        value=told["patrolled_share"],
        low=float("nan"),
        high=float("nan"),
    )
    frame = pd.concat([calls, online, patrolled], ignore_index=True)
    return frame[[f.name for f in FEEDS_DRILL.fields]]


FEEDS_DRILL = Drill(
    id="feeds",
    title=Text(zh="热线与视频", en="Hotline and video"),
    unit=Text(zh="%", en="%"),
    definition=Text(
        zh=f"{of_window(feeds.HOTLINE.definition).zh}。{feeds.VIDEO.definition.zh}。热线按所选时段，为全市；视频为此刻；"
        "不受案件筛选影响",
        en=f"{of_window(feeds.HOTLINE.definition).en}. {feeds.VIDEO.definition.en}. The hotline's are of the chosen window and"
        " the whole city, video is of now; filters of cases do not cut them",
    ),
    fields=(
        Field("indicator", Text(zh="指标", en="indicator"), "text", names=FEEDS),
        Field("system", Text(zh="系统", en="system"), "feed"),
        *_SHARE,
        *_LIMITS,
        Field("newest_ms", Text(zh="最近一条", en="newest"), "instant"),
    ),
    select=_feeds_select,
    compute=_feeds,
    requires=(
        Requires(all_of("sign"), rows=("connect_rate", "answered_15s_rate")),
        Requires(all_of("asset", "asset.status", "asset.heard_at"), rows=("video_online",)),
        Requires(all_of("asset", "sign"), rows=("video_patrolled",)),
    ),
)
DRILLS = (INDICATORS, MOATS, FEEDS_DRILL, FRESHNESS)
