"""``python -m dashboard metrics``: what can be asked."""

from __future__ import annotations

import json
from argparse import Namespace

from dashboard.command import Command, Options, lang_of
from data.text import Text

INDICATORS_PAGE = """# Indicators

Each is a metric of `data/metrics/`; `python -m dashboard metrics --json` says the same, `--markdown` is this page. Stocks are not
cut by a window.
"""
KINDS = {"stock": Text(zh="存量", en="stock"), "flow": Text(zh="流量", en="flow"), "both": Text(zh="两者", en="both")}


def declare(options: Options) -> None:
    how, lang = options.parser.add_mutually_exclusive_group(), options.lang
    how.add_argument("--json", action="store_true", help=Text(zh="JSON，中英文", en="as JSON, both languages")(lang))
    how.add_argument("--markdown", action="store_true",
                     help=Text(zh="docs/indicators.md 页面", en="the page docs/indicators.md")(lang))


def run(args: Namespace) -> int:
    """List the metrics: id, stock or flow, unit, definition."""
    from data.metrics import METRICS

    if args.json:
        listed = [{"id": m.id, "unit": m.unit, "kind": m.kind, "standard": m.standard, "name": m.name.model_dump(),
                   "definition": m.definition.model_dump(), "columns": [{"name": c.name, "unit": c.unit} for c in m.columns]}
                  for m in METRICS.values()]
        print(json.dumps(listed, ensure_ascii=False, indent=1))
    elif args.markdown:
        print(INDICATORS_PAGE, end="")
        for m in METRICS.values():
            table = "".join(f"| {c.name} | {c.unit} |\n" for c in m.columns)
            standard = f"; {m.standard}" if m.standard else ""
            print(f"\n## {m.id}\n{m.name.zh} · {m.name.en} — {m.unit}, {m.kind}{standard}\n\n{m.definition.zh}\n\n"
                  f"{m.definition.en}\n\n| column | unit |\n|---|---|\n{table}", end="")
    else:
        from dashboard.listing import lines

        lang = lang_of(args)
        print("\n".join(lines([[m.id, KINDS[m.kind](lang), m.unit, f"{m.name(lang)}: {m.definition(lang)}"]
                               for m in METRICS.values()])))
    return 0


COMMAND = Command(
    "metrics", Text(zh="列出可问的指标与定义", en="list the metrics that can be asked, with their definitions"), (
        ("metrics --lang en", Text(zh="英文", en="in English")),
        ("metrics --json", Text(zh="供程序读取", en="for a program")),
    ), declare, run, lang="zh")
