"""The auditor's page as HTML fetched by the page: a filter, a table by time, older rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from data.access.audit import Entry
from data.access.roles import ROLE_NAMES
from data.text import Lang, Text
from layouts.html.below import url_of
from layouts.html.markup import Div, Node, P, Span, to_html
from layouts.html.plain import A, Form, Input, choice, field, send, table
from layouts.text.cells import Cells

HEADS = (
    Text(zh="时间", en="Time"),
    Text(zh="账号", en="Who"),
    Text(zh="角色", en="Role"),
    Text(zh="事项", en="What"),
    Text(zh="对象", en="Of what"),
    Text(zh="案件数", en="Cases"),
    Text(zh="结果", en="Result"),
    Text(zh="来源地址", en="From"),
)
#: Names of the audited actions in both languages; an unknown action is shown as it is.
WHAT: dict[str, Text] = {
    "login": Text(zh="登录", en="login"),
    "logout": Text(zh="退出", en="logout"),
    "export": Text(zh="导出", en="export"),
    "case opened": Text(zh="查案", en="case opened"),
    "key used": Text(zh="密钥使用", en="key used"),
    "acknowledged": Text(zh="签收", en="acknowledged"),
    "view saved": Text(zh="保存视图", en="view saved"),
    "view removed": Text(zh="删除视图", en="view removed"),
    "alarm shelved": Text(zh="搁置报警", en="alarm shelved"),
    "alarm put back": Text(zh="恢复报警", en="alarm put back"),
    "handover written": Text(zh="交班单", en="handover written"),
    "setting changed": Text(zh="设置变更", en="setting changed"),
    "refused": Text(zh="越权", en="refused"),
    "cases read": Text(zh="读取案件", en="cases read"),
    "state store replaced": Text(zh="状态库被替换", en="state store replaced"),
    "audit pruned": Text(zh="审计清理", en="audit pruned"),
    "audit read": Text(zh="查阅审计", en="audit read"),
}
RESULTS: dict[str, Text] = {
    "ok": Text(zh="成功", en="ok"),
    "failed": Text(zh="失败", en="failed"),
    "locked": Text(zh="锁定", en="locked"),
    "refused": Text(zh="拒绝", en="refused"),
}
AUDIT, ALL = Text(zh="审计记录", en="Audit"), Text(zh="全部", en="all")
FILTER, EXPORT = Text(zh="筛选", en="Filter"), Text(zh="导出 CSV", en="Export CSV")
OLDER, VERIFY = Text(zh="更早", en="Older"), Text(zh="核验完整性", en="Verify the chain")
SINCE, UNTIL = Text(zh="自", en="From day"), Text(zh="至", en="To day")
NOTHING = Text(zh="没有符合条件的记录", en="nothing matches")
FILTERS = ("who", "what", "result", "since", "until")


def audit_html(entries: list[Entry], words: Mapping[str, str], lang: Lang, zone: ZoneInfo, page: int) -> str:
    """``entries`` newest first; if there are ``page`` of them, older ones may follow."""
    kept = {k: words[k] for k in FILTERS if words.get(k)}
    whats = [("", ALL(lang)), *((k, t(lang)) for k, t in WHAT.items())]
    results = [("", ALL(lang)), *((k, t(lang)) for k, t in RESULTS.items())]
    form = Form(
        [
            Input(type="hidden", name="lang", value=lang),
            field(HEADS[1](lang), "who", kept.get("who", ""), maxlength="64"),
            choice(HEADS[3](lang), "what", whats, kept.get("what", "")),
            choice(HEADS[6](lang), "result", results, kept.get("result", "")),
            field(SINCE(lang), "since", kept.get("since", ""), "date"),
            field(UNTIL(lang), "until", kept.get("until", ""), "date"),
            send(FILTER(lang)),
        ],
        method="get",
        action=url_of("/audit"),
        className="desk-form",
        **{"data-get": "1"},
    )
    ways: list[Node] = [
        A(
            EXPORT(lang),
            href=url_of("/desk/audit/export?") + urlencode(kept | {"lang": lang}),
            className="desk-button",
            download=True,
        ),
        A(VERIFY(lang), href=url_of("/desk/audit/verify"), className="desk-button", **{"data-ask": "1"}),
    ]
    if len(entries) == page:
        older = kept | {"before": str(entries[-1].seq), "lang": lang}
        ways.append(A(OLDER(lang), href=url_of("/audit?") + urlencode(older), className="desk-button"))
    rows: list[list[Node]] = [
        [
            _at(e.at, zone),
            e.who,
            _of(ROLE_NAMES, e.role, lang),
            _of(WHAT, e.what, lang),
            e.subject,
            "" if e.rows is None else f"{e.rows:,}",
            Span(_of(RESULTS, e.result, lang), className="desk-state" if e.result == "ok" else "desk-state off"),
            e.address,
        ]
        for e in entries
    ]
    listed = table(AUDIT(lang), [h(lang) for h in HEADS], rows) if rows else P(NOTHING(lang), className="desk-note")
    return to_html([form, Div(ways, className="desk-ways"), listed])


def audit_csv(entries: Iterable[Entry], zone: ZoneInfo) -> bytes:
    """CSV for spreadsheets (with a UTF-8 BOM); a cell that would be taken for a formula is prefixed with an apostrophe."""
    out, cell = io.StringIO(), Cells()
    writer = csv.writer(out)
    writer.writerow(("row", "at", "who", "role", "what", "subject", "result", "from", "cases"))
    for e in entries:
        at = datetime.fromtimestamp(e.at / 1000, zone).isoformat(timespec="seconds")
        writer.writerow(
            (
                e.seq,
                at,
                *(cell(v) for v in (e.who, e.role, e.what, e.subject, e.result, e.address)),
                "" if e.rows is None else e.rows,
            )
        )
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _of(names: Mapping[str, Text], key: str, lang: Lang) -> str:
    return names[key](lang) if key in names else key


def _at(instant: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(instant / 1000, zone).strftime("%Y-%m-%d %H:%M:%S")
