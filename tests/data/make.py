"""Makes a stored folder of an older version: a log, and what a bot kept that was killed before it sent.

    python tests/data/make.py CHECKOUT NAME

CHECKOUT is one of the version whose files are wanted, with imports as they were then (`broker`, `shared`);
run it with a Python that has its packages. NAME.zip is written beside this file. tests/data/README.md has the
versions that were taken.
"""

import atexit
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import zmq

BOT = """
import sys
try:
    from loggia import Bot
except ModuleNotFoundError:
    from shared.bot import Bot

bot = Bot("robot", rooms=["lobby", "lab"])

@bot.message
def heard(event):
    return f"heard {event.text}" if event.text.endswith("?") else None

class Lines:
    def __iter__(self):
        return iter(sys.stdin.readline, "")

import threading
def listen():
    for line in Lines():
        bot.say(line.strip(), room="lab")
threading.Thread(target=listen, daemon=True).start()
bot.run(connect=sys.argv[1], data=sys.argv[2])
"""


def wait_for(true: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 30
    while not (found := true()):
        assert time.monotonic() < deadline, true
        time.sleep(0.02)
    return found


def started(command: list[str], **how: Any) -> "subprocess.Popen[str]":
    """It ends with us, whatever becomes of us."""
    process = subprocess.Popen(command, **how)
    atexit.register(process.kill)
    return process


class Broker:
    def __init__(self, checkout: Path, data: Path, requests: str = "tcp://127.0.0.1:0") -> None:
        addresses = [
            "--requests",
            requests,
            "--broadcasts",
            "tcp://127.0.0.1:0",
            "--front-door",
            "127.0.0.1:0",
        ]
        command = [sys.executable, "-m", "broker", "--data", str(data), "--name", "old", *addresses]
        self.process = started(command, cwd=checkout, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("Requests on "):
                self.requests = line.split()[-1]
            if line.startswith("Waiting"):
                break

    def stop(self, how: int = signal.SIGTERM) -> None:
        self.process.send_signal(how)
        self.process.wait()


class Peer:
    """Bare pyzmq: one account."""

    def __init__(self, broker: Broker, nick: str, **more: Any) -> None:
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.linger, self.socket.rcvtimeo = 0, 10_000
        self.socket.connect(broker.requests)
        self.joined = self.ask(op="join", id="join", nick=nick, **more)

    def ask(self, **request: Any) -> Any:
        self.socket.send_json(request)
        (answer,) = self.socket.recv_json()
        assert answer["op"] != "error", answer
        return answer

    def say(self, id_: str, text: str, room: str = "lobby", **more: Any) -> int:
        return self.ask(op="message", id=id_, room=room, text=text, **more)["seq"]

    def history(self, room: str) -> list[dict[str, Any]]:
        return self.ask(op="history", id="h", room=room, after=0, limit=1000)["events"]


def make(checkout: Path, folder: Path) -> None:
    log, copy = folder / "log", folder / "robot.db"
    broker = Broker(checkout, log)
    address = broker.requests
    ada = Peer(broker, "ada")
    ada.ask(op="join", id="lab", room="lab")
    zoe = Peer(broker, "Zo\u00eb", bot=True)
    first = ada.say("id-2", "first, and it grows \U0001f44d")
    ada.say("id-1", "a stray: it came out of order")
    zoe.say("7d9f", "an answer", reply_to=first)
    ada.say("id-3", "in the other room?", room="lab")
    ada.ask(op="join", id="name", nick="Ada L")
    command = [sys.executable, "-c", BOT, address, str(copy)]
    robot = started(command, cwd=checkout, stdin=subprocess.PIPE, text=True)
    wait_for(lambda: "robot" in [event["nick"] for event in ada.history("lab")])
    ada.say("id-4", "is anybody there?", room="lab")
    wait_for(lambda: "heard is anybody there?" in [event.get("text") for event in ada.history("lab")])
    broker.stop()
    (log / "loggia.heads").unlink()  # a log that nothing proves begins a new life
    broker = Broker(checkout, log, address)
    ada = Peer(broker, "Ada L", token=ada.joined["token"])
    ada.ask(op="join", id="lab", room="lab")
    ada.say("id-5", "after the new life?", room="lab")
    wait_for(lambda: "heard after the new life?" in [event.get("text") for event in ada.history("lab")])
    ada.ask(op="leave", id="left", room="lobby")
    rooms = {room: ada.history(room) for room in ("lobby", "lab")}
    zoe_told = {"token": zoe.joined["token"], "account": zoe.joined["account"]}
    told = {"ada": {name: ada.joined[name] for name in ("token", "account")}, "zoe": zoe_told, "rooms": rooms}
    broker.stop()
    assert robot.stdin is not None
    robot.stdin.write("unsent\n")
    robot.stdin.flush()
    wait_for(lambda: waiting(copy))
    robot.kill()
    robot.wait()
    for left in ("lock", "control"):
        (log / left).unlink(missing_ok=True)
    (folder / "told.json").write_text(json.dumps(told, indent=1), encoding="utf-8")


def waiting(copy: Path) -> list[Any]:
    """The outbox, read from a copy of the files: the bot holds them."""
    with tempfile.TemporaryDirectory() as aside:
        for end in ("", "-wal"):
            if os.path.exists(f"{copy}{end}"):
                shutil.copy(f"{copy}{end}", Path(aside) / f"copy.db{end}")
        with closing(apsw.Connection(str(Path(aside) / "copy.db"))) as db:
            return list(db.execute("SELECT id FROM outbox WHERE text = 'unsent'"))


def main() -> None:
    checkout, name = Path(sys.argv[1]).absolute(), sys.argv[2]
    target = Path(__file__).with_name(f"{name}.zip")
    with tempfile.TemporaryDirectory() as made:
        make(checkout, Path(made))
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
            for file in sorted(Path(made).rglob("*")):
                if file.is_file():
                    packed.write(file, file.relative_to(made).as_posix())
    print(target, target.stat().st_size, "bytes:", *zipfile.ZipFile(target).namelist())


if __name__ == "__main__":
    main()
