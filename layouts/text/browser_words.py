"""The texts inserted by the browser's scripts (dashboard/assets), in both languages.

A page contains all of them (``block``); a script gets one by its key, with values for its braces
(``say(lang, "wall.late", {t})`` of dashboard/assets/shared/words.js).
"""

from __future__ import annotations

import json

from data.text import Text

WORDS: dict[str, Text] = {
    # units of time, as used in panels, bars and countdowns
    "time.s": Text(zh="秒", en="s"),
    "time.min": Text(zh="分", en="min"),
    "time.h": Text(zh="时", en="h"),
    "time.d": Text(zh="天", en="d"),
    "time.ago": Text(zh="{t}前", en="{t} ago"),
    "time.until": Text(zh="截至 {t}", en="until {t}"),
    "stop": Text(zh="；", en="; "),
    # states of a wall panel, and their reasons
    "wall.state.late": Text(zh="迟到", en="late"),
    "wall.state.stale": Text(zh="陈旧", en="stale"),
    "wall.state.faulty": Text(zh="故障", en="fault"),
    "wall.state.empty": Text(zh="空", en="empty"),
    "wall.state.loading": Text(zh="读取中", en="loading"),
    "wall.late": Text(zh="迟到 {t}，正在重读", en="late by {t}; reading again"),
    "wall.stopped": Text(zh="停在 {t}，勿据此调度", en="Stopped at {t}; do not act on it"),
    "wall.checked": Text(zh="0 件，{t} 已核", en="0, checked {t}"),
    "wall.drawing": Text(zh="此面板绘制出错：{error}", en="this panel cannot be drawn: {error}"),
    "wall.undrawn.map": Text(zh="地图尚未画出，将自动重新载入", en="the map is not drawn yet; loading again by itself"),
    "wall.undrawn.chart": Text(zh="图表尚未画出，将自动重新载入", en="the chart is not drawn yet; loading again by itself"),
    # where an exception leads
    "wall.enter": Text(zh="进入{name}", en="Enter {name}"),
    "wall.cases": Text(zh="在研判台查看", en="See it on the workbench"),
    # the wall's top bar
    "wall.server": Text(zh="服务器无应答，正在重连", en="server does not answer; reconnecting"),
    "wall.key": Text(zh="本屏密钥无效或已停用", en="this screen's key is not valid any more"),
    "wall.source": Text(zh="{fault}，第 {n} 次重试在 {t}", en="{fault}; try {n} at {t}"),
    "wall.awaits": Text(zh="尚无可示之数：{fault}；恢复后自动装载", en="Nothing to show yet: {fault}; it loads by itself"),
    "wall.row": Text(zh="源数据有误而搁置 1 行", en="1 faulty row set aside"),
    "wall.rows": Text(zh="源数据有误而搁置 {n} 行", en="{n} faulty rows set aside"),
    "wall.ahead": Text(zh="未来时间 {n} 件", en="{n} yet to come"),
    "wall.loading.start": Text(zh="正在启动", en="starting"),
    "wall.loading.demo": Text(zh="正在生成演示城市", en="making the demo city"),
    "wall.loading.event": Text(zh="正在读取事件", en="reading events"),
    "wall.loading.transition": Text(zh="正在读取流转", en="reading transitions"),
    "wall.loading.read": Text(zh="正在读取源库", en="reading the source"),
    "wall.loading.derive": Text(zh="正在推算事实", en="deriving the facts"),
    "wall.loading.grid": Text(zh="正在读取网格", en="reading the grid"),
    "wall.loading.write": Text(zh="正在写入事实", en="writing the facts"),
    "wall.loading.done": Text(zh="正在出图", en="drawing"),
    # the duty desk
    "kiosk.over": Text(zh="超期", en="overdue"),
    "kiosk.left": Text(zh="后到期", en="left"),
    "kiosk.wait": Text(zh="冷却 {s} 秒", en="cooling {s} s"),
    "kiosk.ready": Text(zh="可刷新", en="ready"),
    "kiosk.idle": Text(zh="（{s} 秒）", en=" ({s} s)"),
    "kiosk.away": Text(zh="服务器无应答，正在重连", en="The server does not answer; connecting again"),
    "kiosk.server": Text(
        zh="服务器无应答，所示为 {t}前的情况；恢复后自动续上",
        en="The server does not answer; this is how it was {t} ago; it goes on by itself",
    ),
    "kiosk.source": Text(
        zh="{fault}，所示为 {t}前的数；恢复后自动续上", en="{fault}; the numbers are {t} old; it goes on by itself"
    ),
    "kiosk.loading": Text(zh="正在读取数据…", en="Reading the data…"),
    "kiosk.login": Text(zh="登录已过期，请重新登录", en="The session has ended; log in again"),
    "kiosk.copied": Text(zh="已复制", en="Copied"),
    "kiosk.not_copied": Text(zh="未能复制，请长按选取", en="Could not copy; select the text by hand"),
    "kiosk.no_case": Text(zh="时间线暂不可用", en="The timeline is not available now"),
    "kiosk.on": Text(zh="确认知悉：{title}", en="Acknowledge: {title}"),
    "kiosk.busy": Text(zh="正在提交…", en="Sending…"),
    # the workbench, and the desk's plain pages
    "desk.away": Text(zh="服务器无应答，稍后自动重试", en="The server does not answer; trying again"),
    "workbench.away": Text(zh="服务器没有回应，稍后自动重试", en="The server does not answer; trying again"),
    "workbench.title": Text(zh="研判台 · {city}", en="Workbench · {city}"),
    "workbench.case": Text(zh="案件 {number}", en="Case {number}"),
    "workbench.reading": Text(zh="正在读取…", en="Reading…"),
    "workbench.no_answer": Text(zh="服务器没有回应", en="The server does not answer"),
    "workbench.writing": Text(zh="正在生成文件…", en="Writing the file…"),
    "workbench.saved": Text(zh="已导出 {name}", en="Saved {name}"),
    "workbench.not_saved": Text(zh="导出失败，请重试", en="The export failed; try again"),
    "workbench.no_tab": Text(zh="没有视图“{tab}”，所示为总览", en="There is no view '{tab}'; this is the overview"),
    "workbench.no_view": Text(
        zh="没有此已存视图，可能已删除；所示为总览",
        en="There is no such saved view, it may have been removed; this is the overview",
    ),
    "workbench.view_saved": Text(zh="已存视图“{name}”", en="Saved the view '{name}'"),
    "workbench.link": Text(zh="链接已复制", en="The link is copied"),
}


def block() -> str:
    """The markup with the texts: data, which no content policy has to allow."""
    by_lang = {"zh": {key: words.zh for key, words in WORDS.items()}, "en": {key: words.en for key, words in WORDS.items()}}
    text = json.dumps(by_lang, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json" id="gw-words">{text}</script>'


if __name__ == "__main__":  # for the scripts' own tests
    print(block())
