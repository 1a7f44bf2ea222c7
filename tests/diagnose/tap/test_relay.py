"""What passes the gate passes unchanged, whatever HTTP/1.1 allows, and ends when either end does."""

import contextlib
import socket
import ssl
import threading
import time

import pytest

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
GET = b"GET /v1/models?key=k HTTP/1.1\r\nHost: api.openai.com\r\n\r\n"
ODD = (
    b"POST /v1/Images//generations?a=%20b&c HTTP/1.1\r\n"
    b"host: api.openai.com\r\n"
    b"X-MiXed:  two  spaces \r\n"
    b"x-twice: 1\r\n"
    b"x-twice: 2\r\n"
    b"Connection: keep-alive\r\n"
    b"Content-Length: 11\r\n\r\n"
    b'{"a": "\xff"}\n'
)
CHUNKED = (
    b"POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3;name=value\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n"
)  # fmt: skip


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    connection.close()


def drip(connection: socket.socket) -> None:
    for byte in OK:
        connection.sendall(bytes([byte]))
        time.sleep(0.005)


@pytest.mark.parametrize("request_", [GET, ODD, CHUNKED], ids=["get", "odd", "chunked"])
def test_the_request_arrives_byte_for_byte(tunnel, upstream, request_) -> None:
    server = upstream(OK)
    _, child = tunnel(server)
    child.send(request_)
    assert child.take(len(OK)) == OK
    assert server.requests == [request_]


@pytest.mark.parametrize(
    "answer",
    [
        OK,
        b"HTTP/1.1 200 Quite  Fine\r\nX-MiXed:  a \r\nSet-Cookie: a=b\r\nset-cookie: c=d\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2;x\r\nok\r\n0\r\nTrailer: 1\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\ncontent-length: 99\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n" + OK,
        b"HTTP/1.1 302 Found\r\nlocation: https://elsewhere.test/?token=t\r\ncontent-length: 0\r\n\r\n",
    ],
    ids=["plain", "odd", "chunked", "204", "304", "1xx", "redirect"],
)
def test_the_answer_arrives_byte_for_byte_and_the_connection_is_used_again(tunnel, upstream, answer) -> None:
    server = upstream(answer)
    gate, child = tunnel(server)
    for _ in range(3):
        assert child.send(GET).take(len(answer)) == answer
    assert server.connections == 1
    assert [tapped.problem for tapped in gate.exchanges] == [None] * 3
    assert len(gate.targets) == 1


def test_the_answer_to_head_has_no_body(tunnel, upstream) -> None:
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n"
    gate, child = tunnel(upstream(answer))
    for _ in range(2):
        assert child.send(GET.replace(b"GET", b"HEAD")).take(len(answer)) == answer
    assert [(tapped.method, tapped.status, tapped.unread) for tapped in gate.exchanges] == [("HEAD", 200, None)] * 2


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
def test_an_answer_without_a_length_lasts_until_the_host_closes(tunnel, upstream, version) -> None:
    answer = b"HTTP/" + version + b" 200 OK\r\nconnection: close\r\n\r\n" + b"x" * 100_000
    gate, child = tunnel(upstream(lambda connection: connection.sendall(answer)))
    assert child.send(GET).rest() == answer
    assert gate.exchanges[0].problem is None


def test_pipelined_requests_are_answered_in_turn(tunnel, upstream) -> None:
    server = upstream(OK)
    _, child = tunnel(server)
    child.send(GET + ODD + CHUNKED + GET)
    assert child.take(4 * len(OK)) == OK * 4
    assert server.requests == [GET, ODD, CHUNKED, GET]


def test_a_request_may_come_in_crumbs(tunnel, upstream) -> None:
    server = upstream(OK)
    _, child = tunnel(server)
    for byte in CHUNKED:
        child.send(bytes([byte]))
    assert child.take(len(OK)) == OK
    assert server.requests == [CHUNKED]


def test_whoever_asks_to_go_on_is_told_to(tunnel, upstream) -> None:
    server = upstream(OK)
    _, child = tunnel(server)
    child.send(b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
    assert child.head() == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert child.send(b"body").take(len(OK)) == OK
    assert server.requests[0].endswith(b"\r\n\r\nbody")


def test_an_answer_that_comes_before_the_request_is_whole_is_passed_on_at_once(tunnel, upstream, until) -> None:
    refusal = b"HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    server = upstream(b"")

    def early(connection: socket.socket) -> None:
        connection.recv(10)
        connection.sendall(refusal)
        connection.recv(1 << 20)

    server._connection = lambda connection: early(connection)  # type: ignore[method-assign]
    gate, child = tunnel(server)
    child.send(b"POST /v1/images/edits HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1000)
    assert child.take(len(refusal)) == refusal
    until(lambda: bool(gate.exchanges))
    assert gate.exchanges[0].status == 413


def test_a_child_that_has_said_everything_still_gets_its_answer(tunnel, upstream) -> None:
    gate, child = tunnel(upstream(lambda connection: (time.sleep(0.2), connection.sendall(OK))))
    child.send(GET)
    socket.socket.shutdown(child.plain if child.end is child.plain else child.end, socket.SHUT_WR)
    assert child.take(len(OK)) == OK
    assert gate.exchanges[0].problem is None


def test_an_answer_in_drops_is_passed_on_in_drops(tunnel, upstream) -> None:
    _, child = tunnel(upstream(drip))
    begun = time.monotonic()
    child.send(GET)
    assert child.take(1) == OK[:1]
    first = time.monotonic() - begun
    assert child.take(len(OK) - 1) == OK[1:]
    assert time.monotonic() - begun > first + 0.1


@pytest.mark.parametrize(
    ("script", "sent", "problem"),
    [
        (lambda _: None, b"", "the host ended the connection before any answer"),
        (reset, b"", "the host ended the connection before any answer"),
        (lambda c: c.sendall(OK[:20]), OK[:20], "the host ended the connection in the middle of its answer"),
        (lambda c: c.sendall(OK[:-1]), OK[:-1], "the host ended the connection in the middle of its answer"),
    ],
    ids=["closed", "reset", "in the head", "in the body"],
)
def test_a_host_that_leaves_is_noted_and_the_child_sees_just_that(tunnel, upstream, script, sent, problem) -> None:
    gate, child = tunnel(upstream(script))
    assert child.send(GET).rest() == sent
    (tapped,) = gate.exchanges
    assert tapped.problem == problem


def test_a_host_that_leaves_between_requests_ends_the_childs_connection(tunnel, upstream) -> None:
    def once(connection: socket.socket) -> None:
        connection.sendall(OK)

    gate, child = tunnel(upstream(once))
    assert child.send(GET).rest() == OK
    assert [tapped.problem for tapped in gate.exchanges] == [None]


def test_a_child_that_leaves_in_the_middle_of_its_request_is_noted(tunnel, upstream, until) -> None:
    server = upstream(OK)
    gate, child = tunnel(server)
    child.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
    child.close()
    until(lambda: bool(gate.exchanges))
    assert gate.exchanges[0].problem == "the child's request was cut off, or is no HTTP/1.1"
    assert server.requests == []


def test_a_child_that_leaves_in_the_middle_of_the_answer_is_noted(tunnel, upstream, until) -> None:
    endless = threading.Event()

    def pour(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 900000000\r\n\r\n")
        with contextlib.suppress(OSError):
            while not endless.is_set():
                connection.sendall(b"x" * 65536)

    gate, child = tunnel(upstream(pour))
    child.send(GET).take(1000)
    child.close()
    until(lambda: bool(gate.exchanges))
    endless.set()
    assert gate.exchanges[0].problem == "the child ended the connection"


@pytest.mark.parametrize(
    "request_",
    [
        GET[:-2] + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        b"CONNECT other.test:443 HTTP/1.1\r\nHost: other.test\r\n\r\n",
    ],
)
def test_another_protocol_is_refused_and_never_passed_on(tunnel, upstream, request_) -> None:
    server = upstream(OK)
    gate, child = tunnel(server)
    assert child.send(request_).rest().startswith(b"HTTP/1.1 501 ")
    assert server.requests == []
    assert "another protocol" in (gate.exchanges[0].problem or "")
    assert not gate.exchanges[0].sent


@pytest.mark.parametrize(
    "request_",
    [
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"what is this\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nbody",
    ],
)
def test_what_is_no_http_1_1_is_refused_and_never_passed_on(tunnel, upstream, request_) -> None:
    server = upstream(OK)
    _, child = tunnel(server)
    assert child.send(request_).rest().startswith(b"HTTP/1.1 400 ")
    assert server.connections == 0


def test_an_answer_that_cannot_be_read_is_passed_on_all_the_same(tunnel, upstream) -> None:
    strange = b"HTTP/1.1 200 OK\r\nbad header without colon\r\n\r\n" + b"x" * 1000
    gate, child = tunnel(upstream(lambda connection: connection.sendall(strange)))
    assert child.send(GET).rest() == strange
    assert "no HTTP/1.1 that can be read" in (gate.exchanges[0].problem or "")


def test_http_1_1_is_all_that_is_offered(gate, child, upstream) -> None:
    opened = gate(upstream(OK).port)
    one = child(opened)
    one.connect()
    one.secure(alpn=("h2", "http/1.1"))
    assert isinstance(one.end, ssl.SSLSocket)
    assert one.end.selected_alpn_protocol() == "http/1.1"
    assert one.end.version() == "TLSv1.3"


def test_a_child_that_does_not_trust_the_certificate_is_noted(gate, child, upstream, until) -> None:
    server = upstream(OK)
    opened = gate(server.port)
    one = child(opened)
    one.connect()
    with pytest.raises(ssl.SSLError):
        ssl.create_default_context().wrap_socket(one.plain, server_hostname="api.openai.com")
    one.close()
    until(lambda: bool(opened.troubles))
    assert server.connections == 0
    assert "did not take the tap's certificate for api.openai.com" in opened.troubles[0]
    assert [target.host for target in opened.targets] == ["api.openai.com"]


def test_a_tunnel_may_carry_plain_http(gate, child, upstream) -> None:
    server = upstream(OK)
    opened = gate(server.port)
    one = child(opened)
    assert b" 200 " in one.connect("127.0.0.1:4000")
    assert one.send(GET).take(len(OK)) == OK
    assert server.requests == [GET]
    assert (opened.targets[0].shown, opened.targets[0].tls) == ("127.0.0.1:4000", False)


def test_a_tunnel_that_is_never_used_was_asked_for_all_the_same(gate, child, upstream) -> None:
    server = upstream(OK)
    opened = gate(server.port)
    left, idle = child(opened), child(opened)
    assert b" 200 " in left.connect("left.test:443")
    left.close()
    assert b" 200 " in idle.connect("idle.test:443")
    opened.__exit__(None, None, None)
    assert sorted(target.shown for target in opened.targets) == ["idle.test:443", "left.test:443"]
    assert server.connections == 0


def test_a_client_that_does_not_wait_for_the_tunnel_loses_nothing(gate, child, upstream) -> None:
    server = upstream(OK)
    one = child(gate(server.port))
    one.send(b"CONNECT x:80 HTTP/1.1\r\n" + one.permit + b"\r\n" + GET)
    assert b" 200 " in one.head()
    assert one.take(len(OK)) == OK


def test_a_whole_url_is_passed_on_in_origin_form_without_what_was_said_to_the_proxy(gate, child, upstream) -> None:
    server = upstream(OK)
    opened = gate(server.port)
    one = child(opened)
    for number, (url, path) in enumerate(
        [("http://gw.test", b"/"), ("http://gw.test:81?q=1", b"/?q=1"), ("http://GW.test/a//b?c=//d", b"/a//b?c=//d")]
    ):
        one.send(f"GET {url} HTTP/1.1\r\nHost: gw.test\r\nProxy-Connection: keep-alive\r\n".encode())
        one.send(one.permit + b"X-A: 1\r\n\r\n")
        assert one.take(len(OK)) == OK
        assert server.requests[number] == b"GET " + path + b" HTTP/1.1\r\nHost: gw.test\r\nX-A: 1\r\n\r\n"
    assert [target.shown for target in opened.targets] == ["gw.test:80", "gw.test:81", "gw.test:80"]
    assert server.connections == 3  # each place has its own


def test_a_host_that_is_not_of_the_sandbox_is_refused(gate, child, upstream) -> None:
    from diagnose.tap.gate import Forward

    server = upstream(OK)
    opened = gate(forward=Forward.to_sandbox({"Api.OpenAI.com"}, server.port))
    assert b" 200 " in child(opened).connect()
    assert b" 403 " in child(opened).connect("api.openai.com.evil.test:443")
    one = child(opened)
    assert b" 403 " in one.send(b"GET http://evil.test/ HTTP/1.1\r\n" + one.permit + b"\r\n").head()
    assert server.connections == 0
    assert opened.troubles[0] == "api.openai.com.evil.test is not a host of this sandbox"
