"""Trust needs a chain to a pinned anchor and the anchor's organisation; names prove nothing."""

import io
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from diagnose.images import provenance, signature
from diagnose.images.provenance import scan, verify
from diagnose.images.signature import Anchor
from diagnose.images.walk import Walker

c2pa = pytest.importorskip("c2pa")

from cryptography import x509  # noqa: E402
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec  # noqa: E402
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID  # noqa: E402

OPENAI = "OpenAI OpCo, LLC"
PINNED = Path(provenance.__file__).parent / "anchors" / "openai.pem"


def title(organisation: str, common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "US"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def issue(
    subject: x509.Name, key: ec.EllipticCurvePrivateKey, issuer: x509.Name, by: ec.EllipticCurvePrivateKey, ca: bool
) -> x509.Certificate:
    now = datetime.now(UTC)
    usage = x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca, 0 if ca else None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
    )
    if not ca:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
    return builder.sign(by, hashes.SHA256())


def pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


Sign = Callable[..., tuple[bytes, str]]


@pytest.fixture(scope="module")
def sign() -> Sign:
    """Sign a small PNG with a self-made chain; gives the file and the authority's certificate."""
    root_key, leaf_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))

    def make(organisation: str = OPENAI, authority: x509.Name | None = None) -> tuple[bytes, str]:
        above = authority or title("SSL Corporation", "SSL.com C2PA ICA R1 2025")
        root = issue(above, root_key, above, root_key, True)
        leaf = issue(title(organisation, "OpenAI Media Service"), leaf_key, above, root_key, False)
        key = leaf_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        manifest = {
            "claim_generator_info": [{"name": "OpenAI Media Service API"}],
            "assertions": [
                {
                    "label": "c2pa.actions.v2",
                    "data": {
                        "actions": [
                            {
                                "action": "c2pa.created",
                                "softwareAgent": {"name": "gpt-image", "version": "2.0"},
                                "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
                            }
                        ]
                    },
                }
            ],
        }
        source, target = io.BytesIO(), io.BytesIO()
        Image.radial_gradient("L").save(source, "PNG")
        source.seek(0)
        info = c2pa.C2paSignerInfo(b"es256", (pem(leaf) + pem(root)).encode(), key, None)
        with c2pa.Context.from_dict({"verify": {"verify_after_sign": False}}) as context:
            builder = c2pa.Builder(json.dumps(manifest), context)
            with c2pa.Signer.from_info(info) as signer:
                builder.sign(signer, "image/png", source, target)
            builder.close()
        return target.getvalue(), pem(root)

    return make


def anchor(certificate: str, *organisations: str) -> tuple[Anchor, ...]:
    return (Anchor(vendor="openai", pem=certificate, organisations=organisations or (OPENAI,)),)


def test_a_self_made_chain_with_all_the_right_names_is_valid_but_not_trusted(sign: Sign) -> None:
    data, _ = sign()
    found = verify(data, "image/png")
    assert found is not None
    assert (found.issuer, found.common_name) == (OPENAI, "OpenAI Media Service")
    assert (found.generator, found.generator_version) == ("gpt-image", "2.0")
    assert (found.valid, found.trusted, found.vendor, found.signed_at) == (True, False, None, None)
    assert "signingCredential.untrusted" in found.problems


def test_the_authoritys_exact_name_does_not_help(sign: Sign) -> None:
    real = x509.load_pem_x509_certificate(PINNED.read_bytes())
    data, _ = sign(authority=real.subject)
    found = verify(data, "image/png")
    assert found is not None
    assert not found.trusted


def test_a_chain_to_a_pinned_anchor_is_trusted_for_its_organisation(sign: Sign) -> None:
    data, root = sign()
    found = signature.verify(data, "image/png", anchor(root))
    assert found is not None
    assert (found.valid, found.trusted, found.vendor) == (True, True, "openai")
    # No time stamp of a pinned authority: the signer's own clock is no evidence.
    assert found.signed_at is None


def test_another_customer_of_the_same_authority_is_not_the_vendor(sign: Sign) -> None:
    data, root = sign(organisation="Somebody Else Inc")
    found = signature.verify(data, "image/png", anchor(root))
    assert found is not None
    assert (found.valid, found.trusted, found.vendor) == (True, False, None)
    assert any("not for this organisation" in problem for problem in found.problems)


def test_every_anchor_is_tried(sign: Sign) -> None:
    data, root = sign()
    both = (*anchor(PINNED.read_text("utf-8")), *anchor(root))
    found = signature.verify(data, "image/png", both)
    assert found is not None
    assert found.trusted


def test_without_anchors_nothing_is_trusted(sign: Sign) -> None:
    data, _ = sign()
    found = signature.verify(data, "image/png", ())
    assert found is not None
    assert (found.valid, found.trusted) == (True, False)


@pytest.mark.parametrize("change", ["pixels", "trailing", "manifest"])
def test_changed_bytes_are_neither_valid_nor_trusted(sign: Sign, change: str) -> None:
    data, root = sign()
    damaged = bytearray(data)
    if change == "trailing":
        damaged += b"x"
    elif change == "pixels":
        damaged[data.index(b"IDAT") + 20] ^= 1
    else:
        damaged[data.index(b"gpt-image")] ^= 1
    found = signature.verify(bytes(damaged), "image/png", anchor(root))
    assert found is not None
    assert (found.valid, found.trusted) == (False, False)
    assert found.problems


def test_trust_in_one_call_does_not_leak_into_the_next(sign: Sign) -> None:
    data, root = sign()
    signature.verify(data, "image/png", anchor(root))
    found = verify(data, "image/png")
    assert found is not None
    assert not found.trusted


def test_no_manifest_gives_none() -> None:
    out = io.BytesIO()
    Image.new("RGB", (4, 4)).save(out, "PNG")
    assert verify(out.getvalue(), "image/png") is None
    assert verify(b"", "image/png") is None
    assert verify(b"nothing", "image/png") is None


def test_an_unreadable_manifest_is_reported_and_not_valid() -> None:
    found = verify(b"\x89PNG\r\n\x1a\n....jumdc2pa", "image/png")
    assert found is not None
    assert (found.valid, found.trusted) == (False, False)
    assert "cannot be read" in found.problems[0]


def test_the_text_scan_reads_a_real_container(sign: Sign) -> None:
    data, _ = sign()
    walker = Walker()
    walker.feed(data)
    shape = walker.finish()
    assert (shape.complete, shape.content_credentials) == (True, True)
    found = scan(shape.metadata)
    assert found.vendors == ("openai",)
    assert (found.generator, found.generator_version) == ("gpt-image", "2.0")


def test_the_pinned_certificates_are_the_ones_that_the_header_names() -> None:
    text = PINNED.read_text("utf-8")
    fingerprints = re.findall(r"SHA-256: +([0-9a-f]{64})", text)
    certificates = x509.load_pem_x509_certificates(text.encode())
    assert [one.fingerprint(hashes.SHA256()).hex() for one in certificates] == fingerprints
    for one in certificates:
        assert one.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def report(*, stamp: tuple[str, ...], when: str | None = None, state: str = "Trusted") -> dict[str, object]:
    codes = ("claimSignature.validated", "assertion.dataHash.match", "signingCredential.trusted", *stamp)
    action = {"softwareAgent": "ChatGPT"} | ({"when": when} if when else {})
    return {
        "active_manifest": "m",
        "validation_state": state,
        "manifests": {
            "m": {
                "signature_info": {"issuer": OPENAI, "time": "2026-10-23T19:30:42.281124+00:00"},
                "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [action]}}],
            }
        },
        "validation_results": {"activeManifest": {"success": [{"code": code} for code in codes]}},
    }


STAMPED = ("timeStamp.validated", "timeStamp.trusted")
SIGNED = datetime(2026, 10, 23, 19, 30, 42, 281124, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stamp", "when", "signed_at"),
    [
        (STAMPED, None, SIGNED),
        (STAMPED, "2026-10-23T19:30:42.270254332Z", SIGNED),
        (STAMPED, "2026-10-22T19:30:42Z", None),
        (("timeStamp.validated",), "2026-10-23T19:30:42Z", None),
        ((), None, None),
    ],
)
def test_a_time_counts_only_from_a_pinned_authority_and_near_the_signed_time_of_creation(
    stamp: tuple[str, ...], when: str | None, signed_at: datetime | None
) -> None:
    found = signature._judge(report(stamp=stamp, when=when), anchor("")[0])
    assert (found.trusted, found.signed_at) == (True, signed_at)
    assert bool(found.problems) == (signed_at is None)


def test_a_report_without_a_hash_match_or_of_another_shape_is_not_valid() -> None:
    lacking = report(stamp=STAMPED)
    lacking["validation_results"] = {"activeManifest": {"success": [{"code": "claimSignature.validated"}]}}
    for odd in (lacking, {}, report(stamp=STAMPED, state="Invalid"), {"manifests": [], "validation_results": 3}):
        found = signature._judge(odd, anchor("")[0])
        assert (found.valid, found.trusted) == (False, False)


def test_no_c2pa_gives_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "c2pa", None)
    assert verify(b"jumdc2pa", "image/png") is None
