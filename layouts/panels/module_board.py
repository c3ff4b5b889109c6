"""The functions of the command centre and the modules of the platform, by name: from the city's file alone.

A member that the city counts but does not name gets a place with its number and 待配置, so that the lists are as long as
the city says and nothing is invented.
"""

from __future__ import annotations

from collections.abc import Sequence

from data.city.city import City
from data.city.profile import Member, Module
from data.text import ITEMS, Lang, Text
from layouts.html.marks import nothing, text
from layouts.html.markup import Div, Node
from layouts.panels.panel import Panel, Reading

FUNCTIONS = Text(zh="高频事项集中办公", en="Functions that sit together")
MODULES = Text(zh="功能模块", en="Modules of the platform")
ASPECTS = Text(zh="{n} 个方面：", en="{n} aspects: ")
NAMED = Text(zh="共 {n} 个，已定名 {named}，待配置 {pending}", en="{n} in all, {named} named, {pending} to be set")
PENDING = Text(zh="待配置", en="to be set")
EXAMPLE = Text(zh="示例", en="example")
NO_MEMBER = Text(zh="本市未列集中办公事项与功能模块", en="This city's file lists no functions and no modules")


def figure(reading: Reading, city: City, lang: Lang) -> Node:
    """One block for the functions and one for the modules, each with its count; nothing of the reading is drawn."""
    profile = city.profile
    if not profile.functions and not profile.modules:
        return nothing(NO_MEMBER, lang)
    aspects = {n.code: n.name(lang) for n in profile.networks}
    called = ITEMS(lang).join(aspects.values())
    under = ASPECTS(lang).format(n=len(aspects)) + called if aspects else ""
    blocks = []
    if profile.functions:
        blocks.append(_block(FUNCTIONS, profile.functions, {}, "", lang))
    if profile.modules:
        blocks.append(_block(MODULES, profile.modules, aspects, under, lang))
    return Div(blocks, className="members")


def _block(title: Text, members: Sequence[Member], aspects: dict[str, str], under: str, lang: Lang) -> Div:
    pending = sum(m.pending for m in members)
    said = NAMED(lang).format(n=len(members), named=len(members) - pending, pending=pending)
    head = [text(title(lang), "mb-title"), text(said, "mb-said"), text(under, "mb-under")]
    return Div(
        [
            Div(head if under else head[:2], className="mb-head"),
            Div([_member(i, m, aspects, lang) for i, m in enumerate(members, 1)], className="mb-list"),
        ],
        className="mb-block",
    )


def _member(place: int, member: Member, aspects: dict[str, str], lang: Lang) -> Div:
    number = text(f"{place:02d}", "mb-n")
    if member.pending:
        return Div([number, text(PENDING(lang), "mb-name")], className="member pending")
    parts = [number, text(member.name(lang), "mb-name")]
    aspect = aspects.get(member.aspect or "", "") if isinstance(member, Module) else ""
    if member.example or (aspect and aspect != member.name(lang)):
        parts.append(text(EXAMPLE(lang) if member.example else aspect, "mb-of"))
    return Div(parts, className="member")


PANEL = Panel(
    id="module_board",
    title=Text(zh="集中办公与功能模块", en="Functions and modules"),
    unit=Text(zh="名录 · 虚线为待配置", en="as the city lists them · dashed: to be set"),
    definition=Text(
        zh="城市文件所列的集中办公事项与平台功能模块，数目与城市自述一致；城市只说数目、未列名称者标“待配置”，不作虚构。",
        en="The functions and modules of the city's file, as many as the city says; what it counts without naming is marked "
        '"to be set" and never made up.',
    ),
    metric="headline",
    figure=figure,
    draws=frozenset(),
    empty=lambda reading: False,
)
