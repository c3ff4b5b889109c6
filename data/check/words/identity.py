"""Sentences on ids that do not compare alike."""

from __future__ import annotations

from data.check.words.sentence import Words
from data.text import Text

_CAST = Text(zh="让两个 SELECT 取成同一类型、同一写法：{cast}", en="let both SELECTs deliver one type, spelled alike: {cast}")

WORDS: dict[str, Words] = {
    "id_types": Words(
        good=Text(
            zh="event.id 与 transition.event 类型相同（{of_event}）",
            en="event.id and transition.event are of one type ({of_event})",
        ),
        said=Text(
            zh="event.id 是 {of_event}，transition.event 是 {of_log}：源库与装载可能比得不一样",
            en="event.id is {of_event} and transition.event is {of_log}: source and load may compare them differently",
        ),
        remedy=_CAST,
    ),
    "ids_differ": Words(
        good=Text(zh="流转里的事件编号没有只差写法的", en="no event id of the log differs from its event's in spelling alone"),
        said=Text(
            zh="transition.event（{of_log}）有 {n} 个编号（{share}%）与 event.id（{of_event}）只差{how}，装载当作别的事件",
            en=(
                "ids of transition.event ({of_log}) that differ from event.id ({of_event}) only by {how}, and are other "
                "events to the load: {n} ({share} %)"
            ),
        ),
        remedy=_CAST,
        bad=0.05,
    ),
    "id_not_found": Words(
        good=Text(zh="用 {column} 查得到自己的行", en="rows are found by their {column}"),
        said=Text(
            zh="源库用自己给出的 {column}（{type}）查不到该行，每次读数只能整表读取",
            en="the source does not find a row by the {column} ({type}) that it delivers: every tick reads the whole table",
        ),
        remedy=Text(zh="在 SELECT 中取成文本或整数：{cast}", en="let the SELECT deliver a text or a whole number: {cast}"),
    ),
    "loose_ids": Words(
        good=Text(zh="源库与装载分得清每个 {column}", en="source and load tell every {column} apart"),
        said=Text(
            zh="有 {n} 个 {column}（{type}）源库视为与别的相同（大小写、尾空格、重音），装载视为不同",
            en=(
                "values of {column} ({type}) that the source takes for another one (case, blanks, accents) and the load does "
                "not: {n}"
            ),
        ),
        remedy=Text(zh="在 SELECT 中逐字节比较：{cast}", en="let the SELECT deliver them letter by letter: {cast}"),
        bad=0.05,
    ),
}
