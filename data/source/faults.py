"""What is wrong with a source, by kind: words for every screen, and a line with the remedy for those who run the wall.

A source that does not answer is told apart from one that answers with an error: a changed schema (with table and column), no
rights, a wrong password, a lock, another encoding.  The words name tables and columns, never hosts, files, accounts or values.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from data.errors import SourceFault
from data.secrets.masking import masked
from data.text import Text

#: Characters of a database's answer that a fault repeats.
MOST_SAID = 500
#: Characters of a name (a table, a column) that the words repeat.
_MOST_NAME = 40

TABLES = {
    "event": Text(zh="事件表", en="events"),
    "transition": Text(zh="流转表", en="the log"),
    "grid": Text(zh="网格表", en="the grid"),
    "asset": Text(zh="设备表", en="devices"),
    "sign": Text(zh="体征表", en="vital signs"),
    "department": Text(zh="部门表", en="departments"),
    "position": Text(zh="位置表", en="positions"),
    "duty": Text(zh="值班表", en="duties"),
}


class Kind(NamedTuple):
    """``words`` for every screen: ``{of}`` is where a table is named; ``remedy`` for those who run the wall."""

    words: Text
    remedy: Text


_RUNS = Text(zh="请确认库在运行，网络可达", en="check that it runs and that the network reaches it")
_FITS = Text(
    zh="请按库的现状改映射的 SELECT，或用 --source 指明另一个库",
    en="the mapping does not fit this database; correct its SELECT, or name the right one with --source",
)
KINDS: dict[str, Kind] = {
    # ---- it does not answer
    "silent": Kind(Text(zh="数据源无应答", en="the source does not answer"), _RUNS),
    "lost": Kind(Text(zh="数据源无应答：连接中断", en="the source broke off the connection"), _RUNS),
    "refused": Kind(Text(zh="数据源无应答：连接被拒", en="the source is not running: connection refused"), _RUNS),
    "unreachable": Kind(Text(zh="数据源无应答：网络不通", en="the source cannot be reached: no route"), _RUNS),
    "missing": Kind(
        Text(zh="数据源文件不在", en="the source's file is not there"),
        Text(
            zh="请核对路径与权限，或用 --source 指明数据库",
            en="check the path and its rights, or name the database with --source",
        ),
    ),
    "dns": Kind(
        Text(zh="数据源无应答：域名解析失败", en="the source's name does not resolve (DNS)"),
        Text(zh="请核对主机名与 DNS，或改用 IP 地址", en="check the host's name and the DNS, or write its IP address"),
    ),
    "starting": Kind(Text(zh="数据源正在启动或关闭", en="the source is starting or shutting down"), _RUNS),
    # ---- it answers, with an error
    "expired": Kind(
        Text(zh="数据源的证书已过期", en="the source's certificate has expired"),
        Text(
            zh="请在数据库服务器上换发证书，并核对本机时钟", en="renew it on the database server, and check this machine's clock"
        ),
    ),
    "certificate": Kind(
        Text(zh="数据源的证书无效或已过期", en="the source's certificate is not valid, or has expired"),
        Text(
            zh="请核对证书有效期、主机名与根证书，并核对本机时钟",
            en="check its dates, its host name and the root certificate, and this machine's clock",
        ),
    ),
    "password": Kind(
        Text(zh="数据源拒绝登录：账号或口令不对", en="the source refuses the login: wrong account or password"),
        Text(zh="请核对连接串中的账号与口令", en="check account and password of the source's URL"),
    ),
    "rights": Kind(
        Text(zh="账号无权读取{of}", en="the account may not read {of}"),
        Text(zh="请授予该账号 SELECT 权限", en="grant it; SELECT is enough"),
    ),
    "database": Kind(
        Text(zh="数据源中没有该数据库", en="the source has no such database"),
        Text(zh="请核对连接串中的库名", en="check the database's name in the source's URL"),
    ),
    "table": Kind(Text(zh="数据源结构已变：没有{of}", en="the source has changed: there is no {of}"), _FITS),
    "column": Kind(Text(zh="数据源结构已变：{of}", en="the source has changed: {of}"), _FITS),
    "locked": Kind(
        Text(zh="数据源被锁定：{of}", en="the source is locked: {of}"),
        Text(
            zh="有人锁住了表（见 pg_locks、SHOW PROCESSLIST）；解锁前会反复重试",
            en="somebody holds a table locked (see pg_locks, SHOW PROCESSLIST); it is tried again until it is free",
        ),
    ),
    "held": Kind(
        Text(zh="数据源被其他程序锁定", en="the source is locked by another program"),
        Text(
            zh="有程序占用该文件；请改为 WAL 模式（PRAGMA journal_mode=WAL），或稍后再试",
            en="another program holds it; put it in WAL mode (PRAGMA journal_mode=WAL), or try again",
        ),
    ),
    "slow": Kind(
        Text(zh="数据源查询超时：{of}", en="the source takes too long: {of}"),
        Text(
            zh="请为映射的 changed 列建索引，或放宽 --source-limit（首次载入与核对用 --load-limit）",
            en="give the mapping's 'changed' column an index, or raise --source-limit (--load-limit for a first load "
            "and a reconciliation)",
        ),
    ),
    "cancelled": Kind(Text(zh="数据源取消了查询：{of}", en="the source cancelled the question: {of}"), _RUNS),
    "encoding": Kind(
        Text(zh="数据源编码不符：{of}", en="the source's text is of another encoding: {of}"),
        Text(
            zh="不是 UTF-8；请转码：iconv -f GB18030 -t UTF-8 旧.csv > 新.csv，或在连接串中写明编码（charset=、"
            "client_encoding=）",
            en="the file is not UTF-8; convert it: iconv -f GB18030 -t UTF-8 OLD.csv > NEW.csv, or say it in the "
            "URL of a server (charset=, client_encoding=)",
        ),
    ),
    "full": Kind(
        Text(zh="数据源连接数已满", en="the source has no connection left"),
        Text(zh="请放宽数据库的最大连接数，或结束空闲连接", en="raise its limit of connections, or end idle ones"),
    ),
    "disk": Kind(
        Text(zh="数据源磁盘或内存已满", en="the source's disk or memory is full"),
        Text(zh="请在数据库服务器上腾出空间", en="make room on the database server"),
    ),
    "damaged": Kind(
        Text(zh="数据源文件已损坏或不是数据库", en="the source's file is damaged, or no database"),
        Text(
            zh="请核对路径与权限，或用 --source 指明数据库",
            en="check the path and its rights, or name the database with --source",
        ),
    ),
    "sql": Kind(
        Text(zh="映射的 SELECT 有误：{of}", en="a SELECT of the mapping is wrong: {of}"),
        Text(
            zh="请改正映射的 SELECT，按源库自己的 SQL 书写",
            en="correct the SELECT of the mapping; it is written in the source's own SQL",
        ),
    ),
    "mapping": Kind(Text(zh="数据源与映射不符：{of}", en="the source does not fit the mapping: {of}"), _FITS),
    "driver": Kind(
        Text(zh="未安装数据源的驱动", en="the source's driver is not installed"), Text(zh="请安装驱动", en="install the driver")
    ),
    "stamps": Kind(
        Text(zh="数据源与映射不符：变更列不是时刻", en="the source does not fit the mapping: a change column holds no time"),
        _FITS,
    ),
    "error": Kind(
        Text(zh="数据源报错", en="the source answers with an error"),
        Text(
            zh="请确认库在运行，账号可读（SELECT 即可）",
            en="check that it runs and that the account may read it (SELECT is enough)",
        ),
    ),
}
#: Kinds of a source that gave no answer; with any other it has answered.
SILENT = frozenset({"silent", "lost", "refused", "unreachable", "missing", "dns", "starting"})

#: SQLSTATEs (PostgreSQL), by their beginning, and numbers of MySQL's and MariaDB's errors.
_STATES = {
    "42703": "column",
    "42P01": "table",
    "3F000": "table",
    "42501": "rights",
    "28": "password",
    "3D000": "database",
    "55P03": "locked",
    "40P01": "locked",
    "57P0": "starting",
    "57P05": "lost",
    "53300": "full",
    "53": "disk",
    "58030": "disk",
    "22021": "encoding",
    "22P05": "encoding",
    "42601": "sql",
    "42883": "sql",
    "42804": "sql",
    "XX001": "damaged",
    "XX002": "damaged",
    "08": "lost",
}
_NUMBERS = {
    n: kind
    for kind, numbers in {
        "column": (1054,),
        "table": (1146,),
        "database": (1049,),
        "rights": (1044, 1142, 1143),
        "password": (1045, 1698, 1130),
        "locked": (1205, 1213),
        "slow": (1969, 3024),
        "cancelled": (1317,),
        "full": (1040, 1203, 1226),
        "disk": (1021, 1037, 1038, 1041),
        "sql": (1064,),
        "starting": (1053,),
        "lost": (2006, 1927),
        "encoding": (1366, 3854),
    }.items()
    for n in numbers
}
#: What no number tells: SQLite's, DuckDB's and the network's own words, in the order in which they are looked for.
_SAID = tuple(
    (re.compile(pattern, re.IGNORECASE), kind)
    for pattern, kind in (
        (
            r"name or service not known|nodename nor servname|temporary failure in name resolution|could not translate host name|"
            r"failed to resolve host|no address associated|getaddrinfo failed",
            "dns",
        ),
        (r"certificate has expired|certificate expired", "expired"),
        (
            r"certificate verify failed|certificate_verify_failed|self.signed certificate|unknown ca|root certificate file|"
            r"does not match host name|hostname mismatch",
            "certificate",
        ),
        (
            r"password authentication failed|no password supplied|access denied for user .*using password|no pg_hba\.conf entry|"
            r"role .* does not exist|authentication failed",
            "password",
        ),
        (r"too many connections|too many clients|remaining connection slots", "full"),
        (r"starting up|shutting down|in recovery mode|not yet accepting connections|administrator command", "starting"),
        (r"statement timeout|max_statement_time|maximum statement execution time", "slow"),
        (r"lock timeout|lock wait timeout|deadlock", "locked"),
        (r"canceling statement|query execution was interrupted", "cancelled"),
        (r"connection refused|no such file or directory.*(accepting connections|socket)|can't connect to .*errno 2\b", "refused"),
        (r"no route to host|network is unreachable|host is down", "unreachable"),
        (r"timed out|timeout expired|connection timeout", "silent"),
        (
            r"closed the connection unexpectedly|connection reset|broken pipe|lost connection|gone away|"
            r"connection is (closed|lost)|"
            r"consuming input failed|eof detected|unexpected eof",
            "lost",
        ),
        (r"database .* does not exist", "database"),
        (
            r"no such column|unknown column|column .* (does not exist|not found)|does not have a column|referenced column",
            "column",
        ),
        (
            r"no such table|table .* doesn't exist|relation .* does not exist|table with name|catalog error.*does not exist",
            "table",
        ),
        (r"permission denied|access is denied|command denied|not authorized|access to .* (is prohibited|denied)", "rights"),
        (
            r"not utf-8|invalid unicode|does not support the encoding|invalid byte sequence|could not decode to utf-8|"
            r"codec can't decode|has no equivalent in encoding",
            "encoding",
        ),
        (r"no files found|there is no file", "missing"),
        (r"syntax error|parser error|syntax", "sql"),
        (r"locked|could not set lock|conflicting lock", "held"),
        (r"not a database|malformed|disk image|not a valid duckdb|no valid duckdb|corrupt", "damaged"),
        (r"unable to open", "missing"),
        (r"no space left|disk is full|out of memory|disk i/o error", "disk"),
    )
)
_COLUMNS, _OBJECTS = (
    tuple(re.compile(p, re.IGNORECASE) for p in patterns)
    for patterns in (
        (
            r"no such column: ?([^\s]+)",
            r"unknown column ['`\"]([^'`\"]+)",
            r"column \"?([\w.$\u0080-\uffff]+)\"? (?:does not exist|not found)",
            r"column named ['\"]([^'\"]+)",
            r"column ['\"]([^'\"]+)",
        ),
        (
            r"no such table: ?([^\s]+)",
            r"table ['`]([^'`]+)['`] doesn't",
            r"table with name ([^\s!]+)",
            r"relation \"([^\"]+)\" does not",
            r"permission denied for (?:table|view|relation|materialized view|schema) \"?([^\s\"]+)",
            r"for (?:table|column) (?:[`'][^`']+[`']\.)?[`']([^`']+)[`']",
        ),
    )
)


def fault(name: str, kind: str, said: str = "", of: Text | str = "") -> SourceFault:
    """The fault of the source called ``name``; ``said`` is what the source says, ``of`` the table (and column) meant."""
    found = KINDS[kind]
    place = Text(zh=of, en=of) if isinstance(of, str) else of
    words = Text(zh=_put(found.words.zh, place.zh, "某表"), en=_put(found.words.en, place.en, "a table"))
    told = said or words.en
    return SourceFault(f"{name}: {told}; {found.remedy.en}", f"{name}：{said or words.zh}；{found.remedy.zh}", kind, words)


def _put(words: str, of: str, unknown: str) -> str:
    """``words`` with the table in its place."""
    return words.replace("{of}", of) if of else re.sub(r"[：:] ?\{of\}", "", words).replace("{of}", unknown)


def unfit(said: str, zh: str, table: str, column: str = "") -> SourceFault:
    """What a SELECT of the mapping delivers is not what the contract asks for."""
    of = _place("column", f"no such column: {column}", table) if column else TABLES.get(table, Text(zh=table, en=table))
    words = KINDS["mapping"].words
    return SourceFault(said, zh, "mapping", Text(zh=_put(words.zh, of.zh, ""), en=_put(words.en, of.en, "")))


def silent(name: str, what: str, seconds: float) -> SourceFault:
    """A question that was broken off since nothing came."""
    asked = TABLES.get(what)
    zh, en = (
        (f"读{asked.zh} {seconds:.0f} 秒无果", f"nothing in {seconds:.0f} s from {asked.en}")
        if asked
        else (f"{seconds:.0f} 秒没有回音", f"nothing in {seconds:.0f} s")
    )
    remedy = KINDS["silent"].remedy
    return SourceFault(
        f"{name}: does not answer: {en}, given up; {remedy.en}",
        f"{name}：无应答：{zh}，已放弃；{remedy.zh}",
        "silent",
        KINDS["silent"].words,
    )


def stopping(name: str) -> SourceFault:
    """Nothing is asked any more."""
    return SourceFault(
        f"{name}: is not asked any more: the server stops", f"{name}：服务正在停止，不再读取", "stopping", KINDS["silent"].words
    )


def waiting_words(seconds: float, what: str) -> Text:
    """A question that is not answered yet."""
    asked = TABLES.get(what)
    return Text(
        zh=f"数据源 {seconds:.0f} 秒未应答" + (f"（{asked.zh}）" if asked else "（连接）" if what == "connect" else ""),
        en=f"no answer from the source for {seconds:.0f} s"
        + (f" ({asked.en})" if asked else " (connecting)" if what == "connect" else ""),
    )


def fault_of(name: str, error: BaseException | None, table: str = "") -> SourceFault:
    """What a driver's ``error`` means; ``table`` is the contract's table that was asked for."""
    said = masked(reason_of(error))
    kind = kind_of(error)
    return fault(name, kind, said, _place(kind, said, table))


def tells_nothing(error: BaseException) -> bool:
    """Whether it is only the end of a question that was broken off, and no answer of its own (a lock, a name that is none)."""
    return kind_of(getattr(error, "orig", None) or error) in ("silent", "lost", "cancelled", "error")


def kind_of(error: BaseException | None) -> str:
    """A key of ``KINDS``."""
    said = reason_of(error)
    if isinstance(error, UnicodeError):
        return "encoding"
    state = str(getattr(error, "sqlstate", None) or getattr(error, "pgcode", None) or "")
    if state == "57014":
        return "slow" if "statement timeout" in said else "cancelled"
    for n in (5, 4, 2):
        if state and state[:n] in _STATES:
            return _STATES[state[:n]]
    args: tuple[object, ...] = getattr(error, "args", ())
    number = args[0] if len(args) == 2 and isinstance(args[0], int) else None
    if number in _NUMBERS:
        return _NUMBERS[number]
    return next((kind for pattern, kind in _SAID if pattern.search(said)), "error")


def reason_of(error: BaseException | None) -> str:
    """What a driver says, on one line: DuckDB tells the reason after the first."""
    args: tuple[object, ...] = getattr(error, "args", ())
    whole = f"{args[1]} (error {args[0]})" if len(args) == 2 and isinstance(args[0], int) else str(error)  # MySQL's drivers
    lines = [line.strip() for line in whole.splitlines()]
    said = " ".join(line for line in lines if line and not line.startswith("(Background on this error"))
    return said if len(said) <= MOST_SAID else f"{said[:MOST_SAID]}…" if said else type(error).__name__


def _place(kind: str, said: str, table: str) -> Text:
    """The table, and of a changed schema the column, as far as they are known."""
    asked = TABLES.get(table, Text(zh="", en=""))
    if kind == "column":
        column = _found(_COLUMNS, said)
        shown = column.rpartition(".")[2] or column
        if not shown:
            return asked
        return Text(zh=f"{asked.zh}缺列 {shown}", en=f"column {shown}{' of ' + asked.en if asked.en else ''} is not there")
    if kind in ("table", "rights"):
        named = _found(_OBJECTS, said)
        shown = named.rpartition(".")[2] or named
        return Text(zh=f"表 {shown}", en=f"table {shown}") if shown else asked
    return asked


def _found(patterns: tuple[re.Pattern[str], ...], said: str) -> str:
    for pattern in patterns:
        match = pattern.search(said)
        if match:
            return match[1].strip("\"'`;,!")[:_MOST_NAME]
    return ""


__all__ = [
    "KINDS",
    "SILENT",
    "TABLES",
    "fault",
    "fault_of",
    "kind_of",
    "reason_of",
    "silent",
    "stopping",
    "tells_nothing",
    "unfit",
    "waiting_words",
]
