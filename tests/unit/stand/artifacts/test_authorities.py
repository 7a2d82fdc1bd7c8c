"""Downloads where a company's certificate authority signs what comes through its proxy."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lakestand.errors import ArtifactError
from lakestand.settings import Settings
from lakestand.stand.artifacts.cache import fetch
from tests.unit.stand.artifacts.repository import Repository, serving


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Return a file with the certificate of a server on loopback, which is its own authority, and its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a company")])
    loopback = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(loopback, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path / "company.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return path


@pytest.fixture
def company(tmp_path: Path, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    """Yield a repository behind that certificate, which nobody was told to trust yet."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    with serving(tmp_path / "company.json", certificate) as repository:
        repository.publish("tools", {"hammer": b"h" * 3000})
        yield repository


def test_the_systems_authorities_are_trusted(
    company: Repository, certificate: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))  # where OpenSSL looks for the system's
    behind = settings.model_copy(update={"maven_url": company.url})

    assert fetch(["tools"], behind, company.lock).files == 1


def test_a_bundle_for_requests_is_trusted(
    company: Repository, certificate: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    behind = settings.model_copy(update={"maven_url": company.url})

    assert fetch(["tools"], behind, company.lock).files == 1


def test_an_unknown_authority_is_told_with_what_to_set(company: Repository, settings: Settings) -> None:
    behind = settings.model_copy(update={"maven_url": company.url})

    with pytest.raises(ArtifactError, match=r"is not trusted \(SSLError\); if a proxy .* REQUESTS_CA_BUNDLE: 1 files"):
        fetch(["tools"], behind, company.lock)
