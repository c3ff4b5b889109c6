"""Two test certificates: one that the browser is told to trust by its key, and one that has expired."""

from __future__ import annotations

import base64
import hashlib
import ssl
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path


@dataclass
class Certificates:
    """``good_digest``: the trusted key's name for Chromium's ``--ignore-certificate-errors-spki-list``."""

    folder: tempfile.TemporaryDirectory[str]
    good_digest: str
    _context: ssl.SSLContext | None = None

    @classmethod
    def make(cls) -> Certificates | None:
        """None if the package ``cryptography`` is not installed."""
        try:
            from cryptography import x509
            from cryptography.hazmat.primitives import hashes
            from cryptography.hazmat.primitives.asymmetric import ec
            from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
        except ImportError:
            return None
        folder, digest, today = tempfile.TemporaryDirectory(), "", datetime.now(UTC)
        for name, until in (("good", today + timedelta(days=30)), ("ended", today - timedelta(days=1))):
            key = ec.generate_private_key(ec.SECP256R1())
            subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
            made = (
                x509.CertificateBuilder()
                .subject_name(subject)
                .issuer_name(subject)
                .public_key(key.public_key())
                .serial_number(x509.random_serial_number())
                .not_valid_before(today - timedelta(days=60))
                .not_valid_after(until)
                .sign(key, hashes.SHA256())
            )
            (Path(folder.name) / f"{name}.pem").write_bytes(
                key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + made.public_bytes(Encoding.PEM)
            )
            if name == "good":
                spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
                digest = base64.b64encode(hashlib.sha256(spki).digest()).decode()
        return cls(folder, digest)

    def context(self) -> ssl.SSLContext:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.options |= ssl.OP_NO_TICKET  # a resumed session would not check the certificate again
        self._context.num_tickets = 0
        self.show("good")
        return self._context

    def show(self, name: str) -> None:
        """Choose which of the two is presented to new connections."""
        assert self._context is not None
        self._context.load_cert_chain(Path(self.folder.name) / f"{name}.pem")
