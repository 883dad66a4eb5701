"""Mosquitto: MQTT with QoS 1, answered before anything is stored; listeners with QoS 0."""

from collections.abc import Sequence
from pathlib import Path

from bench.dealers import TEXT
from bench.peers.peer import Language, Peer

_IDS = 0x3FFF  # packet ids up to this: no byte of one looks like the head of an answer


def _string(text: bytes) -> bytes:
    return len(text).to_bytes(2, "big") + text


def _packet(head: int, body: bytes) -> bytes:
    assert len(body) < 128, "a length of one byte is all that is made here"
    return bytes([head, len(body)]) + body


class MqttLanguage(Language):
    answer = b"\x40\x02"  # PUBACK

    def hello(self, number: int, *, listens: bool) -> tuple[bytes, bytes]:
        name = b"%s-%d" % (b"listens" if listens else b"speaks", number)
        connect = _packet(0x10, _string(b"MQTT") + b"\x04\x02\x00\x00" + _string(name))
        if listens:
            return connect + _packet(0x82, b"\x00\x01" + _string(b"chat") + b"\x00"), b"\x90\x03\x00\x01\x00"
        return connect, b"\x20\x02\x00\x00"

    def message(self, number: int, who: int) -> bytes:
        packet_id = (number % _IDS + 1).to_bytes(2, "big")
        return _packet(0x32, _string(b"chat") + packet_id + TEXT.encode())


class Mosquitto(Peer):
    name, program, package = "mosquitto", "mosquitto", "apt install mosquitto"
    version_flag = "-h"
    language = MqttLanguage()

    def command(self, folder: Path, port: int) -> Sequence[str]:
        settings = folder / "mosquitto.conf"
        settings.write_text(
            f"listener {port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n"
            "max_queued_messages 0\nmax_queued_bytes 0\nmax_inflight_messages 0\nlog_type error\n",
            encoding="utf-8",
        )
        return ["-c", str(settings)]
