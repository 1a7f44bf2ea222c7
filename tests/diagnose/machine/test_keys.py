"""The signature, against saved keys: true, false or not known, and always why."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from diagnose.machine.keys import KeySet, KeySetError, read_keys, verify

CLAIMS = {"iss": "https://auth.openai.com", "exp": 1}
PLACE = Path("jwks.json")


@pytest.fixture(scope="module")
def private() -> dict[str, Any]:
    return {
        "RS256": rsa.generate_private_key(65537, 2048),
        "ES256": ec.generate_private_key(ec.SECP256R1()),
        "EdDSA": ed25519.Ed25519PrivateKey.generate(),
        "short": rsa.generate_private_key(65537, 1024),
    }


def jwk(key: Any, algorithm: str, **more: Any) -> dict[str, Any]:
    made = jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key(), as_dict=True)
    return {**made, "kid": "k", **more}


def keys(*listed: dict[str, Any]) -> KeySet:
    return KeySet(path=PLACE, keys=listed)


def signed(key: Any, algorithm: str, kid: str | None = "k") -> str:
    return jwt.encode(CLAIMS, key, algorithm=algorithm, headers={"kid": kid} if kid else None)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_a_signature_of_a_named_key_holds(private: dict[str, Any], algorithm: str) -> None:
    key = private[algorithm]
    found = verify(signed(key, algorithm), keys(jwk(key, algorithm)))
    assert found.verified is True, found.why


def test_an_altered_token_does_not_hold(private: dict[str, Any]) -> None:
    key = private["RS256"]
    head, _, sign = signed(key, "RS256").split(".")
    body = base64.urlsafe_b64encode(json.dumps({**CLAIMS, "exp": 9}).encode()).decode().rstrip("=")
    found = verify(f"{head}.{body}.{sign}", keys(jwk(key, "RS256")))
    assert found.verified is False
    assert "altered" in found.why


def test_a_second_key_of_the_same_name_may_be_the_one(private: dict[str, Any]) -> None:
    other = rsa.generate_private_key(65537, 2048)
    both = keys(jwk(other, "RS256"), jwk(private["RS256"], "RS256"))
    assert verify(signed(private["RS256"], "RS256"), both).verified is True


@pytest.mark.parametrize(
    ("case", "verified", "says"),
    [
        ("no keys", None, "no public keys"),
        ("other kid", None, "no key of its name"),
        ("no kid", None, "which key"),
        ("encryption key", None, "no key of its name"),
        ("none", False, "nobody has signed"),
        ("HS256", None, "algorithm"),
        ("other kind", False, "another algorithm"),
        ("other alg", False, "another algorithm"),
        ("broken key", None, "cannot be read"),
        ("short key", None, "2048 bits"),
        ("no token", None, "no token"),
    ],
)
def test_what_is_not_verified_says_why(private: dict[str, Any], case: str, verified: bool | None, says: str) -> None:
    key = private["RS256"]
    own, text = jwk(key, "RS256"), signed(key, "RS256")
    cases: dict[str, tuple[str, KeySet | None]] = {
        "no keys": (text, None),
        "other kid": (text, keys({**own, "kid": "other"})),
        "no kid": (signed(key, "RS256", None), keys(own)),
        "encryption key": (text, keys({**own, "use": "enc"})),
        "none": (jwt.encode(CLAIMS, None, algorithm="none", headers={"kid": "k"}), keys(own)),
        "other kind": (text, keys(jwk(private["ES256"], "ES256"))),
        "other alg": (text, keys({**own, "alg": "RS512"})),
        "broken key": (text, keys({"kty": "RSA", "kid": "k", "n": "!", "e": 5})),
        "no token": ("sk-proj-x", keys(own)),
    }
    if case == "HS256":
        secret = "whoever has this can sign as well as check, and so proves nothing"
        cases[case] = (jwt.encode(CLAIMS, secret, algorithm="HS256", headers={"kid": "k"}), keys(own))
    if case == "short key":
        head = base64.urlsafe_b64encode(b'{"alg":"RS256","kid":"k"}').decode()
        cases[case] = (f"{head}.e30.AAAA", keys(jwk(private["short"], "RS256")))
    found = verify(*cases[case])
    assert (found.verified, says in found.why) == (verified, True), found.why


def test_the_private_part_of_a_key_is_left_out(private: dict[str, Any], tmp_path: Path) -> None:
    whole = jwt.get_algorithm_by_name("RS256").to_jwk(private["RS256"], as_dict=True) | {"kid": "k"}
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": [whole, "no object", {"kty": "oct", "k": "CANARY"}]}))
    found = read_keys(tmp_path / "jwks.json")
    assert "d" not in found.keys[0]
    assert "CANARY" not in repr(found)
    assert verify(signed(private["RS256"], "RS256"), found).verified is True


@pytest.mark.parametrize("content", ["", "no json", "[]", "{}", '{"keys":[]}', '{"keys":["a"]}', "[" * 100_000])
def test_a_file_that_is_no_key_set_is_an_error(tmp_path: Path, content: str) -> None:
    (tmp_path / "jwks.json").write_text(content)
    with pytest.raises(KeySetError, match=r"jwks\.json"):
        read_keys(tmp_path / "jwks.json")


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeySetError, match="No such file"):
        read_keys(tmp_path / "none.json")


json_values = st.none() | st.integers() | st.text(max_size=8) | st.lists(st.text(max_size=4), max_size=2)


@given(st.dictionaries(st.sampled_from(["kty", "kid", "alg", "n", "e", "crv", "x", "y", "use"]), json_values))
def test_no_key_makes_the_checking_fail(key: dict[str, Any]) -> None:
    head = base64.urlsafe_b64encode(b'{"alg":"RS256","kid":"k"}').decode()
    for kind in ("RSA", key.get("kty")):
        assert verify(f"{head}.e30.AAAA", keys({**key, "kid": "k", "kty": kind})).verified is not True
