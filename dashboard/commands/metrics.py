"""``python -m dashboard metrics``: the metrics that can be read."""

from __future__ import annotations

import json
from argparse import Namespace
from typing import TYPE_CHECKING

from dashboard.command import Command, Options, lang_of
from data.query.metric import Metric
from data.query.needs import Requires
from data.text import Text
from data.types.records import Record

if TYPE_CHECKING:
    from data.query.metric import Metric

INDICATORS_PAGE = """# Indicators

Each is a metric of `data/metrics/`; `python -m dashboard metrics --json` says the same, `--markdown` is this page. Stocks are not
cut by a window.

"Needs" is what a mapping or the city's file must deliver for a figure; without it the figure is said to be not mapped (未接入) on
every screen, in an export and by `read`, and is never a 0. `event.due_at` is a column of the mapping's SELECT, `asset` a table;
`stage.register` a stage with that role that the log has held, `action.start` an action that it has held; `limit.category` that
the city limits categories and events have one, `limit.verify` that it limits the stage with that role; `channel.citizen` a
channel of that kind. A column counts as delivered also where it is empty in every row: leave out what you do not have.
`python -m dashboard check` lists what your mapping feeds.

"Sensitive categories" says which figures count their cases, in batches (`data/query/disclosure.py`); no other figure counts them,
but for an account that may see them. A batch is five; the first of a figure is full at five to nine cases, by a secret of the
installation, so that a total lacks up to eight of them and never has one too many.
"""
KINDS = {"stock": Text(zh="存量", en="stock"), "flow": Text(zh="流量", en="flow"), "both": Text(zh="两者", en="both")}


def declare(options: Options) -> None:
    how, lang = options.parser.add_mutually_exclusive_group(), options.lang
    how.add_argument("--json", action="store_true", help=Text(zh="JSON，中英文", en="as JSON, both languages")(lang))
    how.add_argument(
        "--markdown", action="store_true", help=Text(zh="docs/indicators.md 页面", en="the page docs/indicators.md")(lang)
    )


def run(args: Namespace) -> int:
    """List the metrics: id, stock or flow, unit, definition."""
    from data.metrics import METRICS

    if args.json:
        listed = [
            {
                "id": m.id,
                "unit": m.unit,
                "kind": m.kind,
                "standard": m.standard,
                "name": m.name.model_dump(),
                "definition": m.definition.model_dump(),
                "sensitive": m.batched.model_dump() if m.batched is not None else None,
                "needs": [_needs(r) for r in m.requires],
                "columns": [{"name": c.name, "unit": c.unit} for c in m.columns],
            }
            for m in METRICS.values()
        ]
        print(json.dumps(listed, ensure_ascii=False, indent=1))
    elif args.markdown:
        print(INDICATORS_PAGE, end="")
        for m in METRICS.values():
            table = "".join(f"| {c.name} | {c.unit} |\n" for c in m.columns)
            standard = f"; {m.standard}" if m.standard else ""
            print(
                f"\n## {m.id}\n{m.name.zh} · {m.name.en} — {m.unit}, {m.kind}{standard}\n\n{m.definition.zh}\n\n"
                f"{m.definition.en}\n\n{_sensitive(m)}{_needs_in_words(m)}\n\n| column | unit |\n|---|---|\n{table}",
                end="",
            )
    else:
        from dashboard.listing import lines

        lang = lang_of(args)
        print(
            "\n".join(
                lines([[m.id, KINDS[m.kind](lang), m.unit, f"{m.name(lang)}: {m.definition(lang)}"] for m in METRICS.values()])
            )
        )
    return 0


def _sensitive(m: Metric) -> str:
    """Which of its totals include cases of sensitive categories; "" if none."""
    return f"Sensitive categories: {m.batched.zh} {m.batched.en}\n\n" if m.batched is not None else ""


def _needs(r: Requires) -> Record:
    """Any one term of each list in ``any_of`` is enough; [] = all columns, all rows."""
    return {"any_of": [list(n.of) for n in r.needs], "columns": list(r.columns), "rows": list(r.rows), "by": r.by}


def _needs_in_words(m: Metric) -> str:
    """What must be delivered for the metric, then one line per figure that needs more."""
    whole, parts = [], []
    for r in m.requires:
        terms = "; ".join(" or ".join(f"`{t}`" for t in n.of) for n in r.needs)
        rows = f"{r.by + ' ' if r.by else ''}{', '.join(r.rows)}"
        of = ": ".join(x for x in (rows, ", ".join(r.columns)) if x)
        if terms and of:
            parts.append(f"- {of}: {terms}")
        elif terms:
            whole.append(terms)
    every = "; ".join(whole) or ("nothing beyond what every mapping delivers" if not parts else "by figure")
    return "\n".join([f"Needs: {every}", *parts])


COMMAND = Command(
    "metrics",
    Text(zh="列出可问的指标与定义", en="list the metrics that can be asked, with their definitions"),
    (("metrics --lang en", Text(zh="英文", en="in English")), ("metrics --json", Text(zh="供程序读取", en="for a program"))),
    declare,
    run,
    lang="zh",
)
