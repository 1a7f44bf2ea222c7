"""A program that stands where `openclaw` would: real requests over the proxy that it is given, in a tenth of the time.

What it does is written beside it in behaviour.json: `host`, `path`, `model`, `credential` (a variable's name or a
text), `says` (keys of its success JSON), `auth_line`, `exit`, `stderr`, `hang` (seconds), `valid`, `listing`.
`codex` (fields of the image tool): it asks the Codex surface, with the login of its store if no credential is named.
The real releases are in tests/real; here only our side is looked at.
"""

import base64
import http.client
import json
import os
import re
import ssl
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit


def main(words: list[str]) -> int:
    here = Path(__file__).resolve().parent
    does = json.loads((here / "behaviour.json").read_text())
    with (here / "calls.txt").open("a") as calls:
        calls.write(" ".join(words[:3]) + "\n")
    if (seal := os.environ.get("ROUTECHECK_SEAL")) and not does.get("unsealed"):
        with Path(seal).open("a") as file:  # what the preloaded seal does in Node
            file.write("openclaw\n")
    if words[:2] == ["config", "validate"]:
        valid = does.get("valid", True)
        issues = [] if valid else [{"path": "agents.defaults", "message": "Unrecognized key"}]
        print(json.dumps({"valid": valid, "path": "openclaw.json", **({} if valid else {"issues": issues})}))
        return 0 if valid else 1
    if words[:3] == ["infer", "image", "providers"]:
        print(json.dumps(does.get("listing", [{"id": "openai", "configured": True, "selected": True}])))
        return 0
    assert words[:3] == ["infer", "image", "generate"], words
    pairs = [word for word in words[3:] if word != "--json"]
    return generate(does, dict(zip(pairs[::2], pairs[1::2], strict=True)))


def generate(does: dict, options: dict[str, str]) -> int:
    time.sleep(does.get("hang", 0))
    if "leak" in does:
        return leak(Path(__file__).resolve().parent, does["leak"])
    if line := does.get("auth_line"):
        print(line, file=sys.stderr)
    if "exit" in does:
        print(does.get("stderr", ""), file=sys.stderr)
        return int(does["exit"])
    if "codex" in does:
        return codex(does, options)
    credential = os.environ.get(does.get("credential", "OPENAI_API_KEY")) or does.get("credential", "")
    body = {"prompt": options.get("--prompt", ""), "n": 1, "model": does.get("model", "gpt-image-2")}
    body |= {name: options[f"--{name}"] for name in ("size", "quality", "background") if f"--{name}" in options}
    body |= does.get("body", {})
    for host, path in does.get("before", []):
        post(host, path, credential, body)
    try:
        status, text = post(does.get("host", "api.openai.com"), does.get("path", "/v1/images/generations"),
                            credential, body)  # fmt: skip
    except OSError as error:
        return unreached(error)
    if status != 200:
        return refused(status, text)
    return done(does, options, base64.b64decode(json.loads(text)["data"][0]["b64_json"]))


def codex(does: dict, options: dict[str, str]) -> int:
    """One image of the hosted tool, by an event stream."""
    tool = {"type": "image_generation", "model": "gpt-image-2"}
    tool |= {name: options[f"--{name}"] for name in ("size", "quality", "background") if f"--{name}" in options}
    if "--output-format" in options:
        tool["output_format"] = options["--output-format"]
    asked = [{"type": "input_text", "text": options.get("--prompt", "")}]
    body = {"model": "gpt-6-astra", "store": False, "stream": True, "instructions": "Draw.",
            "input": [{"role": "user", "content": asked}], "tools": [tool | does["codex"]],
            "tool_choice": {"type": "image_generation"}}  # fmt: skip
    print("[image-generation/openai] image auth selected: provider=openai mode=oauth transport=codex-responses "
          "requestedModel=gpt-image-2 responsesModel=gpt-6-astra timeoutMs=180000", file=sys.stderr)  # fmt: skip
    try:
        status, text = post("chatgpt.com", "/backend-api/codex/responses", does.get("credential") or login(), body)
    except OSError as error:
        return unreached(error)
    if status != 200:
        return refused(status, text)
    events = [json.loads(line[5:]) for line in text.decode().splitlines() if line.startswith("data:")]
    items = [event["item"] for event in events if event["type"] == "response.output_item.done"]
    images = [item["result"] for item in items if item["type"] == "image_generation_call"]
    return done(does, options, base64.b64decode(images[-1])) if images else fail("no image came")


def login() -> str:
    """The access token that the store holds, in whichever form."""
    state = Path(os.environ["OPENCLAW_STATE_DIR"])
    texts = [path.read_bytes().decode("latin-1") for path in state.rglob("*") if path.is_file()]
    return re.findall(r"eyJ[\w-]+\.[\w-]+\.[\w-]+", "\n".join(texts))[0]


def done(does: dict, options: dict[str, str], image: bytes) -> int:
    path = Path(options["--output"])
    path.write_bytes(does["image"].encode() if "image" in does else image)
    said = {
        "ok": True, "capability": "image.generate", "transport": "local", "provider": "openai",
        "model": "gpt-image-2", "attempts": [], "ignoredOverrides": [],
        "outputs": [{"path": str(path), "mimeType": "image/png", "size": len(image)}],
    }  # fmt: skip
    print(json.dumps(said | does.get("says", {})))
    return 0


def leak(here: Path, how: str) -> int:
    """Prints every credential of this machine, in the error and around it, and notes them for the test."""
    state = Path(os.environ["OPENCLAW_STATE_DIR"])
    texts = [path.read_bytes().decode("latin-1") for path in state.rglob("*") if path.is_file()]
    found = set(re.findall(r"eyJ[\w-]+\.[\w-]+\.[\w-]*|sk-[\w-]{16,}|rt[\w.-]{16,}", "\n".join(texts)))
    found |= {os.environ[name] for name in ("OPENAI_API_KEY",) if name in os.environ}
    (here / "leaked.json").write_text(json.dumps(sorted(found)))
    said = " and ".join(sorted(found))
    print(f"[image-generation] candidate failed: openai/gpt-image-2: {said}", file=sys.stderr)
    if how == "garbage":
        print(said * 50)
        return 3
    return fail(f"OpenAI image generation failed (HTTP 401): refused {said} [type=x] [request_id={said}]")


def unreached(error: OSError) -> int:
    print(f"[image-generation] candidate failed: openai/gpt-image-2: fetch failed | {error}", file=sys.stderr)
    return fail("fetch failed")


def refused(status: int, text: bytes) -> int:
    error = json.loads(text).get("error", {}) if text.startswith(b"{") else {}
    said = f"OpenAI image generation failed (HTTP {status}): {error.get('message')} [type={error.get('type')}]"
    print(f"[image-generation] candidate failed: openai/gpt-image-2: {said}", file=sys.stderr)
    return fail(said)


def fail(message: str) -> int:
    print(json.dumps({"ok": False, "error": {"type": "cli_error", "message": message}}))
    return 1


def post(host: str, path: str, credential: str, body: dict) -> tuple[int, bytes]:
    sent = json.dumps(body)
    headers = {"authorization": f"Bearer {credential}", "content-type": "application/json"}
    if "HTTPS_PROXY" not in os.environ:  # nobody stands between, so the host is the one of this very machine
        plain = http.client.HTTPConnection(host, timeout=20)
        plain.request("POST", path, sent, headers)
        answer = plain.getresponse()
        return answer.status, answer.read()
    proxy = urlsplit(os.environ["HTTPS_PROXY"])
    context = ssl.create_default_context(cafile=os.environ.get("NODE_EXTRA_CA_CERTS") or None)
    connection = http.client.HTTPSConnection(proxy.hostname, proxy.port, context=context, timeout=20)
    passed = {}
    if proxy.username:
        told = base64.b64encode(f"{proxy.username}:{proxy.password}".encode()).decode()
        passed = {"Proxy-Authorization": f"Basic {told}"}
    connection.set_tunnel(host, 443, headers=passed)
    connection.request("POST", path, sent, headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
