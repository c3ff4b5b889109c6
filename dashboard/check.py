"""``check``: report to the integrator whether a source delivers what the wall needs; exit 0 good or look, 1 bad, 2 unreadable."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterator
from datetime import datetime

from data.check import Finding, Report, check_panels, examine
from data.check.case import CaseSeen
from data.check.code_block import code_block
from data.check.load import Account, SetAside
from data.sync.reasons import reason_of
from data.text import Lang, Text

#: Maximum number of a finding's codes listed in the text, most frequent first; --json has them all.
LISTED = 12
_VERDICT = {"good": Text(zh="好", en="good"), "look": Text(zh="留意", en="look"), "bad": Text(zh="不可用", en="bad")}
_NULL = Text(zh="空值", en="empty")
_NONE = Text(zh="无空值", en="nothing empty")
_HEAD = Text(zh="{mapping} → {city}，源 {source}", en="{mapping} -> {city}, source {source}")
_TABLE = Text(zh="{table}：{rows} 行，读取 {took} s", en="{table}: {rows} rows, read in {took} s")
_PART = Text(
    zh="{table}：抽样 {rows} 行，共 {whole} 行，读取 {took} s", en="{table}: a sample of {rows} rows of {whole}, read in {took} s"
)
_SAMPLE = Text(
    zh="快查：event 与 transition 只抽取部分事件及其全部流转，以下各数为样本之数",
    en="--fast: of event and transition some events with all of their log; the counts are those of the sample",
)
_WHOLE = Text(
    zh="总评：{verdict}（好 {good}，留意 {look}，不可用 {bad}）",
    en="verdict: {verdict} ({good} good, {look} to look at, {bad} bad)",
)
_EMPTY = Text(zh="（空）", en="(empty)")
_MORE = Text(zh="……另有 {n} 个，见 --json", en="... and {n} more, see --json")
_PASTE = Text(zh="可贴入映射文件（右边请核对）：", en="to paste into the mapping (see that the right side is what you mean):")
_LOAD = Text(zh="装载", en="load")
_ACCOUNT = Text(
    zh="{table}：读取 {read} = 采用 {kept} + 搁置 {aside}", en="{table}: read {read} = kept {kept} + rejected {aside}"
)
_ALONG = Text(zh="（其中 {n} 行随其事件搁置）", en=" ({n} of them with their event)")
_UNHAPPENED = Text(zh="，另有 {n} 行的时间表示“从未”，未发生", en=', and {n} whose time means "never": they have not happened')
_ROWS = Text(zh="{table} {rows} 行：{name}（{reason}）", en="{table}, {rows} row{s}: {name} ({reason})")
_USED = Text(zh="，行仍采用", en="; the row counts")
_PARTLY = Text(zh="，其中 {n} 行整行搁置", en="; {n} of the rows rejected")
_CASE = Text(zh="大屏所见的一个案件：{number}（流转 {rows} 行）", en="one case as the wall sees it: {number} ({rows} log row{s})")
_NOT_ON_WALL = Text(zh="此案件整个被搁置，不上大屏", en="the case is rejected and on no wall")
_CODED = Text(zh="（{reason}）", en=" ({reason})")
_AT = {"reported": Text(zh="上报", en="reported"), "due": Text(zh="时限", en="due"), "closed": Text(zh="结案", en="closed")}
_STAY = Text(
    zh="{name}（{code}） {entered} → {left}  {minutes} 分钟{open}", en="{name} ({code}) {entered} -> {left}  {minutes} min{open}"
)
_OPEN = Text(zh="，在办", en=", open")
_DUE = Text(zh="，时限 {due}", en=", due {due}")


def check(args: Namespace) -> int:
    """Examine the source of a mapping, read-only.  Raises FileError (also for an unknown panel) and
    SourceError (exit 2)."""
    from dashboard.clock import now
    from dashboard.settings import resolve
    from data.source.reader import Source
    from layouts.panels import PANELS

    settings = resolve(args)
    check_panels(settings.profile, PANELS)
    source = Source.open(settings.source, settings.mapping, settings.limits)
    try:
        report = examine(source, settings.profile, now(), fast=args.fast, case=args.case)
    finally:
        source.close()
    print(json.dumps(report.as_json(), ensure_ascii=False, indent=1) if args.json else as_text(report, args.lang))
    return 2 if report.unreadable else 1 if report.verdict == "bad" else 0


def as_text(report: Report, lang: Lang) -> str:
    """The report as text: per table what was read and every finding, worst first; what the load would reject; one
    case; the verdict in the last line."""
    lines = [_HEAD(lang).format(mapping=report.mapping, city=report.city, source=report.source)]
    lines += [_SAMPLE(lang)] if report.sample else []
    read = {t.table: t for t in report.tables}
    for table in dict.fromkeys(f.table for f in report.findings):
        lines.append("")
        held = read.get(table)
        if held is None:
            lines.append(table)
        else:
            said = _TABLE if held.rows == held.whole else _PART
            lines.append(
                said(lang).format(table=table, rows=f"{held.rows:,}", whole=f"{held.whole:,}", took=f"{held.took_s:.2f}")
            )
            nulls = ", ".join(f"{c} {n:,}" for c, n in held.nulls.items() if n)
            lines.append(f"  {_NULL(lang)}: {nulls}" if nulls else f"  {_NONE(lang)}")
        found = [f for f in report.findings if f.table == table]
        for verdict in ("bad", "look", "good"):
            for finding in (f for f in found if f.verdict == verdict):
                lines += _finding(finding, lang)
    if report.accounts:
        lines += ["", _LOAD(lang), *(f"  {_account(a, lang)}" for a in report.accounts)]
        lines += [f"  {line}" for r in report.rejected for line in _rejected(r, lang)]
    if report.case is not None:
        lines += ["", *_case(report.case, lang)]
    counts = {k: str(v) for k, v in report.counts().items()}
    return "\n".join([*lines, "", _WHOLE(lang).format(verdict=_VERDICT[report.verdict](lang), **counts)])


def _finding(finding: Finding, lang: Lang) -> Iterator[str]:
    wide = 6 if lang == "zh" else 4  # 不可用 is six columns wide, a Chinese character two
    word = _VERDICT[finding.verdict](lang)
    padded = word + " " * (wide - len(word) * (2 if lang == "zh" else 1))
    yield f"  {padded}  {finding.said(lang)}"
    margin = f"  {' ' * wide}  "
    if finding.remedy(lang):
        yield f"{margin}→ {finding.remedy(lang)}"
    for value in finding.values[:LISTED]:
        near = f"  {value.near(lang)}" if value.near(lang) else ""
        rows = f"  {value.count:,}" if value.count > 1 or near else ""  # a single occurrence has no count
        yield f"{margin}  {value.value or _EMPTY(lang)}{rows}{near}"
    if len(finding.values) > LISTED:
        yield f"{margin}  {_MORE(lang).format(n=f'{len(finding.values) - LISTED:,}')}"
    if finding.count and (block := code_block(finding, LISTED)):
        yield f"{margin}{_PASTE(lang)}"
        yield from block.splitlines()  # without indentation: it is meant to be copied


def _account(account: Account, lang: Lang) -> str:
    said = _ACCOUNT(lang).format(
        table=account.table, read=f"{account.read:,}", kept=f"{account.kept:,}", aside=f"{account.aside:,}"
    )
    said += _ALONG(lang).format(n=f"{account.along:,}") if account.along else ""
    return said + (_UNHAPPENED(lang).format(n=f"{account.unhappened:,}") if account.unhappened else "")


def _rejected(row: SetAside, lang: Lang) -> Iterator[str]:
    reason = reason_of(row.reason)
    said = _ROWS(lang).format(
        table=row.table, rows=f"{row.rows:,}", name=reason.name(lang), reason=row.reason, s=_plural(row.rows)
    )
    if not row.whole:
        said += _USED(lang)
    elif row.whole < row.rows:
        said += _PARTLY(lang).format(n=f"{row.whole:,}")
    yield said
    for key, detail in row.examples:
        yield f"    {key}: {detail}"
    if reason.remedy(lang):
        yield f"  → {reason.remedy(lang)}"


def _case(case: CaseSeen, lang: Lang) -> Iterator[str]:
    yield _CASE(lang).format(number=case.number, rows=case.rows, s=_plural(case.rows))
    if not case.on_wall:
        yield f"  {_NOT_ON_WALL(lang)}"
    else:
        yield (
            "  "
            + "  ".join(f"{word(lang)} {_time(getattr(case, name))}" for name, word in _AT.items())
            + (f"  {case.outcome}" if case.outcome else "")
        )
    for visit in case.visits:
        said = _STAY(lang).format(
            name=visit.name(lang),
            code=visit.stage,
            entered=_time(visit.entered),
            left=_time(visit.left),
            minutes=f"{visit.minutes:,}",
            open=_OPEN(lang) if visit.open else "",
        )
        said += _DUE(lang).format(due=_time(visit.due)) if visit.due else ""
        yield f"  {said}" + (f"  {visit.department(lang)}" if visit.department(lang) else "")
    for table, reason, detail in case.rejected:
        coded = _CODED(lang).format(reason=reason)
        yield f"  {table}: {reason_of(reason).name(lang)}{coded} {detail}"


def _plural(n: int) -> str:
    return "" if n == 1 else "s"


def _time(moment: datetime | None) -> str:
    return "-" if moment is None else moment.strftime("%Y-%m-%d %H:%M")


__all__ = ["as_text", "check"]
