"""Settings from the command line and the environment, resolved once; printed at start without secrets."""

from __future__ import annotations

import hashlib
import os
import re
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from callbacks.auth.oidc import Provider
from dashboard.network import Network, NetworkError, is_loopback, network_of
from dashboard.provider import check_address, provider_of
from data.city.profile import Profile, load_profile
from data.errors import GridWallError
from data.secrets.masking import masked, remember
from data.source import files
from data.source.mapping import Mapping as SourceMapping
from data.source.mapping_file import load_mapping
from data.source.questions import LIMITS, Limits

#: Letters, digits, "-", "_" and "." between slashes.
_PATH = re.compile(r"(?:/(?!\.)[A-Za-z0-9_.-]{1,40}){1,5}", re.ASCII)
#: Bounds of the time limit of a query to the source (s).
LEAST_LIMIT_S, MOST_LIMIT_S = 1, 86_400


class SettingError(GridWallError):
    """An unusable setting; names the setting, the value and the remedy."""


@dataclass(frozen=True)
class Settings:
    profile: Profile
    mapping: SourceMapping
    source: str  # SQLAlchemy URL including secrets, or a data file: never print it, print ``shown(source)``
    facts: str
    host: str = "127.0.0.1"
    port: int = 8050
    tick_s: float = 1.0
    state: str = "sqlite:///var/state.sqlite"
    url: str = ""  # the address that browsers use, if different (a proxy's); https makes cookies Secure
    provider: Provider | None = None
    proxies: tuple[Network, ...] = ()  # trusted to report a client's address and scheme
    limits: Limits = LIMITS  # time limits of queries to the source
    facts_named: bool = False  # set by an option or the environment; else the file is ours alone, under var/

    @property
    def below(self) -> str:
        """The path of the address that browsers use ("/gridwall"), "" if the wall has a host of its own."""
        return urlsplit(self.url).path.rstrip("/")

    @property
    def loopback(self) -> bool:
        return is_loopback(self.host)


def profile_of(args: Namespace, environ: Mapping[str, str] | None = None) -> Profile:
    """The city only, as ``resolve`` finds it.  Raises FileError."""
    env = os.environ if environ is None else environ
    city = str(getattr(args, "city", None) or env.get("GRIDWALL_CITY") or "")
    if city:
        return load_profile(city)
    mapping = load_mapping(str(getattr(args, "mapping", None) or env.get("GRIDWALL_MAPPING") or "platform"))
    return load_profile(_beside(mapping.mapping.city, mapping))


def resolve(args: Namespace, environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from parsed arguments, then GRIDWALL_* of the environment, then defaults.

    ``--mapping`` alone is enough (it names its city and source); ``--city`` alone means the platform's own tables.
    One facts file per source + mapping + city.  Raises SettingError and FileError.
    """
    env = os.environ if environ is None else environ

    def given(name: str) -> str:
        return str(getattr(args, name, None) or env.get(f"GRIDWALL_{name.upper()}", "") or "")

    mapping_id = given("mapping") or "platform"
    mapping = load_mapping(mapping_id)
    city = given("city") or mapping.mapping.city
    profile = load_profile(_beside(city, mapping) if city == mapping.mapping.city else city)
    own = mapping.mapping.city in (city, profile.city.id)  # the mapping may name its city by a file path
    own = own or files.reads_file(mapping.selects)  # a city's database cannot be read in place of a file
    default = mapping.mapping.source if own else f"sqlite:///var/{profile.city.id}.sqlite"
    source = _source(given("source") or default, mapping)
    if files.is_sample(source, mapping.folder):  # every screen then shows 演示数据
        profile = profile.model_copy(update={"city": profile.city.model_copy(update={"demo": True})})
    digest = hashlib.blake2b(f"{source}|{mapping.mapping.id}|{profile.city.id}".encode(), digest_size=4).hexdigest()
    facts = _url("facts", given("facts") or f"duckdb:///var/facts-{profile.city.id}-{digest}.duckdb")
    port = given("port") or "8050"
    if not (port.isascii() and port.isdigit() and len(port) <= 5) or not 0 < int(port) < 65536:
        raise SettingError(
            f"port '{port}': write a number from 1 to 65535, e.g. --port 8050",
            f"port“{port}”：请写 1 至 65535 的数，如 --port 8050",
        )
    tick = given("tick") or "1"
    try:
        tick_s = float(tick)
    except ValueError:
        tick_s = -1
    if not 0.1 <= tick_s <= 60:
        raise SettingError(
            f"tick '{tick}': write seconds from 0.1 to 60, e.g. --tick 1", f"tick“{tick}”：请写 0.1 至 60 的秒数，如 --tick 1"
        )
    remember(source, facts, state_url(args, env))
    address = given("url")
    if address:
        check_address("url", address)
        _check_path(address)
    limits = Limits(
        _seconds("source-limit", given("source_limit"), LIMITS.tick_s), _seconds("load-limit", given("load_limit"), LIMITS.load_s)
    )
    return Settings(
        profile,
        mapping,
        source,
        facts,
        given("host") or "127.0.0.1",
        int(port),
        tick_s,
        state_url(args, env),
        address,
        provider_of(env),
        _proxies(args, env),
        limits,
        bool(given("facts")),
    )


def _seconds(name: str, value: str, default: float) -> float:
    """A limit in seconds.  Raises SettingError."""
    try:
        seconds = float(value) if value else default
    except ValueError:
        seconds = -1
    if not LEAST_LIMIT_S <= seconds <= MOST_LIMIT_S:
        raise SettingError(
            f"{name} '{value}': write seconds from {LEAST_LIMIT_S} to {MOST_LIMIT_S}, e.g. --{name} {default:g}",
            f"{name}“{value}”：请写 {LEAST_LIMIT_S} 至 {MOST_LIMIT_S} 的秒数，如 --{name} {default:g}",
        )
    return seconds


def state_url(args: Namespace, environ: Mapping[str, str] | None = None) -> str:
    """The store of the screen keys: the same for the server that reads them and the command that adds them."""
    env = os.environ if environ is None else environ
    return _url("state", str(getattr(args, "state", None) or env.get("GRIDWALL_STATE") or "sqlite:///var/state.sqlite"))


def _proxies(args: Namespace, env: Mapping[str, str]) -> tuple[Network, ...]:
    """The trusted proxies: one option each, or a list in the environment.  Raises SettingError."""
    words = getattr(args, "trusted_proxy", None) or env.get("GRIDWALL_TRUSTED_PROXY", "").replace(",", " ").split()
    try:
        return tuple(network_of(str(word)) for word in words)
    except NetworkError as fault:
        raise SettingError(str(fault), fault.zh) from None


def _beside(city: str, mapping: SourceMapping) -> str | Path:
    """The city that a mapping names: an id, or a file that may lie beside the mapping's own."""
    return files.find_beside(city, mapping.folder) if city.endswith(".toml") else city


def _source(value: str, mapping: SourceMapping) -> str:
    """A database URL or a data file, depending on the mapping."""
    if what := files.misfit(value, mapping.selects):
        given = masked(value)[:80]
        raise SettingError(
            f"source '{given}' {what} (mapping '{mapping.mapping.id}')", f"数据源“{given}”{what.zh}（映射 {mapping.mapping.id}）"
        )
    return value if files.reads_file(mapping.selects) else _url("source", value)


def _check_path(address: str) -> None:
    """Raises SettingError if the address continues after its path, or if its path is one that some proxies would rewrite."""
    parts = urlsplit(address)
    if parts.query or parts.fragment or (parts.path.rstrip("/") and not _PATH.fullmatch(parts.path.rstrip("/"))):
        given = masked(address)[:80]
        raise SettingError(
            f"url '{given}': write an address, or one with a plain path, e.g. https://wall.city.example or "
            "https://portal.example/gridwall",
            f"url“{given}”：请写地址，或带简单路径的地址，如 https://wall.city.example 或 https://portal.example/gridwall",
        )


def _url(name: str, value: str) -> str:
    try:
        make_url(value)
    except (ArgumentError, ValueError):  # ValueError: the port is not a number
        given, file, server = masked(value)[:80], '"sqlite:///var/city.sqlite"', '"postgresql+psycopg://reader@host/db"'
        raise SettingError(
            f"{name} '{given}' is not a database URL; write e.g. {file} or {server}",
            f"{name}“{given}”不是数据库地址；请写如 {file} 或 {server}",
        ) from None
    return value


def shown(url: str) -> str:
    """A URL in printable form, secrets masked; a data file as it was named."""
    return masked(url)


def sqlite_path(url: str) -> Path | None:
    """The file behind a sqlite URL; None for any other database, and for a data file."""
    if files.is_data_file(url):
        return None
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        return None
    return Path(parsed.database)
