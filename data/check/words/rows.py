"""Sentences on SELECTs, rows and keys."""

from __future__ import annotations

from data.check.words.sentence import Words
from data.source.fault_kinds import KINDS
from data.text import Text

WORDS: dict[str, Words] = {
    "select_fails": Words(
        good=Text(zh="SELECT 可以执行", en="its SELECT runs"),
        said=Text(zh="SELECT 不能执行，数据库答复：{error}", en="its SELECT fails; the database says: {error}"),
        remedy=Text(
            zh="照数据库的答复改映射文件中 tables.{table}.sql，再核一次",
            en="correct tables.{table}.sql of the mapping, and check again",
        ),
        bad=0,
    ),
    "not_utf8": Words(
        good=Text(zh="文本是 UTF-8", en="its text is UTF-8"),
        said=Text(zh="SELECT 不能执行，数据库答复：{error}", en="its SELECT fails; the database says: {error}"),
        remedy=KINDS["encoding"].remedy,
        bad=0,
    ),
    "no_rows": Words(
        good=Text(zh="有 {of} 行", en="{of} rows"),
        said=Text(zh="一行也没有", en="not one row"),
        remedy=Text(
            zh="核对 tables.{table}.sql 的条件与源库的权限",
            en="look at the conditions of tables.{table}.sql and at the account's rights",
        ),
        bad=0,
    ),
    "needed_null": Words(
        good=Text(zh="必需列 {column} 都有值", en="the needed column {column} is filled throughout"),
        said=Text(
            zh="必需列 {column} 有 {n} 行为空（{share}%），这些行不能采用",
            en="the needed column {column} is empty in some rows, which cannot be used: {n} ({share} %)",
        ),
        remedy=Text(
            zh="在源库补上，或在 SELECT 中滤去并说明原因",
            en="fill it at the source, or leave these rows out in the SELECT and say why",
        ),
        bad=0.1,
    ),
    "empty_column": Words(
        good=Text(zh="没有整列为空的列", en="no column is empty throughout"),
        said=Text(zh="整列为空的列：{column}", en="columns that are empty throughout: {column}"),
        remedy=Text(
            zh="若源库有此数据，改 SELECT；若没有，从 SELECT 中删去",
            en="correct the SELECT if the source has them; else leave them out",
        ),
    ),
    "duplicate_key": Words(
        good=Text(zh="键 {column} 不重复", en="the key {column} names each row once"),
        said=Text(
            zh="键 {column} 有 {n} 行与别的行重复，每键只计一行",
            en="rows whose key {column} another row has, of which one counts: {n}",
        ),
        remedy=Text(
            zh="改 SELECT 使一键一行（常因联接翻倍）",
            en="make the SELECT give one row a key (a join that doubles rows is the usual cause)",
        ),
        bad=0.1,
    ),
    "orphan": Words(
        good=Text(zh="每条流转都有其事件", en="every log row has its event"),
        said=Text(
            zh="{n} 条流转（{share}%）找不到所属事件，不能采用",
            en="log rows that belong to no event and cannot be used: {n} ({share} %)",
        ),
        remedy=Text(
            zh="让两个 SELECT 的条件一致，并核对事件编号的写法",
            en="give both SELECTs the same conditions and spell the event's id alike",
        ),
        bad=0.1,
    ),
    "event_without_log": Words(
        good=Text(zh="每个事件都有流转", en="every event has a log"),
        said=Text(
            zh="{n} 个事件（{share}%）没有任何流转，在办的只能算在上报环节",
            en="events without a log, of which the open ones can only be counted in the first stage: {n} ({share} %)",
        ),
        remedy=Text(zh="核对流转的 SELECT 是否漏了时段或表", en="see whether the transition SELECT leaves out a time or a table"),
        bad=0.5,
    ),
}
