"""Authorisation: five roles, their rights, and whether a place lies in an account's area.

The set of roles is fixed; a route, a callback or an export requires a right.  No role includes ``sensitive``: it is granted
to a single account, and only with it are cases of sensitive categories and of restricted channels selected.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from data.access.viewer import Viewer
from data.city.city import City
from data.errors import AccessError
from data.text import Text

#: Separation of duties as 等保 requires: analysts do not administer, administrators do not read the audit, and vice versa.
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
#: Rights of the local user of the demo city, which requires no account.
DEMO_RIGHTS = ROLES["analyst"] | ROLES["operator"]
#: Name of that user; no account may have it.
DEMO_USER = "demo"


def rights_of(role: str, sensitive: bool = False) -> frozenset[str]:
    """The rights of a role; ``sensitive`` adds that right if the role sees cases at all."""
    rights = ROLES[role]
    return rights | {"sensitive"} if sensitive and "cases" in rights else rights


def place_within(viewer: Viewer, city: City, scope: str) -> str:
    """The grid code to answer for: ``scope``, or the viewer's own area if none is given.

    Raises QueryError for an unknown code and AccessError for one outside the viewer's area.
    """
    asked = scope or viewer.area
    level, at = city.scope_of(asked)
    if not viewer.area:
        return "" if level == 0 else city.grid.code[at]
    city.scope_of(viewer.area)  # fail on an area that the grid no longer has, rather than ignore it
    if level == 0 or not city.lies_in(city.grid.code[at], viewer.area):
        name = city.scope_name(viewer.area)
        raise AccessError(f"'{asked[:40]}' lies outside your area ({name.en})", f"“{asked[:40]}”不在您的可见范围（{name.zh}）内")
    return city.grid.code[at]
