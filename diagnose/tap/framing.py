"""Where an HTTP/1.1 message ends, learnt from a copy of it: what is passed on is the bytes themselves."""

import h11

from diagnose.tap.wire import Stream

HEAD_LIMIT = 64 * 1024
"""The most bytes of a request line or status line with its headers."""


class HeadError(Exception):
    """No whole head: the stream ended or the head is too long. `begun`: some of it had arrived."""

    def __init__(self, what: str, *, begun: bool, too_long: bool = False) -> None:
        super().__init__(what)
        self.begun = begun
        self.too_long = too_long


async def read_head(stream: Stream) -> bytes:
    """Everything up to and with the first empty line; what follows is put back. Raises HeadError and OSError."""
    held = bytearray()
    looked = 0
    while (end := held.find(b"\r\n\r\n", looked)) < 0:
        looked = max(0, len(held) - 3)
        if len(held) > HEAD_LIMIT:
            raise HeadError("the head is too long", begun=True, too_long=True)
        data = await stream.receive()
        if not data:
            raise HeadError("the connection ended before the head did", begun=bool(held))
        held += data
    stream.put_back(bytes(held[end + 4 :]))
    return bytes(held[: end + 4])


class Framing:
    """Follows one message. Made by `of_request` or `of_answer`.

    Attributes:
        start: its Request or Response, once the head has been seen; 1xx answers are passed over.
        complete: its last byte has been seen.
        reusable: another message may follow on the connection.
    """

    def __init__(self, connection: h11.Connection) -> None:
        self._connection = connection
        self.start: h11.Request | h11.Response | None = None
        self.complete = False

    @property
    def reusable(self) -> bool:
        return self.complete and self._connection.their_state is h11.DONE

    def feed(self, data: bytes) -> tuple[list[bytes], bytes]:
        """What of the body is in `data` (b"" is the end of the stream), and the bytes behind the message.

        Raises h11.RemoteProtocolError for what is no HTTP/1.1, or was cut off.
        """
        connection = self._connection
        connection.receive_data(data)
        body: list[bytes] = []
        while not self.complete:
            event = connection.next_event()
            if isinstance(event, h11.Request | h11.Response):
                self.start = event
            elif isinstance(event, h11.Data):
                body.append(event.data)
            elif isinstance(event, h11.EndOfMessage):
                self.complete = True
            elif event is h11.NEED_DATA or event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
                return body, b""
        return body, connection.trailing_data[0]


def of_request() -> Framing:
    """For a request: feed it from its first byte."""
    return Framing(h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_LIMIT + 1024))


def of_answer(method: bytes) -> Framing:
    """For the answer to a request with this method."""
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_LIMIT + 1024)
    connection.send(h11.Request(method=method, target="/", headers=[("host", "x")]))
    connection.send(h11.EndOfMessage())
    return Framing(connection)
