"""The sentences of the doubts: why a decision was taken, and what to do if it is wrong."""

from __future__ import annotations

from typing import NamedTuple

from data.text import Text


class Words(NamedTuple):
    """``why``: the reason; ``other``: what to do if it is wrong."""

    why: Text
    other: Text


def _words(zh: str, en: str, other_zh: str, other_en: str) -> Words:
    return Words(Text(zh=zh, en=en), Text(zh=other_zh, en=other_en))


WORDS: dict[str, Words] = {
    "department": _words("有多列像部门", "several columns look like the department", "也可用：{others}", "it could be {others}"),
    "area": _words(
        "有多列像区域，取其一为一级网格",
        "several columns look like areas; one level is made of this one",
        "也可用：{others}",
        "it could be {others}",
    ),
    "severity": _words(
        "按词义定的紧急程度，4 最急", "read by its words; 4 is the most urgent", "改成本地的含义", "put your own meaning"
    ),
    "sensitive": _words(
        "按名称判为敏感，只计数不列出",
        "sensitive by their names: counted and never listed",
        "增减 sensitive = true",
        "put or take away sensitive = true",
    ),
    "odd_words": _words(
        "这些值看不懂，{n} 行按空值计",
        "these values are not understood; {n} rows count as empty",
        "在源表中改写",
        "write them otherwise in the source",
    ),
    "row_id": _words(
        "没有编号列，以行号为编号",
        "no column numbers the cases; the row does",
        "有编号列时改用它",
        "name the column that does, if there is one",
    ),
    "repeated_id": _words(
        "{n} 行的编号重复，只计其一，其余列为搁置行",
        "{n} rows repeat a number; one of each counts, the others are rejected",
        "换一列，或在源表去重",
        "name another column, or mend the source",
    ),
    "empty_id": _words(
        "{n} 行没有编号，列为搁置行", "{n} rows have no number and are rejected", "在源表补上", "fill them in at the source"
    ),
    "odd_times": _words(
        "{n} 行不是时间：照原样留下，装载时计为搁置行，这一步按未发生计（结案时间如此则案件在办）",
        "{n} rows are no times: they stay as they stand, the load counts them as rejected, and the step has not happened (a case"
        " whose closing is such a text is open)",
        "在源表改写后重做",
        "write them as times in the source, and draft again",
    ),
    "never_times": _words(
        "{n} 行写的是表示“从未”的日期，按未发生计",
        '{n} rows hold a day that means "never": not happened',
        "若确为时间，改映射文件的 never",
        "if they are times, say which days mean never (never)",
    ),
    "satisfaction": _words(
        "满意度按词义换成 1–5，4 分及以上计为满意",
        "the words for satisfaction are read as 1 to 5; from 4 on a case counts as satisfied",
        "改 codes.satisfaction",
        "change codes.satisfaction",
    ),
    "no_due": _words(
        "这一列不是时间（或写成工作日数），没有时限：超期、按时率都未接入",
        "this column holds no times (or a number of days): without limits nothing is overdue or in time",
        "在源表写成时间，或在城市文件 categories.*.limit 写时限",
        "write times in the source, or a limit at each category (categories.*.limit)",
    ),
    "no_handle": _words(
        "没有一列说明部门何时开始办理，部门用时未接入",
        "no column says when a department began, so that its times are not mapped",
        '若派遣即交办，在 stages 加 handle = "{column}"，并在城市文件加 role = "handle" 的环节',
        'if it has the case once it is sent, add handle = "{column}" under stages, and a stage of role handle in the'
        " city's file",
    ),
    "as_of": _words(
        "最新一条记录已旧，时钟停在那一刻",
        "the newest record is old: the clock stands there",
        '写明导出的时刻（如 "2026-11-27 17:30"），或 "now"',
        'write when the export was made (e.g. "2026-11-27 17:30"), or "now"',
    ),
    "day_or_month": _words(
        "日与月无从分辨，按 月/日/年 读",
        "day and month cannot be told apart; read as month/day/year",
        "若为 日/月/年，加 --day-first 重做",
        "if it is day/month/year, draft again with --day-first",
    ),
    "dispatch": _words(
        "没有派遣一步；自“{stage}”起即算在部门",
        "nothing says when a case was dispatched; with '{stage}' it is with its department",
        '把 role = "dispatch" 改到别的环节',
        'give role = "dispatch" to another stage',
    ),
    "handle": _words(
        "没有处置一步；“{stage}”算作部门的第一步",
        "no step is called handling; '{stage}' is taken for the department's first",
        '把 role = "handle" 改到别的环节',
        'give role = "handle" to another stage',
    ),
    "roles": _words(
        "按名称认出各环节的角色",
        "the roles of the stages, read by their names",
        "改 role；没有角色的环节只计数",
        "change role; a stage without one is counted and is no milestone",
    ),
    "no_end": _words(
        "没有结案时间，也没有状态：全部算在办",
        "no column says when or whether a case was closed: all of them count as open",
        "指明结案时间的列",
        "name the column of the closing time",
    ),
    "outcome": _words(
        "状态列“{column}”按词义分",
        "the status '{column}' is read by its words",
        "词义不同则改源表或映射",
        "if your words mean something else, say so in the mapping",
    ),
    "reopened": _words(
        "{n} 件有结案时间而状态未结，按已结计",
        "{n} cases have a closing time and a status that goes on; they count as closed",
        "若为重开，清空其结案时间",
        "if they were reopened, empty their closing time",
    ),
    "endings": _words(
        "没有结案时间；以这些步骤收尾的案件算已结",
        "no column says when a case ended; those whose last row is one of these count as closed",
        "若不对，用 --end 步骤名（可多次）重做",
        "if not, draft again with --end STEP, once for each",
    ),
    "no_ending": _words(
        "没有结案时间，也没有叫得出的收尾步骤：全部算在办",
        "nothing says when a case ended, and no step is called an end: all count as open",
        "用 --end 步骤名（可多次）重做；下列是各案最后一步",
        "draft again with --end STEP, once for each; these are the last steps",
    ),
    "no_closing_column": _words(
        "案件表没有结案时间",
        "the table of cases does not say when a case was closed",
        "指明结案时间的列",
        "name the column that does",
    ),
    "log_key": _words(
        "流程表没有主键，按案件与时间编号",
        "the log has no key; its rows are numbered by case and time",
        "给它一个主键",
        "give it one",
    ),
    "password": _words(
        "库的口令写在映射文件里，只有本账号可读",
        "the database's password stands in the mapping, which only this account can read",
        "删去口令，改用 GRIDWALL_SOURCE 给出",
        "take it out and give the URL as GRIDWALL_SOURCE",
    ),
    "tables": _words(
        "像案件与流程的表", "the tables that look like cases and their log", "其余：{others}", "the others: {others}"
    ),
    "sampled": _words(
        "共 {n} 行，只看了前一部分；代码按全表列出",
        "{n} rows, of which a part was looked at; codes are those of all",
        "核对环节次序",
        "look at the order of the stages",
    ),
    "zone_point": _words(
        "按坐标所在",
        "by where the points lie",
        "--timezone 另定；city.country 定法定节假日",
        "say another with --timezone; city.country says whose holidays",
    ),
    "zone_offset": _words(
        "按时间所带时差",
        "by the offsets that the times carry",
        "--timezone 另定；city.country 定法定节假日",
        "say another with --timezone; city.country says whose holidays",
    ),
    "zone_script": _words(
        "表头为中文",
        "the headers are Chinese",
        "--timezone 另定；city.country 定法定节假日",
        "say another with --timezone; city.country says whose holidays",
    ),
    "zone_default": _words(
        "没有别的依据",
        "nothing says otherwise",
        "--timezone 另定；city.country 定法定节假日",
        "say another with --timezone; city.country says whose holidays",
    ),
    "local_digits": _words(
        "时间都带 +00:00，但按数字看夜间最静：作当地时间读",
        "all times carry +00:00, but by their digits the nights are quiet: read as local time",
        "若确为 UTC，--timezone UTC 重做",
        "if they are UTC, draft again with --timezone UTC",
    ),
    "all_hours": _words(
        "夜间与周末办件如常",
        "steps fall on nights and weekends too",
        "工作时限按此计算；改 hours.slots、hours.every_day",
        "work-time limits stand on them; change hours.slots, hours.every_day",
    ),
    "office_hours": _words(
        "数据没有写明办公时间",
        "the data does not state them",
        "工作时限按此计算；改 hours.slots、hours.every_day",
        "work-time limits stand on them; change hours.slots, hours.every_day",
    ),
    "shapes_area": _words(
        "{share}% 的名称在其中", "{share} % of the names are in it", "--shapes 另指一个文件", "name another file with --shapes"
    ),
    "shapes_point": _words(
        "{share}% 的坐标在其中", "{share} % of the points are in it", "--shapes 另指一个文件", "name another file with --shapes"
    ),
}
