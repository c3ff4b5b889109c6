"""A real identity provider for the tests: Authlib's own server side over HTTP on loopback, code with PKCE, RS256.

``who`` are the claims of whoever logs in; ``fault`` makes it lie in one way (``FAULTS``).
"""

from __future__ import annotations

import base64
import json
import threading
import time
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from authlib.common.security import generate_token
from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Payload, OAuth2Request
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import OpenIDCode
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT, SECRET = "gridwall", "s3cret-of-the-wall"
FAULTS = ("nonce", "signature", "expired", "issuer", "audience", "none", "shared secret", "no token", "verifier")


class Payload(OAuth2Payload):
    def __init__(self, words: list[tuple[str, str]]) -> None:
        self._words = words

    @property
    def data(self) -> dict[str, str]:
        return dict(self._words)

    @property
    def datalist(self) -> defaultdict[str, list[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for key, value in self._words:
            found[key].append(value)
        return found


class Request(OAuth2Request):
    def __init__(self, method: str, uri: str, headers: dict[str, str], form: list[tuple[str, str]]) -> None:
        super().__init__(method, uri, headers=headers)
        args = parse_qsl(urlsplit(uri).query)
        self._args, self._form = dict(args), dict(form)
        self.payload = Payload([*args, *form])

    @property
    def args(self) -> dict[str, str]:
        return self._args

    @property
    def form(self) -> dict[str, str]:
        return self._form


class Client(SimpleNamespace):
    client_id = CLIENT

    def get_client_id(self) -> str:
        return CLIENT

    def get_default_redirect_uri(self) -> str:
        return str(self.redirect)

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, uri: str) -> bool:
        return urlsplit(uri).path == "/oidc/callback"

    def check_client_secret(self, secret: str) -> bool:
        return secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, kind: str) -> bool:
        return kind == "code"

    def check_grant_type(self, kind: str) -> bool:
        return kind == "authorization_code"


class Code(SimpleNamespace):
    def get_redirect_uri(self) -> str:
        return str(self.redirect_uri)

    def get_scope(self) -> str:
        return str(self.scope)

    def get_nonce(self) -> str:
        return str(self.nonce)

    def get_auth_time(self) -> int:
        return int(time.time())

    def get_acr(self) -> str:
        return ""

    def get_amr(self) -> list[str]:
        return []


class Server(AuthorizationServer):
    def __init__(self, provider: Provider) -> None:
        super().__init__()
        self.register_token_generator(
            "default",
            lambda **_: {
                "token_type": "Bearer",
                "access_token": generate_token(30),
                "expires_in": 600,
                "scope": "openid profile",
            },
        )
        codes: dict[str, Code] = {}

        class Grant(AuthorizationCodeGrant):
            TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic",)

            def save_authorization_code(self, code: str, request: Any) -> None:
                data = request.payload.data
                codes[code] = Code(
                    redirect_uri=data["redirect_uri"],
                    scope=request.scope,
                    nonce=data.get("nonce", ""),
                    code_challenge=data.get("code_challenge"),
                    code_challenge_method=data.get("code_challenge_method"),
                )

            def query_authorization_code(self, code: str, client: Any) -> Code | None:
                found = codes.get(code)
                if found is not None and provider.fault == "verifier":  # as if another had begun this login
                    found.code_challenge = "x" * 43
                return found

            def delete_authorization_code(self, code: Any) -> None:
                for key in [k for k, v in codes.items() if v is code]:
                    del codes[key]

            def authenticate_user(self, code: Any) -> Any:
                return SimpleNamespace()

        class Tokens(OpenIDCode):
            def exists_nonce(self, nonce: str, request: Any) -> bool:
                return False

            def generate_user_info(self, user: Any, scope: str) -> dict[str, Any]:
                return dict(provider.who)

            def encode_id_token(self, token: Any, request: Any) -> str:
                return provider.encoded(
                    self.get_compatible_claims(request)
                    | self.get_authorization_code_claims(request.authorization_code)
                    | provider.who
                )

            def get_client_claims(self, client: Any) -> dict[str, Any]:
                return {"iss": provider.issuer, "aud": [CLIENT]}

        self.register_grant(Grant, [Tokens(require_nonce=True), CodeChallenge(required=True)])

    def query_client(self, client_id: str) -> Client | None:
        return Client(redirect="") if client_id == CLIENT else None

    def save_token(self, token: Any, request: Any) -> None:
        pass

    def create_oauth2_request(self, request: Any) -> Any:
        return request

    def handle_response(self, status: int, body: Any, headers: Any) -> tuple[int, Any, Any]:
        return status, body, headers

    def send_signal(self, *_: Any, **__: Any) -> None:
        pass


class Provider:
    """``issuer`` is its address; ``start`` and ``stop``."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"}, private=True)
        self.other = RSAKey.generate_key(2048, {"kid": "k1"}, private=True)
        self.who: dict[str, Any] = {}
        self.fault = ""
        self._server = Server(self)
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer([])

            def do_POST(self) -> None:
                length = int(self.headers.get("content-length", 0))
                self._answer(parse_qsl(self.rfile.read(length).decode()))

            def _answer(self, form: list[tuple[str, str]]) -> None:
                status, body, headers = provider.answer(self.command, self.path, dict(self.headers), form)
                data = (body if isinstance(body, str) else json.dumps(body)).encode()
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: Any) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, daemon=True)

    def start(self) -> Provider:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def answer(self, method: str, path: str, headers: dict[str, str], form: list[tuple[str, str]]) -> tuple[int, Any, Any]:
        kind = [("Content-Type", "application/json")]
        if path == "/.well-known/openid-configuration":
            return (
                200,
                {
                    "issuer": self.issuer,
                    "authorization_endpoint": self.issuer + "/authorize",
                    "token_endpoint": self.issuer + "/token",
                    "jwks_uri": self.issuer + "/keys",
                    "response_types_supported": ["code"],
                    "subject_types_supported": ["public"],
                    "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
                },
                kind,
            )
        if path == "/keys":
            return 200, {"keys": [self.key.as_dict(private=False)]}, kind
        request = Request(method, self.issuer + path, headers, form)
        if path.startswith("/authorize"):
            grant = self._server.get_consent_grant(request, SimpleNamespace())
            answer: tuple[int, Any, Any] = self._server.create_authorization_response(request, SimpleNamespace(), grant)
            return answer
        if path == "/token":
            answer = self._server.create_token_response(request)
            if self.fault == "no token":
                answer[1].pop("id_token", None)
            return answer
        return 404, {}, kind

    def encoded(self, claims: dict[str, Any]) -> str:
        """The ID token, true or with this provider's fault."""
        header: dict[str, Any] = {"alg": "RS256", "kid": "k1"}
        key: Any = self.key
        if self.fault == "nonce":
            claims["nonce"] = "another"
        elif self.fault == "signature":
            key = self.other
        elif self.fault == "expired":
            claims |= {"exp": int(time.time()) - 3600, "iat": int(time.time()) - 7200}
        elif self.fault == "issuer":
            claims["iss"] = "http://127.0.0.1:1"
        elif self.fault == "audience":
            claims["aud"] = ["another-wall"]
        elif self.fault == "none":
            parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
            plain = [base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts]
            return ".".join(plain) + "."
        elif self.fault == "shared secret":
            return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET), algorithms=["HS256"])
        return jwt.encode(header, claims, key, algorithms=["RS256"])
