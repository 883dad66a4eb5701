"""ngIRCd: stores nothing and answers no message, so a PING behind each stands for the question."""

import os
from collections.abc import Sequence
from pathlib import Path

from bench.dealers import TEXT
from bench.peers.peer import Language, Peer


class IrcLanguage(Language):
    answer = b" PONG "

    def hello(self, number: int, *, listens: bool) -> tuple[bytes, bytes]:
        nick = f"{'l' if listens else 's'}{number}"
        return f"NICK {nick}\r\nUSER {nick} 0 * :bench\r\nJOIN #chat\r\n".encode(), b" 366 "

    def message(self, number: int, who: int) -> bytes:
        return b"PRIVMSG #chat :%s\r\nPING %d\r\n" % (TEXT.encode(), number)


class Ngircd(Peer):
    name, program, package = "ngircd", "ngircd", "apt install ngircd"
    language = IrcLanguage()

    def command(self, folder: Path, port: int) -> Sequence[str]:
        settings = folder / "ngircd.conf"
        settings.write_text(
            f"[Global]\nName = bench.invalid\nListen = 127.0.0.1\nPorts = {port}\nInfo = bench\n"
            f'ServerUID = {os.getuid()}\nServerGID = {os.getgid()}\nMotdPhrase = ""\n'
            "[Limits]\nMaxConnections = 0\nMaxConnectionsIP = 0\nMaxJoins = 0\nMaxPenaltyTime = 0\n"
            "[Options]\nIdent = no\nDNS = no\nPAM = no\n",
            encoding="utf-8",
        )
        return ["-n", "-f", str(settings)]
