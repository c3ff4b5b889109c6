"""What the doctor says of each thing it looks for, in both languages, and from which share on it is bad.

``{n}`` of ``{of}`` (``{share}`` %) are concerned.  Not one of these sentences holds what a row holds.
"""

from __future__ import annotations

from typing import NamedTuple

from data.text import Text


class Words(NamedTuple):
    """``bad``: a share of the rows above which the wall cannot be trusted; 0 = any is bad, None = never more than look."""

    good: Text
    said: Text
    remedy: Text
    bad: float | None = None


WORDS: dict[str, Words] = {
    # ---- the SELECTs
    "select_fails": Words(
        good=Text(zh="SELECT 可以执行", en="its SELECT runs"),
        said=Text(zh="SELECT 不能执行，数据库答复：{error}", en="its SELECT fails; the database says: {error}"),
        remedy=Text(
            zh="照数据库的答复改映射文件中 tables.{table}.sql，再核一次",
            en="correct tables.{table}.sql of the mapping, and check again",
        ),
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
    # ---- keys
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
        remedy=Text(
            zh="核对流转的 SELECT 是否漏了时段或表",
            en="see whether the transition SELECT leaves out a time or a table",
        ),
        bad=0.5,
    ),
    # ---- codes
    "unknown_code": Words(
        good=Text(zh="{column} 的代码都认得", en="every code of {column} is known"),
        said=Text(
            zh="{column} 有 {n} 行（{share}%）是不认得的代码，计为“未知”",
            en="rows with a code of {column} that is not known and counts as \"unknown\": {n} ({share} %)",
        ),
        remedy=Text(
            zh="在映射文件 codes.{kind} 中对照，或写入城市文件",
            en="map them under codes.{kind} of the mapping, or list them in the city's file",
        ),
        bad=0.5,
    ),
    "unknown_step": Words(
        good=Text(zh="{column} 的代码都认得", en="every code of {column} is known"),
        said=Text(
            zh="{column} 有 {n} 行（{share}%）是不认得或空的代码，这些流转不能采用",
            en="log rows whose {column} is unknown or empty, so that they cannot be used: {n} ({share} %)",
        ),
        remedy=Text(zh="在映射文件 codes.{kind} 中对照", en="map them under codes.{kind} of the mapping"),
        bad=0.1,
    ),
    "unlisted_department": Words(
        good=Text(zh="部门都在城市文件中", en="every department is in the city's file"),
        said=Text(
            zh="{n} 个部门（共 {of} 个）不在城市文件中",
            en="departments that are not in the city's file: {n} of {of}",
        ),
        remedy=Text(
            zh="写入城市文件的 departments，或在 codes.department 中对照",
            en="list them under departments of the city's file, or map them under codes.department",
        ),
    ),
    # ---- times
    "bad_time": Words(
        good=Text(zh="{column} 的时间都可用", en="every time of {column} can be used"),
        said=Text(
            zh="{column} 有 {n} 行（{share}%）不是时间，或不在 1990–2100 年间",
            en="rows whose {column} is no time, or not between 1990 and 2100: {n} ({share} %)",
        ),
        remedy=Text(
            zh="在 SELECT 中转换成 ISO 时间；“从未”应为 NULL",
            en="convert it to ISO times in the SELECT; \"never\" is NULL",
        ),
        bad=0.1,
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
        said=Text(
            zh="{n} 个事件（{share}%）的时限早于上报",
            en="events that are due before they are reported: {n} ({share} %)",
        ),
        remedy=Text(
            zh="核对 due_at 是否是时刻而非时长，时区是否一致",
            en="see whether due_at is an instant and not a span, and of the same time zone",
        ),
        bad=0.5,
    ),
    "log_before_report": Words(
        good=Text(zh="没有早于上报的流转", en="no log row is before the report"),
        said=Text(
            zh="{n} 条流转（{share}%）早于其事件的上报",
            en="log rows that are before the report of their event: {n} ({share} %)",
        ),
        remedy=Text(
            zh="核对 reported_at 取的是否是首次上报的时刻",
            en="see whether reported_at is the instant of the first report",
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
            en=(
                "late entries are normal; if it is many, see whether the time is that of the step or that of its "
                "writing"
            ),
        ),
    ),
    "future_time": Words(
        good=Text(zh="{column} 没有晚于此刻的时间", en="{column} is never in the future"),
        said=Text(
            zh="{column} 有 {n} 行（{share}%）晚于此刻",
            en="rows whose {column} is in the future: {n} ({share} %)",
        ),
        remedy=Text(
            zh="核对映射文件的 timezone 与源库的时钟",
            en="look at the mapping's timezone and at the clock of the source",
        ),
        bad=0.1,
    ),
    # ---- place
    "unknown_grid": Words(
        good=Text(zh="网格代码都认得", en="every grid code is known"),
        said=Text(
            zh="{n} 个事件（{share}%）的网格代码不在网格表中，不能上图",
            en="events that name a cell that the grid does not have, and are on no map: {n} ({share} %)",
        ),
        remedy=Text(
            zh="核对两处代码的写法与网格表的时点",
            en="spell the codes alike, and see whether the grid table is of the same date",
        ),
        bad=0.5,
    ),
    "not_located": Words(
        good=Text(zh="没有网格代码的事件都按坐标落在网格内", en="every event without a grid code lies in a cell by its point"),
        said=Text(
            zh="{n} 个事件（{share}%）没有网格代码，坐标为空、为 0,0 或在所有网格之外：计入各项合计，不上图",
            en=(
                "events without a grid code whose point is missing, at 0,0 or outside every cell; they count in "
                "every sum and are on no map: {n} ({share} %)"
            ),
        ),
        remedy=Text(
            zh="若源库有网格代码或坐标，改 SELECT 取出；坐标应为经纬度",
            en="let the SELECT deliver the grid code or the point where the source has them; points are degrees",
        ),
        bad=0.95,
    ),
    "no_grid": Words(
        good=Text(zh="有网格", en="there is a grid"),
        said=Text(zh="没有网格，不画地图", en="there is no grid, so that no map is drawn"),
        remedy=Text(
            zh="要地图时，映射 tables.grid，或用 shapes 指一个 GeoJSON 文件",
            en="for a map, map tables.grid, or name a GeoJSON file under shapes",
        ),
    ),
    "no_shape": Words(
        good=Text(zh="每个网格都有轮廓", en="every cell has an outline"),
        said=Text(
            zh="{n} 个网格（{share}%）没有轮廓，计数但不上图",
            en="cells without an outline, which are counted and not drawn: {n} ({share} %)",
        ),
        remedy=Text(
            zh="取 geometry（WKB），或用 shapes 指一个 GeoJSON 文件；上级网格没有轮廓时由下级合成",
            en="deliver geometry (WKB), or name a GeoJSON file under shapes; a cell above others needs none, it has theirs",
        ),
    ),
    "repaired_outline": Words(
        good=Text(zh="轮廓都有效", en="every outline is valid"),
        said=Text(
            zh="{n} 个网格的轮廓自相交，已修复后使用",
            en="cells whose outline crosses or touches itself, used as repaired: {n}",
        ),
        remedy=Text(zh="请测绘方改正原图", en="have the drawing itself corrected"),
    ),
    "bad_geometry": Words(
        good=Text(zh="轮廓都能画", en="every outline can be drawn"),
        said=Text(
            zh="{n} 个网格的轮廓不能画",
            en="cells whose outline cannot be drawn: {n}",
        ),
        remedy=Text(
            zh="轮廓应为经纬度的多边形（WKB）；原因逐条见 python -m dashboard faults",
            en="an outline is a polygon in degrees, as WKB; python -m dashboard faults gives the reason of each",
        ),
        bad=0.5,
    ),
    "bad_number": Words(
        good=Text(zh="网格的人口、户数都可用", en="people and households of every cell are numbers"),
        said=Text(
            zh="{n} 个网格的人口或户数不是 0 以上的整数，按未知计",
            en="cells whose people or households are no whole number from 0 up, taken as not known: {n}",
        ),
        remedy=Text(zh="核对 population、households 两列", en="see to the columns population and households"),
    ),
    "lost_cell": Words(
        good=Text(zh="网格都能采用", en="every cell can be used"),
        said=Text(
            zh="{n} 个网格不能采用（层级不认得、找不到上级、代码重复或为空）",
            en="cells that cannot be used (unknown level, no parent, a code that stands twice or is empty): {n}",
        ),
        remedy=Text(
            zh="核对 level 是否为城市文件的层级代码，parent 是否在上一层",
            en="see that level is a level code of the city's file, and that parent is a cell of the level above",
        ),
        bad=0.1,
    ),
    "stray_outline": Words(
        good=Text(zh="轮廓文件与网格相符", en="the file of outlines fits the grid"),
        said=Text(
            zh="轮廓文件中有 {n} 个代码不在网格中",
            en="codes in the file of outlines that the grid does not have: {n}",
        ),
        remedy=Text(
            zh="核对 shapes.code 指的属性；若文件本身就是网格，写明 shapes.level",
            en="see which property shapes.code names; if the file itself is the grid, name shapes.level",
        ),
    ),
    "coverage": Words(
        good=Text(zh="网格不重叠、不留空白", en="the grid has no overlap and no gap"),
        said=Text(
            zh="网格有 {n} 处重叠、留缝或空白",
            en="overlaps, slivers or gaps of the grid: {n}",
        ),
        remedy=Text(
            zh="请测绘方照所列网格改图；落在重叠处的点归第一个网格",
            en="have the listed cells redrawn; a point in an overlap counts in the first",
        ),
    ),
    # ---- speed
    "no_change_column": Words(
        good=Text(zh="有变更列", en="it says what changed"),
        said=Text(
            zh="没有变更列：只在行数变化时整表重读，改动的行不会被发现",
            en=(
                "it has no change column: it is read whole, and only when its count of rows changes; a changed row "
                "is not noticed"
            ),
        ),
        remedy=Text(
            zh="给出最后写入时刻的列，写在 changed",
            en="deliver the instant of the last write and name it under changed",
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
            zh="列 {column} 没有索引，取一个事件要扫全表",
            en="{column} has no index: reading one event scans the whole table",
        ),
        remedy=Text(zh="请数据库管理员建索引：{create}", en="ask for an index: {create}"),
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
            zh="简化该 SELECT，或让源库先备好一张表",
            en="make that SELECT simpler, or let the source keep a table of it",
        ),
    ),
}
