"""Who may do what: five roles, the rights that each brings, and whether a place lies in an account's area.

Roles are closed; a right is what a route, a callback or an export asks for.  ``sensitive`` comes with no role: it is given
to a single account, and only it selects cases of sensitive categories and of restricted channels.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from data.access.viewer import Viewer
from data.city.city import City
from data.errors import AccessError
from data.text import Text

#: What a route may ask for.
RIGHTS = ("analyse", "cases", "export", "kiosk", "acknowledge", "accounts", "screens", "audit", "sensitive")

#: Separated as 等保 asks: who analyses does not administer, who administers does not read the audit, and the other way round.
ROLES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "leader": frozenset({"analyse", "export"}),
        "analyst": frozenset({"analyse", "cases", "export"}),
        "operator": frozenset({"kiosk", "cases", "acknowledge"}),
        "administrator": frozenset({"accounts", "screens"}),
        "auditor": frozenset({"audit"}),
    }
)
ROLE_NAMES: Mapping[str, Text] = MappingProxyType(
    {
        "leader": Text(zh="领导", en="Leader"),
        "analyst": Text(zh="分析员", en="Analyst"),
        "operator": Text(zh="值守员", en="Operator"),
        "administrator": Text(zh="管理员", en="Administrator"),
        "auditor": Text(zh="审计员", en="Auditor"),
    }
)
#: Who sits at the machine itself, before the demo city, where no account is asked for.
DEMO_RIGHTS = ROLES["analyst"] | ROLES["operator"]
#: What that somebody is called; no account may have this name.
DEMO_USER = "demo"


def rights_of(role: str, sensitive: bool = False) -> frozenset[str]:
    """The rights of a role; ``sensitive`` adds that right where the role sees cases at all."""
    rights = ROLES[role]
    return rights | {"sensitive"} if sensitive and "cases" in rights else rights


def place_within(viewer: Viewer, city: City, scope: str) -> str:
    """The grid code that is answered: ``scope``, or the viewer's own area where none is asked for.

    Raises QueryError for an unknown code and AccessError for one outside the viewer's area.
    """
    asked = scope or viewer.area
    level, at = city.scope_of(asked)
    if not viewer.area:
        return "" if level == 0 else city.grid.code[at]
    city.scope_of(viewer.area)  # an area that the grid no longer has is said, not passed over
    if level == 0 or not city.lies_in(city.grid.code[at], viewer.area):
        name = city.scope_name(viewer.area)
        raise AccessError(f"'{asked[:40]}' lies outside your area ({name.en})", f"“{asked[:40]}”不在您的可见范围（{name.zh}）内")
    return city.grid.code[at]
