"""The administrator's pages: accounts and screen keys, as HTML fetched by the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from data.access.accounts import Account
from data.access.roles import ROLE_NAMES
from data.access.screen_keys import Screen
from data.city.city import City
from data.text import Lang, Text
from layouts.desk.desk import WHOLE_CITY
from layouts.html.markup import H2, Div, Node, P, Span, to_html
from layouts.html.plain import Details, Fieldset, Input, Label, Legend, Summary, choice, field, post, send, table

HEADS = (
    Text(zh="账号", en="Name"),
    Text(zh="角色", en="Role"),
    Text(zh="范围", en="Area"),
    Text(zh="状态", en="State"),
    Text(zh="建立", en="Created"),
    Text(zh="更改", en="Change"),
)
ACCOUNTS, ADD = Text(zh="账号", en="Accounts"), Text(zh="新增账号", en="Add an account")
ROLE, AREA = Text(zh="角色", en="Role"), Text(zh="范围（网格编码，留空为全市）", en="Area (grid code, empty = the city)")
SENSITIVE = Text(zh="可见敏感类别", en="sees sensitive categories")
PASSWORD, NEW = Text(zh="口令", en="Password"), Text(zh="新口令", en="New password")
RULES = Text(
    zh="口令 10 至 128 个字符，含小写、大写、数字、其他中的三类，不含账号名。",
    en="Passwords: 10 to 128 characters of three kinds (small, capital, digit, other), without the name.",
)
LIMITS, ROWS = Text(zh="每小时可读案件", en="Cases that may be read an hour"), Text(zh="每小时件数", en="Cases an hour")
LIMITS_SAY = Text(
    zh="按不同案件计，一小时内重复查看不另计；超过即拒绝，并记入审计。",
    en="Different cases are counted; looking again within the hour counts once. Over it, reading is refused and "
    "written to the audit.",
)
SET_LIMIT, SET_ROLE = Text(zh="改上限", en="Set limit"), Text(zh="改角色与范围", en="Set role and area")
SET_PASSWORD, FORGET = Text(zh="改口令", en="Set password"), Text(zh="清除失败登录", en="Forget failed logins")
ENABLE, DISABLE = Text(zh="启用", en="Enable"), Text(zh="停用", en="Disable")
CHANGE = Text(zh="更改 {name}", en="Change {name}")
THROUGH_PROVIDER = Text(zh=" 统一认证", en=" provider")
DISABLED, DELAYED, VALID = Text(zh="已停用", en="disabled"), Text(zh="登录受阻", en="logins delayed"), Text(zh="正常", en="valid")
SCREEN_ROLE = Text(zh="屏幕", en="Screen")
SCREENS, SCREEN = Text(zh="屏幕密钥", en="Keys of screens"), Text(zh="屏幕名称", en="Name of the screen")
SCREEN_HEADS = (
    Text(zh="屏幕", en="Screen"),
    Text(zh="建立", en="Created"),
    Text(zh="状态", en="State"),
    Text(zh="更改", en="Change"),
)
KEY_REVOKED, KEY_VALID = Text(zh="已吊销", en="revoked"), Text(zh="有效", en="valid")
ROTATE, REVOKE = Text(zh="更换 {name} 的密钥", en="Another key for {name}"), Text(zh="吊销 {name}", en="Revoke {name}")
ADD_KEY = Text(zh="新增密钥", en="Add a key")
NO_KEYS = Text(zh="还没有屏幕密钥", en="no screen has a key yet")
#: Default time for which a replaced key remains valid.
OVERLAP = "7d"
KEPT = Text(zh="旧密钥还用（7d、12h、0）", en="Keep the former one for (7d, 12h, 0)")
FORMER = Text(zh="；旧密钥至 {until}", en="; former key until {until}")
ONCE = Text(zh="请在该屏打开一次（密钥仅显示这一次）：", en="Open once on that screen (shown this once): ")


def accounts_html(
    accounts: Iterable[Account], limits: Mapping[str, int], city: City, lang: Lang, now_ms: int, said: str = ""
) -> str:
    """The table of accounts with their forms, the form for a new one, and the number of cases each role may read per hour."""
    rows = [_row(a, city, lang, now_ms) for a in accounts]
    add = post(
        "/desk/accounts/add",
        [
            Fieldset(
                [
                    Legend(ADD(lang)),
                    field(HEADS[0](lang), "name", required=True, maxlength="64", autocomplete="off"),
                    choice(ROLE(lang), "role", _roles(lang), "analyst"),
                    field(AREA(lang), "area", maxlength="32"),
                    _sensitive(lang, False),
                    field(
                        PASSWORD(lang), "password", kind="password", required=True, autocomplete="new-password", maxlength="128"
                    ),
                    send(ADD(lang)),
                    P(RULES(lang), className="desk-note"),
                ]
            )
        ],
        lang,
    )
    return to_html([_said(said), table(ACCOUNTS(lang), [h(lang) for h in HEADS], rows), add, *_limits(limits, lang)])


def _limits(limits: Mapping[str, int], lang: Lang) -> list[Node]:
    rows: list[list[Node]] = []
    for role, n in limits.items():
        change = post(
            "/desk/accounts/limit",
            [field(ROWS(lang), "rows", str(n), required=True, inputmode="numeric", maxlength="9"), send(SET_LIMIT(lang))],
            lang,
            role=role,
        )
        rows.append([ROLE_NAMES[role](lang) if role in ROLE_NAMES else SCREEN_ROLE(lang), f"{n:,}", change])
    heads = [ROLE(lang), ROWS(lang), HEADS[5](lang)]
    return [table(LIMITS(lang), heads, rows), P(LIMITS_SAY(lang), className="desk-note")]


def screens_html(screens: Iterable[Screen], city: City, lang: Lang, said: str = "") -> str:
    """The table of keys; ``said`` shows a new one, once."""
    zone = city.profile.zone
    rows = []
    for name, made, gone, former in screens:
        state = KEY_VALID(lang) if gone is None else f"{KEY_REVOKED(lang)} {_at(gone, zone)}"
        if former is not None:
            state += FORMER(lang).format(until=_at(former, zone))
        rotate = post(
            "/desk/screens/rotate",
            [field(KEPT(lang), "overlap", OVERLAP, maxlength="5", size="5"), send(ROTATE(lang).format(name=name))],
            lang,
            name=name,
        )
        revoke = post("/desk/screens/revoke", [send(REVOKE(lang).format(name=name))], lang, name=name)
        rows.append([name, _at(made, zone), state, [rotate, revoke] if gone is None else ""])
    listed = table(SCREENS(lang), [h(lang) for h in SCREEN_HEADS], rows) if rows else P(NO_KEYS(lang), className="desk-note")
    add = post(
        "/desk/screens/add",
        [Fieldset([Legend(ADD_KEY(lang)), field(SCREEN(lang), "name", required=True, maxlength="64"), send(ADD_KEY(lang))])],
        lang,
    )
    return to_html([_said(said), listed, add])


def _row(a: Account, city: City, lang: Lang, now_ms: int) -> list[Node]:
    slowed, disabled = a.delayed_until > now_ms, a.disabled_at is not None
    state = (DISABLED if disabled else DELAYED if slowed else VALID)(lang)
    area = WHOLE_CITY(lang) if not a.area else city.scope_name(a.area)(lang) if a.area in city.grid.index else a.area
    forms: list[Node] = [
        post(
            "/desk/accounts/role",
            [
                choice(ROLE(lang), "role", _roles(lang), a.role),
                field(AREA(lang), "area", a.area, maxlength="32"),
                _sensitive(lang, a.sensitive),
                send(SET_ROLE(lang)),
            ],
            lang,
            name=a.name,
        )
    ]
    if not a.provider:
        forms.append(
            post(
                "/desk/accounts/password",
                [
                    field(NEW(lang), "password", kind="password", required=True, autocomplete="new-password", maxlength="128"),
                    send(SET_PASSWORD(lang)),
                ],
                lang,
                name=a.name,
            )
        )
    if a.failures:
        forms.append(post("/desk/accounts/unlock", [send(FORGET(lang))], lang, name=a.name))
    way, words = ("enable", ENABLE) if disabled else ("disable", DISABLE)
    forms.append(post(f"/desk/accounts/{way}", [send(words(lang))], lang, name=a.name))
    more = [Span(f" {SENSITIVE(lang)}", className="desk-note")] if a.sensitive else []
    more += [Span(THROUGH_PROVIDER(lang), className="desk-note")] if a.provider else []
    return [
        a.name,
        [ROLE_NAMES[a.role](lang) if a.role in ROLE_NAMES else a.role, *more],
        area,
        Span(state, className="desk-state off" if disabled or slowed else "desk-state"),
        _at(a.created_at, city.profile.zone),
        Details([Summary(CHANGE(lang).format(name=a.name)), *forms]),
    ]


def _roles(lang: Lang) -> list[tuple[str, str]]:
    return [(role, name(lang)) for role, name in ROLE_NAMES.items()]


def _sensitive(lang: Lang, on: bool) -> Label:
    return Label([Input(type="checkbox", name="sensitive", value="1", checked=on), f" {SENSITIVE(lang)}"], className="desk-check")


def _said(words: str) -> Node:
    return Div([H2("✓", className="desk-hidden"), Span(words)], className="desk-said") if words else None


def _at(instant: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(instant / 1000, zone).strftime("%Y-%m-%d %H:%M")
