"""The child's environment leads to the gate, and to nothing else."""

from pathlib import Path

from diagnose.tap.environment import departures
from diagnose.tap.gate import Forward, Gate

USERS = {
    "PATH": "/bin",
    "OPENAI_API_KEY": "sk-planted-secret-value",
    "HTTPS_PROXY": "http://me:planted@corp:3128",
    "NO_PROXY": "api.openai.com",
    "no_proxy": "*",
    "ALL_PROXY": "socks5://corp:1080",
    "all_proxy": "socks5://corp:1080",
    "npm_config_https_proxy": "http://corp:3128",
    "NPM_CONFIG_NOPROXY": "*",
    "OPENCLAW_PROXY_URL": "http://other:1",
    "OPENCLAW_PROXY_CA_FILE": "/x",
    "OPENCLAW_DEBUG_PROXY_ENABLED": "1",
    "GLOBAL_AGENT_HTTP_PROXY": "http://other:1",
    "NODE_TLS_REJECT_UNAUTHORIZED": "0",
    "NODE_OPTIONS": "--max-old-space-size=4096",
}


def test_every_proxy_variable_leads_to_the_gate(tmp_path: Path) -> None:
    with Gate(forward=None, folder=tmp_path) as gate:
        child = gate.child_env(USERS)
        assert child == {
            "PATH": "/bin",
            "OPENAI_API_KEY": "sk-planted-secret-value",
            "NODE_OPTIONS": "--max-old-space-size=4096",
            "HTTP_PROXY": gate.url,
            "HTTPS_PROXY": gate.url,
            "http_proxy": gate.url,
            "https_proxy": gate.url,
            "NO_PROXY": "",
            "no_proxy": "",
            "NODE_USE_ENV_PROXY": "1",
        }


def test_the_certificate_of_the_gate_comes_on_top_of_the_users_own(tmp_path: Path) -> None:
    own = tmp_path / "corporate.pem"
    own.write_text("corporate certificates")
    with Gate(forward=Forward.to_sandbox(None, 9), folder=tmp_path) as gate:
        assert gate.ca_file is not None
        for env in ({}, {"NODE_EXTRA_CA_CERTS": str(own)}, {"NODE_EXTRA_CA_CERTS": str(tmp_path / "gone")}):
            child = gate.child_env(env)
            bundle = Path(child["NODE_EXTRA_CA_CERTS"]).read_text()
            assert bundle.startswith(gate.ca_file.read_text())
            assert ("corporate certificates" in bundle) == (env.get("NODE_EXTRA_CA_CERTS") == str(own))
            assert "NODE_USE_ENV_PROXY" not in child
        assert gate.troubles == ["the file that NODE_EXTRA_CA_CERTS names cannot be read"]


def test_what_is_different_is_told_without_a_value() -> None:
    told = departures(USERS)
    text = " ".join(told)
    for name in USERS:
        assert (name in text) == (name not in {"PATH", "OPENAI_API_KEY"}), name
    for value in ("corp", "planted", "other:1", "4096"):
        assert value not in text
    assert departures({"PATH": "/bin"}) == ()
