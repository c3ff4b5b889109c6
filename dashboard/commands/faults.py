"""``python -m dashboard faults``: the source's rejected rows, with reasons."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from dashboard.command import Command, Options, lang_of
from data.text import Lang, Text
from data.types.records import Values

TOTAL, ONE = Text(zh="搁置行 {n}", en="{n} rejected rows"), Text(zh="搁置行 1", en="1 rejected row")
NOT_LOCATED = Text(
    zh="未定位 {n} 件（不在任何网格内）：计入各项合计，不上图",
    en="{n} events not located (in no cell of the grid): they count in every sum and are on no map",
)
AHEAD = Text(
    zh="未来时间 {n} 件：其时刻在本机时钟之后，届时才计入；请核对源库与本机的时钟、时区",
    en="{n} with a time that is yet to come by this machine's clock: counted from then on; check both clocks and zones",
)
NEVER = Text(
    zh="{column} 有 {n} 行以“从未”日期表示未发生（如 9999-12-31；上次装载时）",
    en="{n} rows say with a date that {column} has not happened (as 9999-12-31; at the last load)",
)
HEADS = {
    "source_table": Text(zh="源表", en="source_table"),
    "row_key": Text(zh="行键", en="row_key"),
    "reason": Text(zh="原因", en="reason"),
    "rows": Text(zh="行数", en="rows"),
    "seen_at": Text(zh="首见", en="seen_at"),
    "detail": Text(zh="详情", en="detail"),
    "case_number": Text(zh="案件", en="case"),
}


def declare(options: Options) -> None:
    options.shared("city", "mapping", "source", "facts", "server", "key")
    options.add("--json", action="store_true", said=Text(zh="JSON", en="as JSON"))


def run(args: Namespace) -> int:
    """List the source's rejected rows: counts by reason, then the newest individually."""
    from dashboard.api import set_aside
    from dashboard.ask_server import answer
    from dashboard.settings import profile_of

    found = answer(args, "/api/faults", lambda settings, facts, sync: set_aside(facts, True))
    print(
        json.dumps(found, ensure_ascii=False, indent=1)
        if args.json
        else as_text(found, profile_of(args).zone, lang_of(args), args.asked is None)
    )
    return 0


def as_text(found: Values, zone: ZoneInfo, lang: Lang, remedies_in_both: bool = False) -> str:
    """Totals by reason, the remedy for each, then row by row: the case number and id, if the row belongs to a
    case."""
    from datetime import datetime

    from dashboard.listing import lines
    from dashboard.times import both

    said = [(ONE if found["total"] == 1 else TOTAL)(lang).format(n=f"{found['total']:,}")]
    if found.get("not_located"):  # a server of another version may not send it
        said.append(NOT_LOCATED(lang).format(n=f"{found['not_located']:,}"))
    if found.get("ahead"):
        said.append(AHEAD(lang).format(n=f"{found['ahead']:,}"))
    said += [NEVER(lang).format(column=column, n=f"{n:,}") for column, n in found.get("never", {}).items()]
    for listed in ("reasons", "rows"):
        rows = [{k: v for k, v in row.items() if k not in ("name", "remedy")} for row in found[listed]]
        for row in rows:
            event = row.pop("event", None)
            if "case_number" in row:
                number, detail = row.pop("case_number") or "", row.pop("detail", "")
                row["case_number"] = f"{number} ({event})" if number and event is not None else str(number or event or "-")
                row["detail"] = detail
            if "seen_at" in row:
                row["seen_at"] = both(datetime.fromisoformat(row["seen_at"]), zone)
        if rows:
            heads = [HEADS[name](lang) if name in HEADS else name for name in rows[0]]
            said += ["", *lines([heads, *([str(v) for v in row.values()] for row in rows)])]
        # a server of another version sends no remedies
        said += dict.fromkeys(
            f"{row['reason']}: {_in(row['name'], lang, remedies_in_both)} → {_in(row['remedy'], lang, remedies_in_both)}"
            for row in found[listed]
            if row.get("remedy")
        )
    return "\n".join(said)


def _in(said: Mapping[str, str], lang: Lang, both_languages: bool) -> str:
    return f"{said['zh']} · {said['en']}" if both_languages else said[lang]


COMMAND = Command(
    "faults",
    Text(zh="列出源库的搁置行及原因", en="list the source's rejected rows, with the reason"),
    (
        ("faults --lang zh", Text(zh="演示城市，中文", en="of the demo city, in Chinese")),
        ("faults --mapping ours.toml --json", Text(zh="自己的数据，JSON", en="of your own data, as JSON")),
    ),
    declare,
    run,
)
