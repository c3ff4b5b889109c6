"""Interaction with a chart: its buttons (zoom, choose, reset, image) and their texts."""

from __future__ import annotations

from data.text import TAG, Lang, Text
from data.types.records import Record

#: Plotly's own messages on a chart, keyed by its English text.
WORDS = {
    "Zoom": Text(zh="缩放", en="Zoom"),
    "Box Select": Text(zh="框选为筛选", en="Select: becomes the filter"),
    "Reset axes": Text(zh="复位", en="Reset"),
    "Double-click to zoom back out": Text(zh="双击复位", en="Double-click to zoom back out"),
    "Double-click on legend to isolate one trace": Text(
        zh="双击图例只看这一项", en="Double-click on legend to isolate one trace"
    ),
    "Click to select": Text(zh="点选", en="Click to select"),
}
CHART = Text(zh="图表", en="chart")
IMAGE = Text(zh="导出图片", en="Save as picture")
KEYS = Text(
    zh="左右键逐项读数，回车选择，Shift 加左右键选一段，Esc 返回",
    en="Left and right read one after the other, Enter chooses, Shift with them marks several, Esc goes back",
)


def config(lang: Lang) -> Record:
    """Plotly's configuration for every chart of a page.  The browser adds the buttons; the last one exports a file through the
    server."""
    locale = TAG(lang)
    return {
        "displaylogo": False,
        "displayModeBar": "hover",
        "doubleClick": "reset",
        "scrollZoom": False,
        "showTips": True,
        "locale": locale,
        "locales": {locale: {"dictionary": {k: v(lang) for k, v in WORDS.items()}, "format": FORMATS[lang]}},
    }


#: Date formats of a zoomed axis.
FORMATS: dict[Lang, Record] = {
    "zh": {
        "days": [f"星期{d}" for d in "日一二三四五六"],
        "shortDays": [f"周{d}" for d in "日一二三四五六"],
        "months": [f"{m}月" for m in (*"一二三四五六七八九十", "十一", "十二")],
        "shortMonths": [f"{m}月" for m in range(1, 13)],
        "date": "%Y-%m-%d",
        "decimal": ".",
        "thousands": ",",
    },
    "en": {"date": "%Y-%m-%d", "decimal": ".", "thousands": ","},
}
