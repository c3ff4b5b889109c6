"""A database whose certificate has expired, or that nobody signed, is named so: by servers of our own that speak the beginning
of PostgreSQL's and of MySQL's protocol over TLS."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import make_url

from callbacks.auth.oidc import Oidc, Provider, ProviderError
from data.errors import SourceError
from data.source.faults import kind_of
from data.source.mapping_file import load_mapping
from data.source.reader import Source
from data.text import Text

#: SSL, protocol 4.1, secure connection and plugin authentication; of MySQL's greeting.
_CAPABILITIES = 0x0008_8A00 | 0x0200


def certificate(folder: Path, days: tuple[int, int]) -> tuple[Path, Path, Path]:
    """(root, certificate, key) of 127.0.0.1; the certificate is valid from and to so many days from now, its root is good."""
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    name = f"root {days[1]}"
    root = _signed(name, root_key, name, root_key, (-90, 90), x509.BasicConstraints(ca=True, path_length=None))
    own = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = _signed("127.0.0.1", key, name, root_key, days, own)
    names = [folder / f"{what}{days[1]}.pem" for what in ("root", "certificate", "key")]
    for file, one in zip(names, (root, made), strict=False):
        file.write_bytes(one.public_bytes(serialization.Encoding.PEM))
    names[2].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return names[0], names[1], names[2]


def _signed(
    subject: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    by: ec.EllipticCurvePrivateKey,
    days: tuple[int, int],
    what: x509.ExtensionType,
) -> x509.Certificate:
    start, end = (datetime.now(UTC) + timedelta(days=d) for d in days)
    called, signer = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, n)]) for n in (subject, issuer))
    builder = x509.CertificateBuilder(signer, called, key.public_key(), x509.random_serial_number(), start, end)
    return builder.add_extension(what, critical=False).sign(by, hashes.SHA256())


def _begin_postgresql(connection: socket.socket) -> None:
    connection.recv(8)  # "may we speak TLS?"
    connection.sendall(b"S")


def _begin_mysql(connection: socket.socket) -> None:
    greeting = (
        b"\x0a8.0.36\0"
        + struct.pack("<I", 7)
        + b"12345678\0"
        + struct.pack("<H", _CAPABILITIES & 0xFFFF)
        + b"\x2d"
        + struct.pack("<HH", 2, _CAPABILITIES >> 16)
        + b"\x15"
        + b"\0" * 10
        + b"123456789012\0"
        + b"mysql_native_password\0"
    )
    connection.sendall(struct.pack("<I", len(greeting))[:3] + b"\0" + greeting)
    connection.recv(36)  # "then TLS"


@contextlib.contextmanager
def serving(begin: Callable[[socket.socket], None], files: tuple[Path, Path, Path]) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files[1:])

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                with listening.accept()[0] as connection, contextlib.suppress(OSError):
                    connection.settimeout(5)
                    begin(connection)
                    with context.wrap_socket(connection, server_side=True) as secured:
                        secured.recv(1)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def words_of(fault: SourceError) -> Text:
    assert fault.words is not None
    return fault.words


def said(url: str) -> SourceError:
    source = Source(make_url(url), load_mapping("platform"))
    try:
        with pytest.raises(SourceError) as caught, source.reading():
            pass
    finally:
        source.close()
    assert caught.value.words is not None
    return caught.value


def test_a_certificate_that_has_ended_is_named(tmp_path: Path) -> None:
    files = certificate(tmp_path, (-30, -1))
    with serving(_begin_postgresql, files) as port:
        fault = said(f"postgresql+psycopg://reader@127.0.0.1:{port}/db?sslmode=verify-full&sslrootcert={files[0]}")
    assert fault.kind in ("certificate", "expired"), str(fault)  # libpq does not say which
    assert "证书" in words_of(fault).zh
    assert "已过期" in words_of(fault).zh
    assert "clock" in str(fault), "a clock that was set wrong makes a good certificate expire"
    with serving(_begin_mysql, files) as port:
        fault = said(f"mysql+pymysql://reader@127.0.0.1:{port}/db?ssl_ca={files[0]}")
    assert (fault.kind, words_of(fault).zh) == ("expired", "数据源的证书已过期"), str(fault)


def test_a_certificate_that_nobody_signed_whom_we_know_is_named(tmp_path: Path) -> None:
    files = certificate(tmp_path, (-1, 30))
    other = certificate(tmp_path, (-1, 20))[0]
    with serving(_begin_postgresql, files) as port:
        fault = said(f"postgresql+psycopg://reader@127.0.0.1:{port}/db?sslmode=verify-full&sslrootcert={other}")
        assert fault.kind == "certificate", str(fault)
    with serving(_begin_mysql, files) as port:
        fault = said(f"mysql+pymysql://reader@127.0.0.1:{port}/db?ssl_ca={other}")
        assert fault.kind == "certificate", str(fault)


def test_an_identity_provider_whose_name_or_certificate_is_at_fault_is_told_so(tmp_path: Path) -> None:
    def said_of(issuer: str) -> ProviderError:
        with pytest.raises(ProviderError) as caught:
            Oidc(Provider(issuer, "wall", "hush-hush")).begin("https://wall.example/oidc/callback")
        assert "hush-hush" not in str(caught.value)
        return caught.value

    assert "DNS" in str(said_of("https://id.invalid"))
    assert "域名解析失败" in said_of("https://id.invalid").zh
    with serving(lambda connection: None, certificate(tmp_path, (-30, -1))) as port:
        fault = said_of(f"https://127.0.0.1:{port}")
    assert "certificate" in str(fault)
    assert "证书" in fault.zh


# -------------------------------------------------------------------- words of drivers, not all of which can be made here
@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (
            'connection failed: connection to server at "10.0.0.9", port 5432 failed: FATAL:  password authentication '
            "failed for user "
            '"reader"',
            "password",
        ),
        ('connection to server at "db" failed: FATAL:  no pg_hba.conf entry for host "10.0.0.1"', "password"),
        ('could not translate host name "db" to address: Temporary failure in name resolution', "dns"),
        ("FATAL:  sorry, too many clients already", "full"),
        ("FATAL:  the database system is starting up", "starting"),
        ("server closed the connection unexpectedly This probably means the server terminated abnormally", "lost"),
        ('connection to server at "10.0.0.9", port 5432 failed: No route to host', "unreachable"),
        ("database disk image is malformed", "damaged"),
        ("file is not a database", "damaged"),
        ("Invalid Input Error: Invalid unicode (byte sequence mismatch) detected", "encoding"),
        ('IO Error: Could not set lock on file "x.duckdb": Conflicting lock is held', "held"),
        ("Catalog Error: Table with name event does not exist!", "table"),
        ('Binder Error: Referenced column "channel" not found in FROM clause!', "column"),
        ("something that nobody has put into words", "error"),
    ],
)
def test_what_a_driver_says_is_told_by_kind(words: str, kind: str) -> None:
    assert kind_of(RuntimeError(words)) == kind
