"""Redis: a stream that keeps (XADD), a channel that tells (PUBLISH), and an fsync before each answer."""

from collections.abc import Sequence
from pathlib import Path

from bench.dealers import TEXT
from bench.peers.peer import Language, Peer


def _command(*words: bytes) -> bytes:
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


class RedisLanguage(Language):
    answer = b":"  # of PUBLISH, the second command; the id that XADD answers has none

    def hello(self, number: int, *, listens: bool) -> tuple[bytes, bytes]:
        return (_command(b"SUBSCRIBE", b"lobby"), b":1\r\n") if listens else (_command(b"PING"), b"+PONG\r\n")

    def message(self, number: int, who: int) -> bytes:
        text = TEXT.encode()
        kept = _command(
            b"XADD", b"log", b"*", b"nick", b"bench-%d" % who, b"id", b"%08d" % number, b"text", text
        )
        return kept + _command(b"PUBLISH", b"lobby", text)


class Redis(Peer):
    name, program, package = "redis", "redis-server", "apt install redis-server"
    language = RedisLanguage()

    def command(self, folder: Path, port: int) -> Sequence[str]:
        settings = {
            "bind": "127.0.0.1",
            "port": f"{port}",
            "dir": f"{folder}",
            "appendonly": "yes",
            "appendfsync": "always",
            "auto-aof-rewrite-percentage": "0",
            "save": "",
            "client-output-buffer-limit": "pubsub 0 0 0",  # nobody who listens is cut off
            "loglevel": "warning",
        }
        return [word for name, value in settings.items() for word in (f"--{name}", value)]
