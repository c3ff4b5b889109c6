"""``check``: whether a source delivers what the wall needs, said to the integrator; exit 0 good or look, 1 bad."""

from __future__ import annotations

import json
from argparse import Namespace

from data.check import Finding, Report, examine
from data.text import Lang, Text

_VERDICT = {"good": Text(zh="好", en="good"), "look": Text(zh="留意", en="look"), "bad": Text(zh="不可用", en="bad")}
_NULL = Text(zh="空值", en="empty")
_NONE = Text(zh="无空值", en="nothing empty")
_HEAD = Text(zh="{mapping} → {city}，源 {source}", en="{mapping} -> {city}, source {source}")
_TABLE = Text(zh="{table}：{rows} 行，读取 {took} s", en="{table}: {rows} rows, read in {took} s")
_WHOLE = Text(zh="总评：{verdict}（好 {good}，留意 {look}，不可用 {bad}）",
              en="verdict: {verdict} ({good} good, {look} to look at, {bad} bad)")
_EMPTY = Text(zh="（空）", en="(empty)")


def check(args: Namespace) -> int:
    """Examine the source of a mapping; it is only read.  Raises FileFault and SourceFault (exit 2)."""
    from dashboard.app import now
    from dashboard.settings import resolve
    from data.source.reader import Source

    settings = resolve(args)
    source = Source.open(settings.source, settings.mapping)
    try:
        report = examine(source, settings.profile, now())
    finally:
        source.close()
    print(json.dumps(report.as_json(), ensure_ascii=False, indent=1) if args.json else as_text(report, args.lang))
    return 1 if report.verdict == "bad" else 0


def as_text(report: Report, lang: Lang) -> str:
    """The report in words: per table what was read and every finding, the worst first; the last line is the verdict."""
    lines = [_HEAD(lang).format(mapping=report.mapping, city=report.city, source=report.source)]
    read = {t.table: t for t in report.tables}
    for table in dict.fromkeys(f.table for f in report.findings):
        lines.append("")
        held = read.get(table)
        if held is None:
            lines.append(table)
        else:
            lines.append(_TABLE(lang).format(table=table, rows=f"{held.rows:,}", took=f"{held.took_s:.2f}"))
            nulls = ", ".join(f"{c} {n:,}" for c, n in held.nulls.items() if n)
            lines.append(f"  {_NULL(lang)}: {nulls}" if nulls else f"  {_NONE(lang)}")
        found = [f for f in report.findings if f.table == table]
        for verdict in ("bad", "look", "good"):
            for finding in (f for f in found if f.verdict == verdict):
                lines += _finding(finding, lang)
    counts = {k: str(v) for k, v in report.counts().items()}
    return "\n".join([*lines, "", _WHOLE(lang).format(verdict=_VERDICT[report.verdict](lang), **counts)])


def _finding(finding: Finding, lang: Lang) -> list[str]:
    wide = 6 if lang == "zh" else 4        # 不可用 is six columns wide, a 汉字 two
    word = _VERDICT[finding.verdict](lang)
    padded = word + " " * (wide - len(word) * (2 if lang == "zh" else 1))
    lines = [f"  {padded}  {finding.said(lang)}"]
    if finding.remedy(lang):
        lines.append(f"  {' ' * wide}  → {finding.remedy(lang)}")
    for value in finding.values:
        near = f"  {value.near(lang)}" if value.near(lang) else ""
        rows = f"  {value.count:,}" if value.count > 1 or near else ""      # each cell stands once
        lines.append(f"  {' ' * wide}    {value.value or _EMPTY(lang)}{rows}{near}")
    return lines


__all__ = ["as_text", "check"]
