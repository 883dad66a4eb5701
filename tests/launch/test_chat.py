"""One evening of `python3 run.py`, with a small broker and a small window as real processes."""

import contextlib
import os
import re
import socket
import stat
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import zmq
from loggia.shared.protocol import limits

from loggia.launch import broker, chat, console
from loggia.launch.console import Trouble
from loggia.launch.place import Programs
from tests.launch.house import small_house
from tests.patience import PATIENCE_S
from tests.planted import PLANTS, as_root, planting
from tests.ports import Ports

PYTHON = Path(sys.executable)


@contextlib.contextmanager
def answering_broker(
    reply: bytes = b'[{"op": "error", "id": "run.py", "code": "no_session"}]',
) -> Iterator[str]:
    """A ROUTER that answers one request; gives its endpoint."""
    with zmq.Context() as context, context.socket(zmq.ROUTER) as router, context.socket(zmq.PAIR) as stop:
        stop.bind("inproc://stop")
        port = router.bind_to_random_port("tcp://127.0.0.1")

        def answer() -> None:
            while not stop.poll(0):
                if router.poll(10):
                    router.send_multipart([router.recv_multipart()[0], reply])

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            yield f"tcp://127.0.0.1:{port}"
        finally:
            with context.socket(zmq.PAIR) as stopper:
                stopper.connect("inproc://stop")
                stopper.send(b"")
                thread.join()


@contextlib.contextmanager
def another_program() -> Iterator[str]:
    """Something that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"tcp://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """A broker of these tests may take long to answer; who never does is told apart sooner, where one is."""
    monkeypatch.setattr(broker, "ASK_MS", round(PATIENCE_S * 1000))


@pytest.fixture
def evening(tmp_path, capfd):
    """Run one evening: gives the window's code and all that the terminal shows."""
    environment = small_house(tmp_path)

    def evening(*arguments: str, **variables: str) -> tuple[int, str]:
        code = chat.with_window(Programs(PYTHON, {**environment, **variables}), [*arguments])
        return code, "".join(capfd.readouterr())

    return evening


def test_the_default_address_is_the_protocols():
    assert limits.DEFAULT_REQUESTS == broker.DEFAULT_REQUESTS


def test_a_free_address_is_nobodys():
    with Ports() as ports:
        assert broker.answering(f"tcp://127.0.0.1:{ports.numbers[0]}", PYTHON) == "nobody"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere two cannot have an address for a moment")
@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_who_looks_whether_an_address_is_free_takes_it_from_nobody(monkeypatch, host):
    """Another run.py looks, and a broker starts, while one looks."""
    seen: list[bool | None] = []

    class Looking(socket.socket):
        def close(self) -> None:
            monkeypatch.undo()
            seen.append(broker.is_taken(endpoint))
            with zmq.Context() as context, context.socket(zmq.ROUTER) as router:
                router.ipv6 = "[" in host
                router.bind(endpoint)
                seen.append(broker.is_taken(endpoint))
            super().close()

    with Ports(host=host.strip("[]")) as ports:
        endpoint = f"tcp://{host}:{ports.numbers[0]}"
        monkeypatch.setattr(socket, "socket", Looking)
        assert broker.is_taken(endpoint) is False
    assert seen == [False, True]


def test_who_was_there_only_for_a_moment_is_no_other_program(monkeypatch):
    monkeypatch.setattr(broker, "ASK_MS", 1)
    looks = iter([True, False])
    monkeypatch.setattr(broker, "is_taken", lambda _: next(looks))
    with Ports() as ports:
        assert broker.answering(f"tcp://127.0.0.1:{ports.numbers[0]}", PYTHON) == "nobody"


def test_a_broker_is_known_by_its_answer():
    with answering_broker() as endpoint:
        assert broker.answering(endpoint, PYTHON) == "loggia"
        assert broker.answering(endpoint.replace("127.0.0.1", "*"), PYTHON) == "loggia"


@pytest.mark.parametrize("reply", [b"", b"hello", b"[]", b'["run.py"]', b'[{"id": "other"}]'])
def test_another_zeromq_program_is_no_broker(reply):
    with answering_broker(reply) as endpoint:
        assert broker.answering(endpoint, PYTHON) == "another program"


def test_another_program_is_named_as_the_trouble(monkeypatch):
    monkeypatch.setattr(broker, "ASK_MS", 100)
    with (
        another_program() as endpoint,
        pytest.raises(Trouble, match="taken by a program that is no Loggia broker"),
    ):
        chat.is_serving(endpoint, PYTHON)


@pytest.mark.parametrize("endpoint", ["nonsense", "tcp://127.0.0.1:many", "tcp://127.0.0.1:70000"])
def test_nonsense_is_no_address(endpoint):
    with pytest.raises(Trouble, match="is no address; write it as tcp://HOST:PORT"):
        broker.answering(endpoint, PYTHON)


def test_an_evening_alone(evening):
    code, shown = evening("--nick", "ada")
    assert code == 0
    lines = shown.splitlines()
    endpoint = re.search(r"Started a broker on (tcp://127.0.0.1:\d+); its log is ", shown)[1]
    assert f"window --connect {endpoint} --nick ada" in lines
    assert "Nobody else is connected; stopping." in lines


@pytest.mark.parametrize(
    ("arguments", "told"),
    [([], True), (["--nick", "ada"], True), (["--connect", "tower"], False), (["--conn=tower"], False)],
)
def test_the_window_hears_that_a_broker_was_only_found(arguments, told):
    programs = Programs(PYTHON, {"HOME": "/home/ada"})
    found = {"LOGGIA_FOUND": "tcp://127.0.0.1:5001"} if told else {}
    assert chat._surroundings(programs, "tcp://127.0.0.1:5001", arguments) == {"HOME": "/home/ada", **found}


def test_the_windows_exit_code_passes_through(evening):
    assert evening(FAKE_CODE="3")[0] == 3


def test_a_broker_that_others_use_stays_and_says_so(evening):
    code, shown = evening(FAKE_OTHERS="2")
    pid = int(
        re.search(r"Still serving 2 others; stop it with Ctrl\+C or: kill (\d+)\nIts log is ", shown)[1]
    )
    assert os.waitpid(pid, os.WNOHANG) == (0, 0), "it runs on"
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    assert code == 0


def test_a_broker_that_answers_is_used_and_left_alone(evening, tmp_path):
    with answering_broker() as endpoint:
        _, shown = evening(LOGGIA_REQUESTS=endpoint)
        assert set(shown.splitlines()) == {
            f"A broker is already answering on {endpoint}.",
            f"window --connect {endpoint}",
        }
    assert not (tmp_path / "data").exists()


def test_a_broker_that_cannot_start_says_why(evening):
    with pytest.raises(Trouble, match=r"^Failed to start up the server: the disk is full$"):
        evening(FAKE_REFUSES="the disk is full")


def test_a_second_start_at_the_same_moment_uses_the_firsts_broker(evening, monkeypatch):
    with answering_broker() as endpoint:
        answers = iter(["nobody", "nobody", "loggia"])
        monkeypatch.setattr(broker, "answering", lambda *_: next(answers))
        _, shown = evening(LOGGIA_REQUESTS=endpoint, FAKE_REFUSES="the address is taken")
    assert f"window --connect {endpoint}" in shown.splitlines()
    assert "ended" not in shown


def test_a_broker_that_was_slow_to_answer_is_asked_again(evening, monkeypatch):
    with answering_broker() as endpoint:
        answers = iter(["another program", "loggia"])
        monkeypatch.setattr(broker, "answering", lambda *_: next(answers))
        _, shown = evening(LOGGIA_REQUESTS=endpoint)
    assert f"window --connect {endpoint}" in shown.splitlines()


@pytest.fixture
def interrupted_at(monkeypatch):
    """Ctrl+C, or a signal that does the same, in the moment in which run.py has said this."""

    def interrupted_at(start: str) -> None:
        def interrupted(text: str) -> None:
            console.say(text)
            if text.startswith(start):
                raise KeyboardInterrupt

        monkeypatch.setattr(chat, "say", interrupted)

    return interrupted_at


def test_an_interrupt_in_the_moment_a_broker_serves_loses_it_not(evening, interrupted_at, capfd):
    interrupted_at("Started a broker on ")
    with pytest.raises(KeyboardInterrupt):
        evening()
    assert capfd.readouterr().err.endswith("\nNobody else is connected; stopping.\n")


def test_an_interrupt_in_the_moment_another_broker_serves_loses_it_not(
    evening, interrupted_at, monkeypatch, capfd
):
    """One that was started in place of one that went."""
    monkeypatch.setattr(chat, "WINDOW_END_S", 0.1)
    answers = iter(["loggia", "nobody", "nobody"])
    monkeypatch.setattr(broker, "answering", lambda *_: next(answers))
    interrupted_at("Started a broker on ")
    with Ports() as ports, pytest.raises(KeyboardInterrupt):
        evening(LOGGIA_REQUESTS=f"tcp://127.0.0.1:{ports.numbers[0]}", FAKE_STAYS="1")
    assert capfd.readouterr().err.endswith("\nNobody else is connected; stopping.\n")


def test_a_bad_setting_is_what_the_broker_says_about_it(evening):
    with pytest.raises(Trouble, match=r"^Failed to start up the server: rate = 'fast'$"):
        evening(FAKE_SETTING="rate = 'fast'")


def test_the_window_reaches_a_broker_that_listens_everywhere(evening):
    with answering_broker() as endpoint:
        _, shown = evening(LOGGIA_REQUESTS=endpoint.replace("127.0.0.1", "*"))
        assert f"window --connect {endpoint}" in shown.splitlines()


def test_the_log_is_beside_the_data_for_its_owner_alone(evening, tmp_path):
    _, shown = evening()
    log = tmp_path / "data" / "broker.log"
    assert f"its log is {log}." in shown
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.parent.stat().st_mode) == 0o700


def test_the_log_is_added_to(evening, tmp_path):
    endpoints = []
    for _ in range(2):
        _, shown = evening()
        endpoints.append(re.search(r"Started a broker on (\S+);", shown)[1])
    log = (tmp_path / "data" / "broker.log").read_text()
    assert [f"Requests on {endpoint}" for endpoint in endpoints] == re.findall("Requests on .*", log)
    assert log.count("Nobody else is connected; stopping.") == 2


@as_root
@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
def test_what_was_planted_in_the_place_of_the_log_is_not_followed(tmp_path, plant):
    with planting(tmp_path / "place") as planted:
        planted.give()
        plant(planted, "broker.log")
        with (
            pytest.raises(Trouble, match=r"broker\.log cannot be written: it (is|has) .*LOGGIA_DATA"),
            broker.log_in(planted.folder),
        ):
            raise AssertionError("went ahead")
        planted.check()


def test_a_log_that_cannot_be_written_is_named(evening, tmp_path):
    (tmp_path / "data").write_text("a file is in the way")
    with pytest.raises(Trouble, match=r"broker's log .*broker\.log cannot be written: File exists\."):
        evening()


def test_a_pipe_address_is_nobodys_until_it_is_there(tmp_path):
    endpoint = f"ipc://{tmp_path}/requests"
    assert broker.answering(endpoint, PYTHON) == "nobody"
    with zmq.Context() as context, context.socket(zmq.ROUTER) as router:
        router.bind(endpoint)
        assert broker.is_taken(endpoint) is None, "it must be asked"
