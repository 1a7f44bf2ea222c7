"""What nothing but its surroundings gives away as a secret comes out nowhere, whatever repeats it and in what form."""

from __future__ import annotations

import base64
import json
import string
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnose.cli.explain import Hints, explain_text
from diagnose.cli.pasted_secrets import PastedRedactor
from reports import explanation_json, explanation_text

PIECE = 8
"""So many signs in a row of a secret must not be seen."""

LETTERS = string.ascii_letters + string.digits
HEX = "0123456789abcdef"


def _mixed(value: str) -> bool:
    return any(map(str.isdigit, value)) and any(map(str.isalpha, value))


CANARIES = st.one_of(
    st.text(LETTERS, min_size=20, max_size=48),
    st.text(HEX, min_size=32, max_size=32),
    st.text(LETTERS + "-_", min_size=22, max_size=60).map(lambda text: f"k{text.strip('-_')}9"),
).filter(_mixed)

Surrounding = Callable[[str], str]
SURROUNDINGS: dict[str, Surrounding] = {
    "pair, name first": lambda x: json.dumps({"headers": [{"name": "Authorization", "value": f"Bearer {x}"}]}),
    "pair, value first": lambda x: json.dumps({"headers": [{"value": x, "name": "x-api-key"}]}),
    "pair in lines": lambda x: json.dumps({"headers": [{"name": "api-key", "value": x}]}, indent=6),
    "pair of a cookie": lambda x: json.dumps({"cookies": [{"name": "session-token", "value": x, "path": "/"}]}),
    "pair in YAML": lambda x: f"env:\n  - name: OPENAI_API_KEY\n    value: {x}\n",
    "pair in XML": lambda x: f'<add key="apiKey" value="{x}"/>\n<name>Authorization</name><value>{x}</value>',
    "pair in a string": lambda x: json.dumps({"body": json.dumps({"name": "Authorization", "value": f"Bearer {x}"})}),
    "bearer alone": lambda x: f"sent with Bearer {x} just now",
    "bearer in lower case": lambda x: f"scheme bearer: {x}",
    "bytes": lambda x: f"headers=[(b'host', b'x.example'), (b'authorization', b'Bearer {x}')]",
    "bytes of a key": lambda x: f"headers=[(b'x-api-key', b'{x}')]",
    "raw headers": lambda x: json.dumps({"rawHeaders": ["Accept", "*/*", "api-key", x, "Host", "x.example"]}),
    "list in lines": lambda x: json.dumps({"rawHeaders": ["authorization", f"Bearer {x}"]}, indent=2),
    "sentence": lambda x: f"my password is {x} and it worked yesterday",
    "sentence about a key": lambda x: f"the API key used was '{x}', in case that helps",
    "YAML block": lambda x: f"provider:\n  apiKey: |\n    {x}\n  region: eu\n",
    "YAML folded": lambda x: f"token: >-\n  {x}\n",
    "below": lambda x: f"Authorization:\n  Bearer\n  {x}\n",
    "lines of a log": lambda x: f"2026-11-21T18:00:00.123Z INFO x-api-key:\n2026-11-21T18:00:00.124Z INFO {x}\n",
    "lines of another log": lambda x: f"[18:00:00] authorization:\n[18:00:00] Bearer {x}\n",
    "colour behind the name": lambda x: f"\x1b[1mx-api-key\x1b[0m: \x1b[31m{x}\x1b[0m",
    "colour in the value": lambda x: f"Authorization: Bearer {x[:6]}\x1b[0m{x[6:]}",
    "written colour": lambda x: json.dumps({"line": f"x-api-key: \x1b[31m{x}\x1b[0m"}),
    "colour without its sign": lambda x: f"[1mx-api-key[0m: [31m{x}[0m",
    "invisible signs": lambda x: f"api\u200b_key=\u2060{x[:5]}\u200b{x[5:]}\ufeff",
    "full-width letters": lambda x: "ａｐｉ＿ｋｅｙ＝" + "".join(chr(ord(sign) + 0xFEE0) for sign in x),  # noqa: RUF001
    "escaped signs": lambda x: '{"api_key": "' + "".join(f"\\u{ord(sign):04x}" for sign in x) + '"}',
    "in a URL": lambda x: f"https://x.example/v1/images?api%5Fkey={x}&n=1",
    "in a URL in a URL": lambda x: "https://x.example/login?next=" + quote(f"/v1?access_token={x}&n=1", safe=""),
    "in a page": lambda x: f"<pre>{{&quot;api_key&quot;:&quot;{x}&quot;}}</pre>",
    "form field": lambda x: f'--b7\r\nContent-Disposition: form-data; name="api_key"\r\n\r\n{x}\r\n--b7--\r\n',
    "form field with a type": lambda x: f'form-data; name="token"\r\nContent-Type: text/plain\r\n\r\n{x}\r\n',
    ".env": lambda x: f'export OPENAI_API_KEY="{x}"\n',
    ".env, single quotes": lambda x: f"export AZURE_KEY='{x}'; run\n",
    "PowerShell": lambda x: f'$env:OPENAI_API_KEY = "{x}"',
    "setx": lambda x: f"setx OPENAI_API_KEY {x}\n",
    ".netrc": lambda x: f"machine x.example login robin password {x}\n",
    "TOML": lambda x: f"[providers.openai]\napi_key = '{x}'\n",
    "INI": lambda x: f"[auth]\npassword={x}\n",
    "option": lambda x: f"openclaw --api-key {x} run",
    "option with a sign": lambda x: f"openclaw --auth-token={x} run",
    "dict of Python": lambda x: f"{{'headers': {{'api-key': '{x}', 'Host': 'x.example'}}}}",
    "map of Go": lambda x: f"map[Accept:[*/*] Authorization:[Bearer {x}] X-Api-Key:[{x}]]",
    "hash of Ruby": lambda x: f'{{"Authorization"=>"Bearer {x}", :api_key=>"{x}"}}',
    "hash of Ruby, spaced": lambda x: f'{{ "x-api-key" => "{x}" }}',
    "map of Java": lambda x: f"{{Accept=[*/*], Authorization=[Bearer {x}], api-key=[{x}]}}",
    "struct of Rust": lambda x: f'Config {{ api_key: Some("{x}"), region: None }}',
    "Basic": lambda x: f"Authorization: Basic {base64.b64encode(f'robin:{x}'.encode()).decode()}",
    "address": lambda x: f"proxy http://robin:{x}@proxy.example:8080",
    "in Chinese": lambda x: f"密钥：{x}",  # noqa: RUF001
    "in German": lambda x: f"Das Kennwort ist {x}",
    "key in German": lambda x: f"Mein Schlüssel lautet {x}",
    "in Japanese": lambda x: f"パスワードは{x}です",
    "in Korean": lambda x: f"비밀번호: {x}",
    "key in Chinese": lambda x: f"我的密钥是{x}。",
    "in Russian": lambda x: f"пароль: {x}",
    "key in Russian": lambda x: f"ключ: {x}",
    "in French": lambda x: f"mot de passe : {x}",
    "in Spanish": lambda x: f"contraseña: {x}",
    "in Portuguese": lambda x: f"a senha é {x}",
    "row of a table": lambda x: f"| OPENAI_API_KEY | {x} |",
    "row of values": lambda x: f"name,value\nOPENAI_API_KEY,{x}\n",
    "protocol of a websocket": lambda x: f"Sec-WebSocket-Protocol: realtime, openai-insecure-api-key.{x}",
    "digest": lambda x: f'Authorization: Digest username="robin", response="{x}"',
    "code of a device": lambda x: f"device_code: {x}",
    "two lines": lambda x: f"2026-11-21T18:00:00.123Z DEBUG sent with Authorization: Bearer {x[:10]}\n{x[10:]}\n",
    "two lines of a command": lambda x: (
        f'curl -sS https://gateway.example/v1/models -H "Authorization: Bearer {x[:12]}\n{x[12:]}" -v'
    ),
    "drawn box": lambda x: f"│ Authorization: Bearer {x[:7]}  │\n│ {x[7:15]} │\n│ {x[15:]}     │\n",
}
REPEATS: dict[str, Surrounding] = {
    "param": lambda x: json.dumps({"error": {"message": "Unknown parameter", "param": x, "code": "unknown_parameter"}}),
    "code": lambda x: json.dumps({"error": {"message": "no", "type": x, "code": x}, "status": 400}),
    "message": lambda x: json.dumps(
        {"error": {"message": f"The model '{x}' does not exist", "code": "model_not_found"}}
    ),
    "path": lambda x: f"POST https://gateway.example/v1/{x}/images/generations failed: HTTP 404 Not Found",
    "host": lambda x: f"getaddrinfo ENOTFOUND {x.replace('_', '-')}.gateway.example",
    "request id": lambda x: f"HTTP 500 Internal Server Error\nx-request-id: {x}\n",
    "organization": lambda x: f"openai-organization: {x}\nHTTP 403 Your organization must be verified",
    "candidate": lambda x: f"All image generation models failed (2): openai/{x}: HTTP 401 | google/{x}-1: HTTP 403 {x}",
    "served model": lambda x: json.dumps({"model": x, "error": {"message": "no", "code": "moderation_blocked"}}),
    "wrapped": lambda x: (
        f"litellm.BadRequestError: OpenAIException - Unknown parameter: '{x}'. Received Model Group={x}"
    ),
}
FORMS: dict[str, Surrounding] = {
    "whole": lambda x: x,
    "upper case": str.upper,
    "cut": lambda x: f"{x[:11]}\u2026",
    "cut with dots": lambda x: f"{x[:12]}...",
    "end": lambda x: f"...{x[-10:]}",
    "middle": lambda x: f"x.{x[4:14]}.y",
    "masked": lambda x: f"{x[:8]}********{x[-8:]}",
    "invisible signs": lambda x: f"{x[:5]}\u200b{x[5:]}",
    "full-width": lambda x: "".join(chr(ord(sign) + 0xFEE0) for sign in x),
}


def said(text: str) -> str:
    """All that either form of the output says about a text."""
    found = PastedRedactor(text).explanation(explain_text(text, Hints()))
    return explanation_text.render(found, width=4000) + explanation_json.render(found, version="1")


def seen(secret: str, output: str) -> str:
    """The first part of the secret that is seen, "" for none."""
    low, output = secret.lower(), output.lower()
    parts = (low[at : at + PIECE] for at in range(len(low) - PIECE + 1))
    return next((part for part in parts if part in output), "")


@pytest.mark.parametrize("surrounding", SURROUNDINGS)
@given(canary=CANARIES, repeat=st.sampled_from([*REPEATS]), form=st.sampled_from([*FORMS]))
@settings(max_examples=40, deadline=None)
def test_no_fact_repeats_a_secret(surrounding: str, canary: str, repeat: str, form: str) -> None:
    text = SURROUNDINGS[surrounding](canary) + "\n" + REPEATS[repeat](FORMS[form](canary))
    assert not seen(canary, said(text)), said(text)


@pytest.mark.parametrize("surrounding", SURROUNDINGS)
@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_known_wherever_it_stood(surrounding: str, form: str) -> None:
    canary = "Zq7pLm4Xw9TrV2bN8kQ5Hs3"
    redactor = PastedRedactor(f"HTTP 401\n{SURROUNDINGS[surrounding](canary)}\nend\n")
    assert not seen(canary, redactor.text(f"its code is {FORMS[form](canary)}"))


@pytest.mark.parametrize("repeat", sorted(REPEATS.keys() - {"message", "served model"}))
def test_the_facts_that_are_planted_are_shown_when_they_are_no_secret(repeat: str) -> None:
    assert "gpt-image-2" in said(f"HTTP 400\n{REPEATS[repeat]('gpt-image-2')}")


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ('curl -H "Authorization: Bearer $OPENAI_API_KEY" …', "its code is invalid_api_key"),
        ("[code=rate_limit_exceeded] try again", "its code is rate_limit_exceeded"),
        ("code=billing_hard_limit_reached", "its code is billing_hard_limit_reached"),
        ("map[Authorization:[Bearer Zq7pLm4Xw9TrV2bN] Host:[api.openai.com]]", "the host is api.openai.com"),
        ("set-cookie: __cf_bm=Zq7pLm4X; path=/; domain=.chatgpt.com; HttpOnly", "the host is chatgpt.com"),
        (
            "export OPENAI_API_KEY=\nopenclaw infer image generate --model openai/gpt-image-2",
            "model openai/gpt-image-2",
        ),
        ("set-cookie: sid=Zq7pLm4X9wTrV2bN; Path=/; Domain=auth.openai.com", "the host is auth.openai.com"),
        ("{Authorization=[Bearer Zq7pLm4Xw9TrV2bN], Host=[api.openai.com]}", "the host is api.openai.com"),
        ('["api-key", "base-url", "model"]', "the field that is named is base-url"),
        ("the token is expired, the key is invalid, the password was wrong", "token is expired, key is invalid"),
        ("mode=api_key transport=openai-images", "its code is transport=openai-images"),
        ("API key:\nHTTP 403 Forbidden from api.openai.com", "Forbidden api.openai.com"),
        ("key: https://api.openai.com/v1/images", "the host is api.openai.com"),
        ("key for gpt-image-2-2026-04-21 is missing", "model gpt-image-2-2026-04-21"),
        ("OPENAI_API_KEY=Zq7pLm4Xw9TrV2bN\nMODEL=gpt-image-2\n", "model gpt-image-2"),
        ("Authorization: Bearer Zq7pLm4Xw9TrV2bN\nHost: api.openai.com\n", "the host is api.openai.com"),
        ("token: Zq7pLm4Xw9TrV2bN\ngpt-image-2 failed\n", "model gpt-image-2"),
        ("密码错误，请重新登录", "its code is login_required"),  # noqa: RUF001
        ("the token, gpt-image-2 and the key| gpt-image-2", "model gpt-image-2"),
    ],
)
def test_what_stands_near_a_name_and_is_no_secret_stays(text: str, fact: str) -> None:
    assert PastedRedactor(text).text(fact) == fact


def test_a_secret_in_short_lines_is_known_by_its_signs() -> None:
    redactor = PastedRedactor("x-api-key: Zq7pLm4Xw9\n  TrV2bN8kQ5\n  Hs3Jd6Gf1\nHTTP 401\n")
    assert redactor.text("its code is trv2bn8kq5") == "its code is <redacted>"
    assert redactor.text("its code is Zq7pLm4Xw9TrV2bN8kQ5Hs3Jd6Gf1") == "its code is <redacted>"
    assert redactor.text("the status is HTTP 401") == "the status is HTTP 401"


def test_a_short_password_is_hidden_as_a_word_alone() -> None:
    redactor = PastedRedactor("password: abc12!\n")
    assert redactor.text("the field that is named is abc12!") == "the field that is named is <redacted>"
    assert redactor.text("xabc12!x") == "xabc12!x"
