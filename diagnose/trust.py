"""In whose root a verified certificate chain ends: one of the public list, or one that this machine's owner added."""

import ssl
from functools import cache
from typing import Any


def public_roots() -> str:
    """The file with the roots that count as public (Mozilla's list, as certifi packs it)."""
    import certifi

    return certifi.where()


def root_of(tls: Any) -> tuple[bool, str | None]:
    """Whether the verified chain ends in a public root, and the name of that root.

    `tls`: an SSLSocket or SSLObject after its handshake. Python offers the verified chain from 3.13 on; before
    that only on the inner object. Where neither is there, the chain counts as user-added, which can cost a
    strength and never gain one.
    """
    from cryptography import x509

    owner = tls if hasattr(tls, "get_verified_chain") else getattr(tls, "_sslobj", None)
    if owner is None or not hasattr(owner, "get_verified_chain"):
        return False, None
    last = list(owner.get_verified_chain())[-1]
    der = last if isinstance(last, bytes) else ssl.PEM_cert_to_DER_cert(last.public_bytes())
    root = x509.load_der_x509_certificate(der)
    return der in _roots_in(public_roots()), root.subject.rfc4514_string()


@cache
def _roots_in(file: str) -> frozenset[bytes]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(file)
    return frozenset(context.get_ca_certs(binary_form=True))
