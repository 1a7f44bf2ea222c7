"""What the tap costs: starting, each request, and a large answer. `python tap.py [--mitmdump PATH]`.

The host (TLS, a certificate of its own), the proxy and the client are processes apart; the client asks directly, and
then through each proxy. mitmdump joins in when it is named: it is no dependency, and belongs in a venv of its own.
"""

import argparse
import contextlib
import http.server
import json
import os
import resource
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

LARGE = 30 * 1000 * 1000
"""Bytes of the large answer: a JSON body with one image."""


class Host(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        size = LARGE if self.path == "/large" else 1000
        body = b'{"data": [{"b64_json": "' + b"A" * (size // 4 * 4) + b'"}]}'
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serve(folder: Path) -> None:
    """The host, with a certificate for localhost."""
    from diagnose.tap.authority import Authority

    authority = Authority(folder)
    (folder / "host-ca.pem").write_bytes(authority.certificate)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Host)
    server.socket = authority.context("localhost").wrap_socket(server.socket, server_side=True)
    print(server.server_port, flush=True)
    server.serve_forever()


def gate(folder: Path, kind: str) -> None:
    """The tap, until its input ends; then it says how far its memory went up."""
    begun = time.perf_counter()
    from diagnose.tap.gate import Forward, Gate

    env = {"SSL_CERT_FILE": str(folder / "host-ca.pem")}
    with Gate(forward=Forward.real(env) if kind == "forwarding" else None, folder=folder) as opened:
        imported = (time.perf_counter() - begun) * 1000
        before, worked = peak(), time.process_time()
        print(json.dumps({"url": opened.url, "ca": str(opened.ca_file), "ready": imported}), flush=True)
        sys.stdin.read()
        used = {"before": before, "after": peak(), "noted": len(opened.exchanges)}
        print(json.dumps(used | {"cpu_s": round(time.process_time() - worked, 2)}), flush=True)


def peak() -> float:
    """MiB that this process has needed at most; a new process on Linux starts with the peak of its parent."""
    with contextlib.suppress(OSError):
        rows = Path("/proc/self/status").read_text().splitlines()
        return int(next(row for row in rows if row.startswith("VmHWM")).split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)


@contextlib.contextmanager
def running(*words: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, __file__, *words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@contextlib.contextmanager
def mitmdump(program: str, folder: Path) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = ["--listen-host", "127.0.0.1", "-p", str(port), "-q", "--set", f"confdir={folder / 'mitm'}"]
    words += ["--set", f"ssl_verify_upstream_trusted_ca={folder / 'host-ca.pem'}"]
    with subprocess.Popen([program, *words]) as process:
        try:
            while True:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                    break
                time.sleep(0.005)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How the client asks: by which proxy, and whose certificates it trusts."""

    name: str
    ca_files: tuple[Path, ...]
    proxy: str | None = None


def asked(url: str, rounds: int, *ways: Way) -> dict[str, dict[str, float]]:
    """Milliseconds of a small request (on a new connection, on a kept one) and of the large one, for each way.

    The ways take turns, round by round, after one round that only warms up; medians.
    """
    samples: dict[str, dict[str, list[float]]] = {way.name: {"new": [], "kept": [], "large": []} for way in ways}
    for number in range(rounds + 1):
        for way in ways:
            rows = one_round(url, way)
            if number:
                samples[way.name]["new"].append(rows[0])
                samples[way.name]["kept"] += rows[1:-1]
                samples[way.name]["large"].append(rows[-1])
    return {name: {what: statistics.median(rows) for what, rows in own.items()} for name, own in samples.items()}


def one_round(url: str, way: Way) -> list[float]:
    """One connection: six small requests and the large one."""
    import httpx

    context = ssl.create_default_context()
    for file in way.ca_files:
        context.load_verify_locations(file)
    with httpx.Client(verify=context, proxy=way.proxy, trust_env=False, timeout=60) as client:
        return [once(client, url + path) for path in ("/small",) * 6 + ("/large",)]


def once(client: "httpx.Client", url: str) -> float:
    begun = time.perf_counter()
    with client.stream("POST", url, json={"model": "gpt-image-2", "prompt": "x"}) as answer:
        size = sum(len(piece) for piece in answer.iter_raw(65536))
    assert answer.status_code == 200
    assert size > (LARGE if url.endswith("/large") else 1000)
    return (time.perf_counter() - begun) * 1000


def ready(folder: Path, kind: str) -> tuple[float, float]:
    """Milliseconds until a gate takes connections: of the whole process, and without starting Python."""
    begun = time.perf_counter()
    with running("--gate", kind, "--folder", str(folder)) as process:
        assert process.stdout is not None
        row = json.loads(process.stdout.readline())
    return (time.perf_counter() - begun) * 1000, row["ready"]


def race(rounds: int, program: str | None) -> None:
    with tempfile.TemporaryDirectory() as name, running("--serve", "--folder", name) as host:
        folder = Path(name)
        assert host.stdout is not None
        url = f"https://localhost:{host.stdout.readline().strip()}"
        own_ca = folder / "host-ca.pem"
        for kind in ("refusing", "forwarding"):
            whole, alone = zip(*(ready(folder, kind) for _ in range(rounds)), strict=True)
            print(f"ready, {kind}: {statistics.median(whole):.0f} ms ({statistics.median(alone):.0f} within Python)")
        ways = [Way(name="direct", ca_files=(own_ca,))]
        with contextlib.ExitStack() as stack:
            tap = stack.enter_context(running("--gate", "forwarding", "--folder", name))
            assert tap.stdout is not None
            row = json.loads(tap.stdout.readline())
            ways.append(Way(name="tap", ca_files=(own_ca, Path(row["ca"])), proxy=row["url"]))
            if program:
                begun = time.perf_counter()
                proxy = stack.enter_context(mitmdump(program, folder))
                print(f"ready, mitmdump (first run): {(time.perf_counter() - begun) * 1000:.0f} ms")
                ways.append(Way(name="mitmdump", ca_files=(own_ca, folder / "mitm/mitmproxy-ca-cert.pem"), proxy=proxy))
            for way, found in asked(url, rounds, *ways).items():
                print(f"{way}: " + ", ".join(f"{what} {value:.1f} ms" for what, value in found.items()))
            print("tap:", tap.communicate()[0].strip())
        for _ in range(3 if program else 0):
            begun = time.perf_counter()
            with mitmdump(str(program), folder):
                print(f"ready, mitmdump: {(time.perf_counter() - begun) * 1000:.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--mitmdump", help="the program, to measure it too")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--gate", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, default=Path(), help=argparse.SUPPRESS)
    given = parser.parse_args()
    threading.stack_size(1 << 18)
    os.environ.pop("SSL_CERT_FILE", None)
    if given.serve:
        serve(given.folder)
    elif given.gate:
        gate(given.folder, given.gate)
    else:
        race(given.rounds, given.mitmdump)


if __name__ == "__main__":
    main()
