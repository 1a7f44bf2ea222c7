"""A dry run is refused wherever a request might get past the proxy: what is not known to be safe is not safe."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.machine.openclaw.config import Config
from diagnose.machine.openclaw.facts import Origin, Variable
from diagnose.machine.openclaw.installation import Installation
from diagnose.machine.openclaw.prediction import Candidate, Prediction
from diagnose.machine.openclaw.program import dry_refused, sealed
from diagnose.machine.openclaw.program_address import not_public
from diagnose.machine.openclaw.program_dry import confirmed
from diagnose.machine.openclaw.setting import Setting

NEW = (2026, 9, 6)


def candidate(provider: str = "openai", host: str | None = "api.openai.com", **more: Any) -> Candidate:
    given: dict[str, Any] = {"provider": provider, "named": "m", "model": "m", "via": "override", "host": host}
    return Candidate(**(given | more))


def reason(
    *candidates: Candidate,
    tree: dict[str, Any] | None = None,
    process: dict[str, str] | None = None,
    file: dict[str, str] | None = None,
    version: tuple[int, int, int] | None = NEW,
) -> str | None:
    variables = {k: Variable(value=v, origin=Origin(file=None, key=k)) for k, v in (process or {}).items()}
    variables |= {k: Variable(value=v, origin=Origin(file=Path("/s/.env"), key=k)) for k, v in (file or {}).items()}
    setting = Setting(
        installation=Installation(program=Path("/bin/openclaw"), version=version),
        state=Path("/s"),
        config=Config(tree=tree or {}),
        variables=variables,
        now=0,
    )
    tried = candidates or (candidate(),)
    return dry_refused(setting, Prediction(release=version or NEW, newer=False, candidates=tried))


def openai(**fields: Any) -> dict[str, Any]:
    return {"models": {"providers": {"openai": fields}}}


def test_the_public_host_behind_the_users_own_proxy_is_safe() -> None:
    process = {"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": "*", "OPENAI_API_KEY": "k", "OPENCLAW_PROXY_URL": " "}
    assert reason(process=process) is None
    settings = openai(baseUrl="https://api.openai.com/v1", models=[], headers={"x-note": "a b"}, apiKey="k")
    assert reason(tree=settings) is None
    assert reason(candidate(host="litellm.acme.example:8443")) is None


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "localhost.", "LOCALHOST", "a.localhost", "127.0.0.1", "127.0.0.1:4000", "127.1", "2130706433",
        "0x7f000001", "0x7f.1", "0177.0.0.1", "0.0.0.0", "[::1]", "[::1]:4000", "[::ffff:127.0.0.1]", "[fe80::1%25e]",
        "10.0.0.2", "192.168.1.1", "169.254.169.254", "100.64.0.1", "8.8.8.8", "gateway", "a.local", "x.internal",
        "router.lan", "printer.home.arpa", "a.b.0x7f", "127\u30020\u30020\u30021", "\uff1127.0.0.1", "\u24dbocalhost",
        "%6cocalhost", "a..com", "-a.com", "", ".", "api.openai.com.", "api.openai.com@127.0.0.1",
        "127.0.0.1\\@api.openai.com", "a.com:port", "a.com:99999", "a b.com", "a.com\t",
    ],
)  # fmt: skip
def test_a_host_that_may_be_this_machine_or_a_private_one_is_refused(host: str) -> None:
    assert reason(candidate(host=host)) is not None
    assert reason(tree=openai(baseUrl=f"http://{host}/v1")) is not None


@pytest.mark.parametrize(
    "url", ["unix:/run/x.sock", "http+unix://%2Frun%2Fx", "file:///x", "//127.0.0.1/", "${BASE}", "", "ftp://a.com"]
)
def test_an_address_of_another_kind_is_refused(url: str) -> None:
    assert reason(tree=openai(baseUrl=url)) is not None


@given(st.text())
def test_what_is_taken_for_public_is_a_plain_name(text: str) -> None:
    if not_public(text) is None:
        host = text.partition("://")[2].partition("/")[0].partition("?")[0].partition("#")[0].partition(":")[0]
        assert host.isascii()
        assert set(host.lower()) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
        assert not host.rpartition(".")[2][0].isdigit()


@pytest.mark.parametrize("name", ["OPENCLAW_PROXY_URL", "OPENCLAW_DEBUG_PROXY_ENABLED", "OPENCLAW_PROXY_ACTIVE"])
def test_a_variable_that_puts_another_proxy_in_front_is_refused_from_anywhere(name: str) -> None:
    assert name in str(reason(process={name: "http://a:1"}))
    assert "/s/.env" in str(reason(file={name: "http://a:1"}))


@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy", "HTTPS_PROXY", "http_proxy", "ALL_PROXY", "NODE_OPTIONS"])
def test_a_file_that_sets_how_requests_travel_is_refused(name: str) -> None:
    assert name in str(reason(file={name: "*"}))


def test_node_may_be_told_what_does_not_matter_and_nothing_else() -> None:
    assert reason(process={"NODE_OPTIONS": "--max-old-space-size=4096 --no-warnings"}) is None
    assert "NODE_OPTIONS" in str(reason(process={"NODE_OPTIONS": "--no-warnings --require /x/patch.js"}))


@pytest.mark.parametrize(
    "proxy", [{"enabled": True}, {"proxyUrl": "http://a:1"}, {"enabled": "no"}, "http://a:1", {"loopbackMode": "x"}]
)
def test_a_proxy_of_the_config_is_refused(proxy: Any) -> None:
    assert "proxy" in str(reason(tree={"proxy": proxy}))


def test_a_proxy_of_the_config_that_is_off_is_none() -> None:
    assert reason(tree={"proxy": {"enabled": False, "proxyUrl": "http://a:1"}}) is None


@pytest.mark.parametrize(
    "request_", [{"proxy": {"mode": "explicit-proxy", "url": "https://p.acme.com"}}, {"tls": {}}, "odd", {"new": 1}]
)
def test_how_a_provider_s_requests_travel_is_refused(request_: Any) -> None:
    assert "request" in str(reason(tree=openai(request=request_)))
    assert "request" in str(reason(tree=openai(models=[{"id": "m", "request": request_}])))


def test_a_request_that_only_allows_something_is_none() -> None:
    assert reason(tree=openai(request={"allowPrivateNetwork": True, "headers": {"a": "b"}})) is None


def test_an_address_is_found_however_deep_it_stands_and_however_the_provider_is_written() -> None:
    deep = [{"id": "m", "baseUrl": "http://127.0.0.1:1"}]
    assert "models.0.baseUrl" in str(reason(tree=openai(models=deep)))
    assert reason(tree={"models": {"providers": {" OpenAI ": {"baseUrl": "http://[::1]/"}}}}) is not None
    assert reason(tree={"models": {"providers": {"openai-codex": {"baseUrl": "http://10.0.0.1/"}}}}) is not None
    assert reason(tree={"plugins": {"entries": {"openai": {"config": {"baseUrl": "http://10.0.0.1/"}}}}}) is not None


def test_a_provider_that_is_not_tried_does_not_count() -> None:
    assert reason(tree={"models": {"providers": {"ollama": {"baseUrl": "http://127.0.0.1:11434"}}}}) is None


def test_every_candidate_counts_also_one_that_should_send_nothing() -> None:
    local = candidate(host="127.0.0.1", via="fallback", refused="no-credential")
    assert reason(candidate(), local) is not None


def test_a_candidate_that_bypasses_the_proxy_is_refused() -> None:
    assert "openai/m" in str(reason(candidate(bypasses_proxy=True)))


def test_a_candidate_of_an_unknown_host_is_refused_unless_it_sends_nothing() -> None:
    assert "which host" in str(reason(candidate(host=None)))
    assert reason(candidate(host=None, refused="no-credential")) is None


@pytest.mark.parametrize(("provider", "safe"), [("openrouter", True), ("fal", False), ("comfy", False), ("new", False)])
def test_a_provider_must_have_been_seen_to_obey_a_proxy(provider: str, safe: bool) -> None:
    assert (reason(candidate(provider, host="a.acme.com")) is None) is safe
    assert reason(candidate(provider, host="a.acme.com"), version=(2026, 4, 22)) is not None


def test_an_unknown_release_is_not_safe_and_a_newer_one_goes_by_the_newest() -> None:
    assert reason(version=None) is not None
    assert reason(version=(2027, 1, 1)) is None


def test_a_variable_that_gives_a_provider_another_host_is_refused() -> None:
    minimax = candidate("minimax", host="api.minimax.io")
    assert reason(minimax, process={"MINIMAX_API_HOST": "https://api.minimaxi.com"}) is None
    assert "MINIMAX_API_HOST" in str(reason(minimax, process={"MINIMAX_API_HOST": "http://127.0.0.1:1"}))


def test_keys_of_a_login_shell_are_a_reason_only_where_they_choose_the_provider() -> None:
    shell = {"env": {"shellEnv": {"enabled": True}}}
    assert reason(tree=shell) is None
    assert "login shell" in str(reason(candidate(via="auto"), tree=shell))
    assert "login shell" in str(reason(candidate(via="primary"), process={"OPENCLAW_LOAD_SHELL_ENV": "1"}))


trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=12,
)


@given(trees, trees, trees)
def test_any_config_is_judged_without_an_error(one: Any, other: Any, third: Any) -> None:
    tree = {"proxy": one, "models": {"providers": {"openai": other}}, "plugins": {"entries": third}, "env": third}
    reason(tree=tree)
    reason(tree={"models": one, "plugins": other})


def test_no_value_of_a_variable_or_setting_is_in_a_reason() -> None:
    secret = "sk-CANARY0000000000"
    said = [
        reason(process={"OPENCLAW_PROXY_URL": f"http://u:{secret}@a:1"}),
        reason(process={"NODE_OPTIONS": f"--require /{secret}"}),
        reason(tree=openai(baseUrl=f"http://u:{secret}@127.0.0.1/{secret}")),
        reason(tree=openai(request={"proxy": {"url": secret}})),
    ]
    assert None not in said
    assert "CANARY" not in repr(said)


def test_the_seal_leaves_one_port_and_no_other_proxy() -> None:
    env = sealed({"A": "b", "NODE_OPTIONS": "--no-warnings", "OPENCLAW_PROXY_URL": "x"}, "http://u:p@127.0.0.1:4711")
    assert env["ROUTECHECK_ONLY_PORT"] == "4711"
    assert (env["A"], env["OPENCLAW_PROXY_URL"], env["OPENCLAW_PROXY_ACTIVE"]) == ("b", "", "")
    first, word, path = env["NODE_OPTIONS"].split(" ", 2)
    assert (first, word) == ("--no-warnings", "--require")
    assert Path(path.strip('"')).is_file()


NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="there is no node")
@pytest.mark.parametrize(("package", "held"), [("openclaw", True), ("a-wrapper", False), (None, False)])
def test_node_confirms_the_seal_in_the_name_of_the_package_that_it_starts(
    tmp_path: Path, package: str | None, held: bool
) -> None:
    assert NODE is not None
    script = tmp_path / "node_modules" / "x" / "dist" / "x.js"
    script.parent.mkdir(parents=True)
    script.write_text('require("net").connect(9, "127.0.0.1").on("error", () => {})')
    if package:
        (script.parents[1] / "package.json").write_text(json.dumps({"name": package}))
    (tmp_path / "link").symlink_to(script)
    seal = tmp_path / "seal"
    env = sealed({"ROUTECHECK_SEAL": str(seal)}, "http://127.0.0.1:4711")
    done = subprocess.run([NODE, tmp_path / "link"], env=env, capture_output=True, text=True, timeout=30, check=True)
    assert done.stderr == "[routecheck] refused 127.0.0.1:9\n"
    assert (seal.exists(), confirmed(seal)) == (True, held)
    gone = env | {"ROUTECHECK_SEAL": str(tmp_path / "no" / "folder")}
    assert subprocess.run([NODE, script], env=gone, capture_output=True, timeout=30, check=True).stdout == b""


def test_a_file_that_is_not_there_confirms_nothing(tmp_path: Path) -> None:
    assert not confirmed(tmp_path / "seal")
