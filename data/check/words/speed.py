"""Sentences on indexes and slow queries."""

from __future__ import annotations

from data.check.words.sentence import Words
from data.text import Text

WORDS: dict[str, Words] = {
    "no_change_column": Words(
        good=Text(zh="有变更列", en="it says what changed"),
        said=Text(
            zh="没有变更列：只在行数变化时整表重读，改动的行不会被发现",
            en=(
                "it has no change column: it is read whole, and only when its count of rows changes; a changed row is not noticed"
            ),
        ),
        remedy=Text(
            zh="给出最后写入时刻的列，写在 changed", en="deliver the instant of the last write and name it under changed"
        ),
    ),
    "no_change_index": Words(
        good=Text(zh="{why}", en="{why}"),
        said=Text(
            zh="变更列 {column} 没有索引，每次读数都要扫全表",
            en="the change column {column} has no index: every tick scans the whole table",
        ),
        remedy=Text(zh="请数据库管理员建索引：{create}", en="ask for an index: {create}"),
    ),
    "no_lookup_index": Words(
        good=Text(zh="{why}", en="{why}"),
        said=Text(
            zh="列 {column} 没有索引，取一个事件要扫全表", en="{column} has no index: reading one event scans the whole table"
        ),
        remedy=Text(zh="请数据库管理员建索引：{create}", en="ask for an index: {create}"),
    ),
    "read_whole": Words(
        good=Text(zh="没有整读的表", en="no table is read whole"),
        said=Text(zh="每次读数取{by}都要整读 {tables}", en="every tick reads {tables} whole to find {by}"),
        remedy=Text(zh="请数据库管理员建索引：{create}", en="ask for an index: {create}"),
    ),
    "file_reread": Words(
        good=Text(zh="{why}", en="{why}"),
        said=Text(
            zh="按变更列 {column} 取数，每次读数都要整读文件（{tables}）",
            en="every tick reads a whole file ({tables}) to find what changed ({column})",
        ),
        remedy=Text(
            zh="文件不必给变更列：删去 changed，文件变了才重读",
            en="a file needs no change column: leave changed out, and it is read when it has changed",
        ),
    ),
    "slow_tick": Words(
        good=Text(zh="每次读数最慢的一句 {took} s（{query}）", en="the slowest query of a tick takes {took} s ({query})"),
        said=Text(zh="每次读数最慢的一句要 {took} s（{query}）", en="the slowest query of a tick takes {took} s ({query})"),
        remedy=Text(zh="建索引，或调长 --tick", en="index it, or make --tick longer"),
    ),
    "slowest_query": Words(
        good=Text(zh="最慢的一句 {took} s（{query}）", en="the slowest query takes {took} s ({query})"),
        said=Text(
            zh="最慢的一句要 {took} s（{query}），首次装载会慢",
            en="the slowest query takes {took} s ({query}); the first load will be slow",
        ),
        remedy=Text(
            zh="简化该 SELECT，或让源库先备好一张表", en="make that SELECT simpler, or let the source keep a table of it"
        ),
    ),
}
