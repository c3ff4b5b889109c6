"""The identity provider's settings: GRIDWALL_OIDC_ISSUER, _CLIENT_ID, _CLIENT_SECRET (environment only, never printed),
_ROLE_CLAIM, _AREA_CLAIM, _NAME_CLAIM, and _ROLES, which maps the provider's words to ours: ``gw-ops=operator,gw-sec=auditor``.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from callbacks.auth.oidc import Provider
from dashboard.network import is_loopback
from data.access.roles import ROLES
from data.errors import GridWallError, did_you_mean


class ProviderSettingError(GridWallError):
    """An unusable setting of the provider."""


def provider_of(env: Mapping[str, str]) -> Provider | None:
    """None if no issuer is set.  Raises ProviderSettingError."""

    def given(name: str, default: str = "") -> str:
        return env.get(f"GRIDWALL_OIDC_{name}", "").strip() or default

    issuer = given("ISSUER")
    if not issuer:
        return None
    check_address("GRIDWALL_OIDC_ISSUER", issuer)
    if not given("CLIENT_ID"):
        raise ProviderSettingError(
            "GRIDWALL_OIDC_CLIENT_ID is not set; it is what the provider calls this wall",
            "未设置 GRIDWALL_OIDC_CLIENT_ID（统一身份认证对本系统的称呼）",
        )
    roles: dict[str, str] = {}
    for pair in filter(None, given("ROLES").split(",")):
        theirs, _, ours = (part.strip() for part in pair.partition("="))
        if ours not in ROLES:
            raise ProviderSettingError(f"GRIDWALL_OIDC_ROLES '{pair.strip()[:60]}': write theirs=ours{did_you_mean(ours, ROLES)}")
        roles[theirs] = ours
    return Provider(
        issuer,
        given("CLIENT_ID"),
        given("CLIENT_SECRET"),
        given("ROLE_CLAIM", "roles"),
        given("AREA_CLAIM"),
        given("NAME_CLAIM", "preferred_username"),
        roles,
    )


def check_address(name: str, address: str) -> None:
    """Raises ProviderSettingError unless it is https, or http on this machine."""
    parts = urlsplit(address)
    safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    if not parts.hostname or not safe:
        raise ProviderSettingError(
            f"{name} '{address[:80]}': write an address that begins with https:// (http only on this machine)",
            f"{name}“{address[:80]}”：请写以 https:// 开头的地址（只有本机可用 http）",
        )
