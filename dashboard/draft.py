"""``draft``: make a city and a mapping from an undescribed file or database; exit 0 good, 1 bad, 2 unreadable."""

from __future__ import annotations

import json
import time
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.command import lang_of
from data.errors import QueryError
from data.text import ITEMS, Lang, Text
from data.types.records import Record

if TYPE_CHECKING:
    from data.check import Report
    from data.draft.draft import Drafted
    from data.draft.plan import Doubt

_READ = Text(zh="已读：{said}", en="read: {said}")
_WROTE = Text(zh="已写：{said}", en="wrote: {said}")
_COPIES = Text(
    zh="墙读的是副本；源文件变了，用同一命令加 --refresh 重写副本",
    en="the wall reads copies; when the file has changed, the same command with --refresh writes them anew",
)
_DIRECT = Text(zh="墙直接读原文件，它变了就重读", en="the wall reads the file itself, and again whenever it changes")
_PERSONAL = Text(zh="涉及个人，不读：{said}", en="about persons, not read: {said}")
_UNUSED = Text(zh="未用到的列：{said}", en="columns that are not used: {said}")
_DOUBTS = Text(zh="存疑 {n} 处（必须手改的 {must} 处）", en="{n} doubts ({must} of them must be settled by hand)")
_MUST = Text(zh="必改", en="must")
_OTHER = Text(zh="否则", en="else")
_GOOD = Text(zh="好", en="good")  # as in the output of check
_EG = Text(zh="例", en="e.g.")
_NEXT = Text(zh="下一步：make run MAPPING={mapping}", en="next: make run MAPPING={mapping}")
_DESK = Text(
    zh="研判、值守页（/analyst、/kiosk）须有账号：python -m dashboard user add 姓名 --role analyst",
    en="workbench and kiosk (/analyst, /kiosk) need an account: python -m dashboard user add NAME --role analyst",
)


def draft(args: Namespace) -> int:
    """Draft, then check the result.  Raises FileError and SourceError (exit 2)."""
    from dashboard.clock import now
    from dashboard.progress import LoadBar
    from data.draft.draft import Wishes
    from data.draft.draft import draft as make

    began = time.perf_counter()
    _check_zone(args.timezone)
    stem = args.file.rsplit("/", 1)[-1].split("?")[0].split(".")[0] or "database"
    out = Path(args.out or f"var/draft-{stem}")
    wishes = Wishes(
        args.title,
        args.timezone,
        args.sheet,
        args.shapes,
        True if args.day_first else None,
        tuple(args.end),
        args.refresh,
        args.force,
    )
    lang = lang_of(args)
    with LoadBar(lang) as bar:
        drafted = make(args.file, out, wishes, now(), bar)
    report = _checked(drafted)
    took = time.perf_counter() - began
    if args.json:
        print(json.dumps(as_json(drafted, report, took), ensure_ascii=False, indent=1))
    else:
        print(as_text(drafted, report, lang))
    return 2 if report.unreadable else 1 if report.verdict == "bad" else 0


def _check_zone(name: str) -> None:
    """Raises QueryError if the name is no time zone."""
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name or "UTC")
    except (ValueError, OSError, KeyError):
        raise QueryError(
            f"--timezone '{name}' is not a time zone; write e.g. Asia/Shanghai or UTC",
            f"--timezone “{name}”不是时区，请写如 Asia/Shanghai 或 UTC",
        ) from None


def _checked(drafted: Drafted) -> Report:
    from dashboard.clock import now
    from data.check import examine
    from data.city.profile import load_profile
    from data.source.mapping_file import load_mapping
    from data.source.reader import Source

    mapping = load_mapping(drafted.mapping)
    source = Source.open(None, mapping)
    try:
        return examine(source, load_profile(mapping.mapping.city), now())
    finally:
        source.close()


def as_json(drafted: Drafted, report: Report, took_s: float) -> Record:
    """The output of ``--json``; ``edits`` = number of values to change by hand."""
    return {
        "city": str(drafted.city),
        "mapping": str(drafted.mapping),
        "written": [str(p) for p in drafted.written],
        "direct": drafted.plan.direct,
        "notes": [{"zh": zh, "en": en} for zh, en in drafted.notes],
        "personal": drafted.personal,
        "unused": drafted.unused,
        "doubts": [d.as_json() for d in drafted.plan.doubts],
        "edits": sum(d.must for d in drafted.plan.doubts),
        "took_s": round(took_s, 2),
        "next": f"make run MAPPING={drafted.mapping}",
        "check": report.as_json(),
    }


def as_text(drafted: Drafted, report: Report, lang: Lang) -> str:
    """What was read and written, the open questions, the check's verdict, the next command."""
    from dashboard.check import as_text as checked

    lines = [_READ(lang).format(said=Text(zh=zh, en=en)(lang)) for zh, en in drafted.notes]
    lines.append(_WROTE(lang).format(said=", ".join(map(str, drafted.written))))
    if drafted.plan.copies:
        lines.append((_DIRECT if drafted.plan.direct else _COPIES)(lang))
    for words, names in ((_PERSONAL, drafted.personal), (_UNUSED, drafted.unused)):
        if names:
            lines.append(words(lang).format(said=ITEMS(lang).join(dict.fromkeys(names))))
    doubts = sorted(drafted.plan.doubts, key=lambda d: not d.must)
    if doubts:
        lines += ["", _DOUBTS(lang).format(n=len(doubts), must=sum(d.must for d in doubts))]
        for i, doubt in enumerate(doubts, 1):
            lines += _doubt(i, doubt, lang)
    good = f"  {_GOOD(lang)} "  # good findings take many lines; `check` lists them
    found = [line for line in checked(report, lang).splitlines() if not line.startswith(good)]
    return "\n".join([*lines, "", *found, "", _NEXT(lang).format(mapping=drafted.mapping), _DESK(lang)])


def _doubt(i: int, doubt: Doubt, lang: Lang) -> list[str]:
    head = f"{i:>3}. " + (f"[{_MUST(lang)}] " if doubt.must else "") + doubt.place
    lines = [
        head + (f" = {doubt.chosen}" if doubt.chosen else ""),
        f"     {doubt.why(lang)}",
        f"     {_OTHER(lang)}: {doubt.other(lang)}",
    ]
    if doubt.examples:
        lines.append(f"     {_EG(lang)}: {' | '.join(doubt.examples)}")
    return lines
