"""``python -m dashboard read``: read one metric without a browser."""

from __future__ import annotations

import json
import urllib.parse
from argparse import Namespace
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from dashboard.command import Command, Options, lang_of
from data.text import Lang, Text
from data.types.records import Record, Values

if TYPE_CHECKING:
    from dashboard.ask_server import Clocked
    from dashboard.settings import Settings
    from data.facts.store import Facts

HEAD = Text(zh="{metric} · {scope} · 截至 {as_of} · {snapshot}", en="{metric}  {scope}  as of {as_of}  {snapshot}")
ANEW, SNAPSHOT = Text(zh="重算", en="recomputed"), Text(zh="快照 {id}", en="snapshot {id}")
MISSING = Text(zh="未接入：{terms}（{of}）", en="not mapped: {terms} ({of})")
WHOLE = Text(zh="全市", en="whole city")


def declare(options: Options) -> None:
    options.add(
        "metric",
        metavar="METRIC",
        said=Text(zh="指标 id，见 metrics 命令", en="a metric's id, as the metrics command lists them"),
        missing=Text(
            zh="请写指标，如 read stage_backlog；metrics 命令列出全部",
            en="name a metric, e.g. read stage_backlog; the metrics command lists them",
        ),
    )
    options.add(
        "--scope",
        metavar="AREA",
        default="",
        said=Text(zh="片区：网格代码或名称；缺省全市", en="an area: its grid code or its name; default the whole city"),
    )
    options.add("--back", metavar="TIME", default="", said=Text(zh="往回多久：24h、30d、8w", en="how far back: 24h, 30d, 8w"))
    options.add(
        "--at",
        metavar="INSTANT",
        default="",
        said=Text(
            zh="某一时刻（城市时间），如 2026-11-23T15:40，按今日所知",
            en="an instant of the city's time, e.g. 2026-11-23T15:40 (as known now)",
        ),
    )
    options.add("--json", action="store_true", said=Text(zh="JSON：代码与名称分列", en="as JSON, with codes and their names"))
    options.shared("city", "mapping", "source", "facts", "server", "key")


def run(args: Namespace) -> int:
    """Print one metric: from the running server if it holds the facts, else from the file."""
    from dashboard.api import parse_at, reading
    from dashboard.ask_server import answer
    from dashboard.clock import now
    from dashboard.pipeline import city_of
    from dashboard.settings import profile_of
    from data.access.store import State
    from data.access.viewer import Viewer
    from data.metrics import METRICS
    from data.query.disclosure import SECRET
    from data.reading.answer import metric_of

    metric_of(args.metric)

    def own(settings: Settings, facts: Facts, sync: Clocked) -> Record:
        moment = parse_at(args.at, settings.profile.zone) if args.at else sync.clock_now(now())
        # batched totals depend on the installation's secret: with it they equal the wall's
        steps = State(settings.state).secret(SECRET) if METRICS[args.metric].batched is not None else ""
        city = city_of(settings, facts, steps)
        return reading(args.metric, facts, Viewer("wall", city.code_of(args.scope)), city, moment, args.back)

    query = urllib.parse.urlencode({"scope": args.scope, "back": args.back, "at": args.at})
    found = answer(args, f"/api/read/{urllib.parse.quote(args.metric)}?{query}", own)
    if args.json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        print(as_text(found, profile_of(args).zone, lang_of(args)))
    return 0


def as_text(found: Values, zone: ZoneInfo, lang: Lang) -> str:
    """A reading as a table: names with their codes, instants in the city's time and UTC, case numbers instead of ids."""
    from datetime import datetime

    from dashboard.listing import lines
    from dashboard.naming import coded
    from dashboard.times import both
    from data.metrics import METRICS

    columns = [c for c in found["columns"] if not (c["unit"] == "id" and _numbered(found))]
    names: Mapping[str, Mapping[str, Mapping[str, str]]] = found.get("names", {})  # a server of another version sends none

    def cell(column: Mapping[str, str], value: Any) -> str:
        if value is None or value == "":
            return "-"
        if isinstance(value, list):
            return " ".join(cell({**column, "unit": ""}, v) for v in value)
        if column["unit"] == "instant_ms":
            return both(int(value), zone) if value >= 0 else "-"
        if isinstance(value, float):
            return f"{value:.6g}"
        name = names.get(column["name"], {}).get(str(value), {}).get(lang, "")
        return coded(str(value), name)

    heads = [c["name"].removesuffix("_ms") if c["unit"] == "instant_ms" else f"{c['name']} ({c['unit']})" for c in columns]
    rows = [[cell(c, row.get(c["name"])) for c in columns] for row in found["rows"]]
    anew = str(found["snapshot"]).startswith("recomputed")
    scope = names.get("scope", {}).get(found.get("scope", ""), {}).get(lang, "")
    head = HEAD(lang).format(
        metric=coded(str(found["metric"]), METRICS[found["metric"]].name(lang) if found["metric"] in METRICS else ""),
        scope=coded(found["scope"], scope) if found.get("scope") else WHOLE(lang),
        as_of=both(datetime.fromisoformat(found["as_of"]), zone),
        snapshot=ANEW(lang) if anew else SNAPSHOT(lang).format(id=found["snapshot"]),
    )
    nothing = METRICS[found["metric"]].nothing if found["metric"] in METRICS else None
    told = lines([heads, *rows]) if rows or nothing is None else [nothing(lang)]
    counted = found.get("sensitive")  # a server of another version does not send it
    return "\n".join([head, *told, *(["", counted[lang]] if counted else []), *_not_mapped(found, lang)])


def _not_mapped(answer: Values, lang: Lang) -> list[str]:
    """What the mapping does not deliver, and which figures are unknown because of it."""
    missing = answer.get("not_mapped", [])  # a server of another version may not send it
    if not missing:
        return []
    first = answer["columns"][0]["name"]
    named = {f"{c['name']}": c["not_mapped"] for c in answer["columns"] if "not_mapped" in c}
    named |= {str(r[first]): r["not_mapped"] for r in answer["rows"] if "not_mapped" in r}
    whole = [m for m in missing if not any(m in lacks for lacks in named.values())]
    word = MISSING(lang)
    said = [word.format(terms=", ".join(whole), of=answer["metric"])] if whole else []
    return ["", *said, *(word.format(terms=", ".join(lacks), of=name) for name, lacks in named.items())]


def _numbered(found: Values) -> bool:
    """Whether every row has a case number, so that its id need not be shown."""
    return all(row.get("case_number") for row in found["rows"])


COMMAND = Command(
    "read",
    Text(zh="不开浏览器，问一个指标（大屏运行时也可）", en="answer one metric without a browser (also beside a running wall)"),
    (
        ("read stage_backlog --scope 防山镇", Text(zh="一个镇的各环节积压", en="one town's backlog by stage")),
        ("read headline --at 2026-11-20T15:40 --json", Text(zh="过去某一时刻，JSON", en="the past, as JSON")),
    ),
    declare,
    run,
)
