"""Kinds of source faults: words for every screen, and the remedy for those who run the wall."""

from __future__ import annotations

from typing import NamedTuple

from data.text import Text

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
    """``words`` for every screen, ``{of}`` being the place of a table's name; ``remedy`` for those who run the wall."""

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
#: Kinds where the source gave no answer; with any other kind it answered.
SILENT = frozenset({"silent", "lost", "refused", "unreachable", "missing", "dns", "starting"})
