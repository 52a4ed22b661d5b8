"""A certificate of this machine's own, for `--tls`."""

import contextlib
import datetime
import ipaddress
import socket
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from core.errors import ServeError

VALID_FOR = datetime.timedelta(days=365)


def local_certificate(directory: Path, host: str) -> tuple[Path, Path]:
    """Return the paths of a self-signed certificate and its key, made where there is none.

    Args:
        directory: where they are kept; made where it is missing.
        host: the address served on, named in the certificate beside localhost.

    Raises:
        ServeError: the folder cannot be written.
    """
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    try:
        if not (_serves(certificate, host) and _belong(certificate, key)):
            directory.mkdir(parents=True, exist_ok=True)
            _make(certificate, key, host)
    except OSError as error:
        raise ServeError(
            f"--tls: cannot write a certificate to '{directory}': {error.strerror}"
        ) from error
    return certificate, key


def _names(host: str) -> list[x509.GeneralName]:
    names: list[x509.GeneralName] = []
    machine = socket.gethostname()
    mdns_name = f"{machine}.local"  # what phones and other machines on the network call it
    for name in dict.fromkeys(("localhost", "127.0.0.1", "::1", machine, mdns_name, host)):
        try:
            names.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            with contextlib.suppress(UnicodeError):  # no name that a certificate can hold
                names.append(x509.DNSName(name.encode("idna").decode()))
    return names


def _serves(certificate: Path, host: str) -> bool:
    """Return whether a certificate is there, names this host, and is valid for a week more."""
    if not certificate.exists():
        return False
    try:
        existing = x509.load_pem_x509_certificate(certificate.read_bytes())
        names = existing.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return False
    week = datetime.timedelta(days=7)
    lasts = existing.not_valid_after_utc > datetime.datetime.now(datetime.UTC) + week
    return lasts and set(_names(host)) <= set(names)


def _belong(certificate: Path, key: Path) -> bool:
    """Return whether certificate and key are whole and made for each other."""
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key)
    except (OSError, ValueError):  # ssl.SSLError is an OSError
        return False
    return True


def _make(certificate: Path, key: Path, host: str) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Affectune on this machine")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + VALID_FOR)
        .add_extension(x509.SubjectAlternativeName(_names(host)), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )
    key.touch(mode=0o600)
    key.chmod(0o600)
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
