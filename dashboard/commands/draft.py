"""``python -m dashboard draft``: draft a city and a mapping from a file or a database (``dashboard.draft``)."""

from __future__ import annotations

from argparse import Namespace

from dashboard.command import Command, Options
from data.text import Text


def declare(options: Options) -> None:
    options.add(
        "file",
        metavar="FILE|URL",
        said=Text(
            zh="表格 .xlsx、CSV、Parquet、XES、SQLite 或 DuckDB 文件，或数据库地址",
            en="a spreadsheet (.xlsx), CSV, Parquet, XES, SQLite or DuckDB file, or a database's URL",
        ),
        missing=Text(zh="请写一个文件或数据库地址", en="name a file or a database's URL"),
    )
    options.add(
        "--out",
        default="",
        metavar="DIR",
        said=Text(zh="写到哪个文件夹；缺省 var/draft-文件名", en="the folder to write to; default var/draft-NAME"),
    )
    options.add(
        "--title",
        default="",
        said=Text(zh="大屏左上角的名称；缺省为文件名", en="what stands in the wall's corner; default the file's name"),
    )
    options.add(
        "--timezone",
        default="",
        metavar="ZONE",
        said=Text(
            zh="不带时差的时间属哪个时区，如 Asia/Shanghai；缺省由数据推断",
            en="of times without an offset, e.g. Asia/Shanghai; default: told by the data",
        ),
    )
    options.add(
        "--sheet",
        default="",
        metavar="NAME",
        said=Text(zh="工作簿的哪张表；缺省为像案件的那张", en="the sheet of a workbook; default the one that looks like cases"),
    )
    options.add(
        "--shapes",
        default="",
        metavar="FILE",
        said=Text(
            zh="网格文件（GeoJSON、Shapefile、GeoPackage）；缺省为旁边合用的那个",
            en="a grid file (GeoJSON, Shapefile, GeoPackage); default one beside the file that fits",
        ),
    )
    options.add(
        "--day-first", action="store_true", said=Text(zh="03/04/2026 读作 4 月 3 日", en="read 03/04/2026 as the 3rd of April")
    )
    options.add(
        "--end",
        action="append",
        default=[],
        metavar="STEP",
        said=Text(zh="日志中哪一步算结案（可多次）", en="of a log: a step that ends a case (may be repeated)"),
    )
    options.add(
        "--refresh",
        action="store_true",
        said=Text(zh="只重写数据副本，城市与映射不动", en="write the data's copies anew, leave city and mapping as they are"),
    )
    options.add(
        "--force",
        action="store_true",
        said=Text(zh="覆盖起草后改过的城市与映射", en="overwrite a city or mapping that was edited since it was drafted"),
    )
    options.add("--json", action="store_true", said=Text(zh="JSON，中英文", en="as JSON, both languages"))


def run(args: Namespace) -> int:
    """Draft, then check the result; exit 1 if anything is bad."""
    from dashboard.draft import draft

    return draft(args)


COMMAND = Command(
    "draft",
    Text(
        zh="由表格、CSV、日志或数据库起草城市与映射文件，列出存疑处并体检；有不可用者退出码 1",
        en="make a city's file and a mapping out of a spreadsheet, CSV, log or database, list what is doubtful, and "
        "check the result; exit 1 where something is bad",
    ),
    (
        ("draft 工单.xlsx --out var/orders", Text(zh="起草一份工单导出", en="a spreadsheet of work orders")),
        (
            "draft mysql+pymysql://reader@host/platform --lang en",
            Text(zh="起草一个平台库，英文", en="a platform's database, in English"),
        ),
    ),
    declare,
    run,
    lang="zh",
)
