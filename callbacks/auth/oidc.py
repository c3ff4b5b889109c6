"""Logging in through an identity provider (OpenID Connect, code with PKCE), by Authlib.

The provider says who the user is; a claim maps to our roles and area; a user without a role is refused with an explanation.
Makes network calls: never on the event loop.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from data.access.roles import ROLES
from data.errors import AccessError, GridWallError
from data.source.faults import kind_of
from data.text import Text
from data.types.records import Record, Values

log = logging.getLogger("gridwall.oidc")
#: Cache lifetime of the provider's metadata and keys (s); timeout of a request (s); accepted clock skew (s).
KEPT_S, WAIT_S, LEEWAY_S = 3600, 10, 60
#: Accepted signature algorithms: the provider's own key only, no shared secrets, no "none".
SIGNATURES = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
#: Values of the area's claim that mean the whole city.
WHOLE = ("*", "city")


#: Explanations of why a provider is unavailable, by its error where that is specific.
_AWAY = {
    "dns": Text(zh="域名解析失败", en="its name does not resolve (DNS)"),
    "expired": Text(zh="其证书已过期", en="its certificate has expired"),
    "certificate": Text(zh="其证书无效", en="its certificate is not valid"),
    "refused": Text(zh="连接被拒", en="it refuses the connection"),
    "unreachable": Text(zh="网络不通", en="no route to it"),
    "silent": Text(zh=f"{WAIT_S} 秒无回音", en=f"nothing in {WAIT_S} s"),
}


class ProviderError(GridWallError):
    """The provider does not answer, or not with a valid response."""


@dataclass(frozen=True)
class Provider:
    """By setting.  ``roles`` maps the provider's words to our roles (ours map to themselves); ``area_claim`` "" = no areas,
    everybody sees the whole city; a claim may be nested, as in ``realm_access.roles``."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    role_claim: str = "roles"
    area_claim: str = ""
    name_claim: str = "preferred_username"
    roles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Pending:
    """A login in progress; kept here, never sent."""

    state: str
    nonce: str
    verifier: str
    redirect: str


@dataclass(frozen=True)
class Named:
    """The user named by the provider; ``subject`` is the provider's own, unchanging identifier."""

    name: str
    subject: str
    role: str
    area: str


class Oidc:
    """One provider."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self._described: tuple[float, Record] | None = None
        self._keys: Any = None

    def begin(self, redirect: str) -> tuple[str, Pending]:
        """(address at the provider, state to remember).  Raises ProviderError."""
        pending = Pending(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48), redirect)
        with self._client(redirect) as client:
            url, _ = client.create_authorization_url(
                self._metadata()["authorization_endpoint"],
                state=pending.state,
                nonce=pending.nonce,
                code_verifier=pending.verifier,
            )
        return str(url), pending

    def finish(self, pending: Pending, answer: Mapping[str, str], now: datetime) -> Named:
        """The user that the provider's answer names.  Raises AccessError if the answer is not valid, ProviderError."""
        from authlib.integrations.base_client import OAuthError

        if answer.get("error"):
            raise AccessError(f"the provider refused: {answer['error'][:80]}", f"统一认证拒绝：{answer['error'][:80]}")
        if not secrets.compare_digest(answer.get("state", "").encode(), pending.state.encode()):
            raise AccessError("this login was begun elsewhere or long ago; begin again", "该次登录已失效，请重新登录")
        if answer.get("iss", self.provider.issuer) != self.provider.issuer:
            raise _untrue("issuer")
        described = self._metadata()
        try:
            with self._client(pending.redirect) as client:
                token = client.fetch_token(
                    described["token_endpoint"],
                    code=answer.get("code", ""),
                    grant_type="authorization_code",
                    code_verifier=pending.verifier,
                )
        except OAuthError as error:
            raise AccessError(f"the provider refused: {error.error}", f"统一认证拒绝：{error.error}") from None
        except Exception as error:
            raise self._away(error) from None
        return self._named(self._claims(token, pending, now))

    def _claims(self, token: Values, pending: Pending, now: datetime) -> Record:
        """The ID token's claims, if its signature, issuer, audience, nonce and time are valid."""
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import InvalidKeyIdError, JoseError

        described = self._metadata()
        given = described.get("id_token_signing_alg_values_supported") or ["RS256"]
        allowed = [a for a in given if a in SIGNATURES]
        try:
            try:
                read = jwt.decode(str(token.get("id_token", "")), self._key_set(), algorithms=allowed)
            except InvalidKeyIdError:  # the provider may have rotated its keys
                read = jwt.decode(str(token.get("id_token", "")), self._key_set(anew=True), algorithms=allowed)
            p = self.provider
            claims = CodeIDToken(
                read.claims,
                read.header,
                {"iss": {"essential": True, "value": p.issuer}, "aud": {"essential": True, "value": p.client_id}},
                {"nonce": pending.nonce, "client_id": p.client_id, "access_token": token.get("access_token")},
            )
            claims.validate(now=int(now.timestamp()), leeway=LEEWAY_S)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            what = str(getattr(error, "claim", "") or "signature")
            log.warning("the provider's token does not hold: %s (%s)", what, type(error).__name__)
            raise _untrue(what) from None
        return dict(claims)

    def _named(self, claims: Values) -> Named:
        p = self.provider
        words = _words(claims, p.role_claim)
        known = {**{r: r for r in ROLES}, **p.roles}
        roles = sorted({known[w] for w in words if w in known})
        if not roles:
            raise AccessError(
                f"the provider names no role of ours in '{p.role_claim}'; ask its administrator",
                "统一认证未赋予本系统的角色，请联系其管理员",
            )
        if len(roles) > 1:
            raise AccessError(
                f"the provider names several roles ({', '.join(roles)}), one is allowed; ask its administrator",
                f"统一认证赋予了多个角色（{'、'.join(roles)}），只许一个，请联系其管理员",
            )
        area = ""
        if p.area_claim:
            areas = _words(claims, p.area_claim)
            if len(areas) != 1:
                raise AccessError(
                    f"the provider names no area of yours in '{p.area_claim}'; ask its administrator",
                    "统一认证未给出您的可见范围，请联系其管理员",
                )
            area = "" if areas[0] in WHOLE else areas[0]
        return Named(str(claims.get(p.name_claim) or claims["sub"]), f"{p.issuer}|{claims['sub']}", roles[0], area)

    # ------------------------------------------------------------------ over the network
    def _client(self, redirect: str) -> Any:
        from authlib.integrations.httpx_client import OAuth2Client

        ways = self._metadata().get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        way = "client_secret_basic" if "client_secret_basic" in ways else "client_secret_post"
        way = way if self.provider.client_secret else "none"
        return OAuth2Client(
            self.provider.client_id,
            self.provider.client_secret or None,
            token_endpoint_auth_method=way,
            scope="openid profile",
            redirect_uri=redirect,
            code_challenge_method="S256",
            timeout=WAIT_S,
        )

    def _metadata(self) -> Record:
        """The provider's metadata; its issuer must equal the one configured."""
        if self._described is None or time.monotonic() - self._described[0] > KEPT_S:
            found = self._get(self.provider.issuer.rstrip("/") + "/.well-known/openid-configuration")
            if found.get("issuer") != self.provider.issuer:
                raise ProviderError(f"the provider at {self.provider.issuer} calls itself {str(found.get('issuer'))[:80]}")
            self._described, self._keys = (time.monotonic(), found), None
        return self._described[1]

    def _key_set(self, anew: bool = False) -> Any:
        from joserfc.jwk import KeySet

        if self._keys is None or anew:
            self._keys = KeySet.import_key_set(self._get(self._metadata()["jwks_uri"]))  # type: ignore[arg-type]
        return self._keys

    def _get(self, url: str) -> Record:
        import httpx2

        try:
            answer = httpx2.get(url, timeout=WAIT_S)
            answer.raise_for_status()
            found = answer.json()
        except (httpx2.HTTPError, ValueError) as error:
            raise self._away(error) from None
        if not isinstance(found, dict):
            raise ProviderError(f"the provider at {self.provider.issuer} does not describe itself")
        return found

    def _away(self, error: Exception) -> ProviderError:
        why = _AWAY.get(kind_of(error)) or Text(zh=type(error).__name__, en=type(error).__name__)
        return ProviderError(
            f"the provider at {self.provider.issuer} does not answer: {why.en}",
            f"统一认证（{self.provider.issuer}）无应答：{why.zh}",
        )


def _untrue(what: str) -> AccessError:
    return AccessError(
        f"the provider's answer does not hold ({what}); begin again", f"统一认证的应答未通过核验（{what}），请重新登录"
    )


def _words(claims: Values, path: str) -> list[str]:
    """The words of a claim, one or a list; the path may be nested: ``realm_access.roles``."""
    found: Any = claims.get(path)
    if found is None:
        found = claims
        for part in path.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    return [str(w) for w in found] if isinstance(found, (list, tuple)) else [] if found in (None, "") else [str(found)]
