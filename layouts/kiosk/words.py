"""The kiosk's texts, and the few number formats that only it uses."""

from __future__ import annotations

from data.city.limits import Limit
from data.kiosk.queues import Queue
from data.text import Lang, Text

TITLE = Text(zh="值守台", en="Duty desk")
TABS: dict[Queue, Text] = {
    "soon": Text(zh="先救临期", en="Due in 4 h"),
    "today": Text(zh="今日到期", en="Due today"),
    "overdue": Text(zh="已超期", en="Overdue"),
    "returned": Text(zh="已退回", en="Sent back"),
}
EMPTY: dict[Queue, Text] = {
    "soon": Text(zh="四小时内没有要到期的件；0 件，已核", en="Nothing falls due within four hours; 0, checked"),
    "today": Text(zh="今天余下的时间没有要到期的件；0 件，已核", en="Nothing more falls due today; 0, checked"),
    "overdue": Text(zh="没有超期未结的件；0 件，已核", en="No open case is overdue; 0, checked"),
    "returned": Text(zh="没有退单未结的件；0 件，已核", en="No open case was sent back; 0, checked"),
}
NEWLY = {
    "overdue": Text(zh="新超期", en="newly overdue"),
    "soon": Text(zh="新临期", en="newly due"),
    "returned": Text(zh="新退单", en="sent back"),
    "settled": Text(zh="已办结", en="closed"),
    "gone": Text(zh="退出", en="ended otherwise"),
}
DEFERRED, NO_LIMIT = Text(zh="缓办", en="deferred"), Text(zh="无时限", en="no limit")
ORDER: dict[Queue, Text] = {
    "soon": Text(zh="余时升序", en="least time left first"),
    "today": Text(zh="余时升序", en="least time left first"),
    "overdue": Text(zh="超期最久在前", en="longest overdue first"),
    "returned": Text(zh="待重派在前", en="waiting for dispatch first"),
}
UNLISTED = Text(
    zh="另有 {n} 件限制公开或类别不明，只计数", en="{n} more of restricted channels or unknown category are only counted"
)
AFTER = Text(
    zh="{stage}是已结案件的环节，不在这四个队列中；此刻 {n} 件",
    en="{stage} holds closed cases, which are in none of these queues; {n} now",
)
MORE = Text(zh="再看 {n} 件", en="Show {n} more")
ALL_OPEN, ALL = Text(zh="全部在办", en="All open"), Text(zh="全部", en="All")
BY_STAGE = Text(zh="按环节", en="By stage")
BIG_SMALL = Text(zh="大字 在办　小字 超期", en="large: open · small: overdue")
BY_DEPARTMENT, BY_PLACE = Text(zh="按部门", en="By department"), Text(zh="按镇街", en="By town")
BY_CELL = Text(zh="按下级网格", en="By cell")
OVERDUE, AWAITING = Text(zh="超期", en="overdue"), Text(zh="待访", en="to call")
REFRESH = Text(zh="刷新", en="Refresh")
ACKNOWLEDGE, AGAIN = Text(zh="知悉", en="Note"), Text(zh="补记", en="Add")
TAKE = Text(zh="确认知悉", en="Acknowledge")
HANDLE = Text(zh="开始处置", en="Take it on")
SEE = Text(zh="看这些件", en="Its cases")
ON_MAP, ON_WORKBENCH = Text(zh="看地图", en="Map"), Text(zh="研判台", en="Workbench")
UNSEEN = Text(zh="未知悉", en="not noted")
NEW = Text(zh="新", en="new")
CALM = Text(zh="没有一处超出往常到需要处置。", en="Nothing is far enough from its usual to need action.")
UNWATCHED = Text(zh="本范围不作异常判断，队列照常。", en="Exceptions are not judged for this area; its queues are complete.")
LARGE, CONTRAST = Text(zh="字大", en="Large"), Text(zh="高对比", en="Contrast")
SHIFT = Text(zh="交接班", en="Handover")
WRITE_SHEET = Text(zh="写交接单", en="Handover sheet")
COPY, PRINT, SAVE = Text(zh="复制", en="Copy"), Text(zh="打印", en="Print"), Text(zh="存为文本", en="Save as text")
CLOSE, CANCEL = Text(zh="关闭", en="Close"), Text(zh="取消", en="Cancel")
NOTE = Text(zh="备注（可不填，勿写姓名、电话、证件号）", en="Note (optional; no names, telephone or ID numbers)")
READY_NOTES = (
    Text(zh="已通知责任部门", en="Department informed"),
    Text(zh="正在现场核实", en="Being checked on site"),
    Text(zh="已报带班领导", en="Duty leader informed"),
    Text(zh="等部门回复", en="Waiting for their answer"),
    Text(zh="已知原因，持续观察", en="Cause known, watching"),
)
CASE = Text(zh="案件时间线", en="Timeline of the case")
IDLE = Text(zh="即将返回首页，点按继续", en="Returning to the home view; touch to stay")
LOG_OUT = Text(zh="退出", en="Log out")
FEEDS_FINE = Text(zh="其余 {n} 路正常", en="{n} other feeds as usual")
ALL_FINE = Text(zh="{n} 路来报正常", en="all {n} feeds as usual")
FEED_LATE = Text(zh="{feeds}迟到", en="{feeds} late")
FEED_UNHEARD = Text(zh="{feeds}未闻", en="{feeds} not heard")
FEEDS_UNKNOWN = Text(zh="来报情况未知", en="state of the feeds unknown")

_UNITS: dict[str, tuple[Text, Text]] = {
    "work_minutes": (Text(zh="工作时", en="work h"), Text(zh="工作分", en="work min")),
    "natural_minutes": (Text(zh="小时", en="h"), Text(zh="分", en="min")),
}
_DAYS = {"workdays": Text(zh="工作日", en="workday"), "natural_days": Text(zh="天", en="day")}


LIMIT = Text(zh="限 {amount} {unit}", en="· {amount} {unit}")


def limit_words(limit: Limit | None, lang: Lang) -> str:
    """``限 15 工作日``, ``4 work h``; "" if there is none."""
    if limit is None:
        return ""
    if limit.clock in _DAYS:
        amount, unit = limit.amount, _DAYS[limit.clock](lang) + ("s" if lang == "en" and limit.amount > 1 else "")
    else:
        hours, minutes = _UNITS[limit.clock]
        whole = limit.amount % 60 == 0
        amount, unit = (limit.amount // 60, hours(lang)) if whole else (limit.amount, minutes(lang))
    return LIMIT(lang).format(amount=amount, unit=unit)


def told(words: Text, lang: Lang, **values: object) -> str:
    """A sentence with its values filled in."""
    return words(lang).format(**values)
