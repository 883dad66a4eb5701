"""What a real broker says of itself at /metrics: what it did is counted, and nobody stops it there."""

import contextlib
import subprocess
import sys
import time

import pytest
import zmq
from loggia.broker.admin.leash import aside
from loggia.broker.telemetry.series import OF_BROKER, OF_PROCESS

from tests.endtoend.metrics import FLAG, connected, fresh, get, health, place_of, samples, until
from tests.endtoend.people import Visitor
from tests.endtoend.processes import Broker, module
from tests.endtoend.wire import LOBBY, Wire, refused
from tests.patience import PATIENCE_S


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """A broker with a page; it must be well at the end."""
    with Broker(tmp_path_factory.mktemp("shown"), *FLAG, "--rate", "0") as broker:
        yield broker
        assert broker.stop() == 0
        assert "Traceback" not in "\n".join(broker.process.lines)


@pytest.fixture
def wire(shown):
    """Callers of the one broker, once those of the test before are gone: its gauges begin at rest."""
    until(lambda: nobody_is_there(shown), "those of the test before did not go")
    with Wire(shown) as wire:
        yield wire


def nobody_is_there(broker):
    now = samples(broker)
    return now["loggia_sessions", "online"] == now["loggia_connections", "requests"] == 0


class Growth:
    """How much has come since it was made. What was just done `comes`: the page is that of a moment ago, at
    worst; `of` is for what stands on a page with that."""

    def __init__(self, broker):
        self._broker = broker
        self._before = fresh(broker)

    def of(self, *key):
        return samples(self._broker)[key] - self._before[key]

    def comes(self, value, *key):
        until(lambda: self.of(*key) == value, f"{key} did not grow by {value}")


def test_every_series_of_the_table_is_there_before_anything_happened(tmp_path):
    with Broker(tmp_path / "data", *FLAG) as broker:
        page = get(broker, "/metrics")
        assert page.status == 200
        for row in [*OF_BROKER, *OF_PROCESS]:
            assert f"# TYPE {row.name} {row.kind}\n" in page.text
        assert samples(broker)["loggia_serving",] == 1


def test_messages_and_their_commits_and_batches_are_counted(shown, wire):
    ada = wire.joined()
    growth = Growth(shown)
    ada.post(*[ada.request("message", room=LOBBY, text="hello") for _ in range(500)])
    ada.take(500)
    growth.comes(500, "loggia_messages_total")
    assert growth.of("loggia_events_total") == 500
    assert growth.of("loggia_batch_events_sum") == 500
    batches = growth.of("loggia_batch_events_count")
    assert 1 <= batches < 500
    assert growth.of("loggia_commit_seconds_count") == batches
    assert growth.of("loggia_commit_seconds_bucket", "+Inf") == batches
    assert 0 < growth.of("loggia_commit_seconds_sum") < PATIENCE_S
    assert growth.of("loggia_turn_seconds_count") >= batches


def test_a_change_of_a_message_is_an_event_and_no_message(shown, wire):
    ada = wire.joined()
    ada.ask("create", room="hers")  # who made a room may pin in it
    said = ada.ask("message", room="hers", text="hello")
    growth = Growth(shown)
    changes = ("edit", {"text": "hello again"}), ("react", {"emoji": "👍"}), ("pin", {}), ("delete", {})
    for op, fields in changes:
        assert ada.ask(op, room="hers", seq=said["seq"], **fields)["op"] == "stored"
    growth.comes(len(changes), "loggia_events_total")
    assert growth.of("loggia_messages_total") == 0


def test_who_comes_and_goes_is_an_event_and_no_message(shown, wire):
    growth = Growth(shown)
    ada = wire.joined(room="a room of its own")
    growth.comes(1, "loggia_events_total")
    assert growth.of("loggia_messages_total") == 0
    assert growth.of("loggia_joins_total") == 1
    assert growth.of("loggia_rooms") == 1
    assert growth.of("loggia_sessions", "online") == 1
    assert growth.of("loggia_connections", "requests") == 1
    ada.ask("join", room="a room of its own")  # one is in it already
    growth.comes(2, "loggia_joins_total")
    assert growth.of("loggia_events_total") == 1
    ada.close()
    growth.comes(1, "loggia_sessions", "away")
    growth.comes(0, "loggia_connections", "requests")
    wire.resumed(ada)
    growth.comes(1, "loggia_resumed_total")
    growth.comes(0, "loggia_sessions", "away")


def test_what_is_delivered_is_counted_for_each_who_listens(shown, wire):
    ada = wire.joined(room="heard")
    with contextlib.ExitStack() as listening:
        before = fresh(shown)["loggia_connections", "broadcasts"]
        for topic in (b"room/heard/", b"room/heard/", b"", b"room/other/"):
            sub = listening.enter_context(wire.context.socket(zmq.SUB))
            sub.linger = 0
            sub.connect(shown.broadcasts)
            sub.subscribe(topic)
        until(lambda: samples(shown)["loggia_connections", "broadcasts"] == before + 4, "they never came")

        def delivered(count):
            growth = Growth(shown)
            ada.say("hello")
            growth.comes(1, "loggia_messages_total")
            return growth.of("loggia_deliveries_total", "broadcasts") == count

        until(lambda: delivered(3), "not one for each who listens")


def test_who_is_at_the_front_door_is_told_and_counted(shown):
    growth = Growth(shown)
    with Visitor(shown.front_door, "vera") as vera:
        growth.comes(1, "loggia_connections", "front_door")
        growth.comes(1, "loggia_joins_total")
        growth = Growth(shown)
        vera.say("hello")
        vera.hears("hello", by="vera")
        growth.comes(1, "loggia_messages_total")
        assert growth.of("loggia_deliveries_total", "front_door") == 1


def test_what_was_missed_is_counted_by_pages_and_by_events(shown, wire):
    ada = wire.joined(room="missed")
    for _ in range(5):
        ada.say("hello")
    growth = Growth(shown)
    ada.ask("history", room="missed", after=2)
    ada.ask("history", room="missed", before=3)  # reading back is no catching up
    growth.comes(1, "loggia_backfills_total")
    assert growth.of("loggia_fills_total") == 4


def test_what_was_stored_already_is_a_duplicate_and_no_message(shown, wire):
    ada = wire.joined()
    request = ada.request("message", room=LOBBY, text="once")
    growth = Growth(shown)
    for _ in range(3):
        ada.exchange(request)
    growth.comes(2, "loggia_duplicates_total")
    assert growth.of("loggia_messages_total") == 1


def test_refusals_are_counted_by_their_code_wherever_they_come_from(shown, wire):
    ada, stranger = wire.joined(), wire.caller()
    growth = Growth(shown)
    asked = {
        "no_session": lambda: stranger.ask("message", room=LOBBY, text="x"),  # admission
        "not_member": lambda: ada.ask("message", room=wire.joined(room="theirs").room, text="x"),  # the rooms
        "no_such_message": lambda: ada.ask("message", room=LOBBY, text="x", reply_to=10**6),
        "no_such_room": lambda: ada.ask("history", room="nowhere"),  # a query
        "unknown_op": lambda: ada.ask("dance"),  # what is decoded
        "bad_nick": lambda: stranger.ask("join", nick=""),
        "bad_token": lambda: stranger.ask("join", token="x" * 43),
    }
    for code, ask in asked.items():
        answer = ask()
        refused(answer, code, answer["id"])
        growth.comes(1, "loggia_refusals_total", code)
    ada.send(b"no JSON")
    refused(ada.next(), "bad_frame", None)
    growth.comes(1, "loggia_refusals_total", "bad_frame")


def test_too_much_too_fast_is_a_refusal(tmp_path):
    with Broker(tmp_path / "data", *FLAG, "--rate", "1") as broker, Wire(broker) as wire:
        ada = wire.joined()
        ada.post(*[ada.request("message", room=LOBBY, text="x") for _ in range(100)])
        slow = sum(answer.get("code") == "slow_down" for answer in ada.take(100))
        assert slow > 50
        now = fresh(broker)
        assert now["loggia_refusals_total", "slow_down"] == slow
        assert now["loggia_messages_total",] == 100 - slow


def test_the_process_and_the_log_are_measured(shown, wire):
    now = samples(shown)
    assert now["loggia_log_bytes", "loggia.db"] > 0
    assert now["loggia_log_bytes", "loggia.db-wal"] >= 0
    assert now["loggia_checkpoint_seconds_count",] >= 1  # the first makes a new log known
    assert now["process_cpu_seconds_total",] > 0
    assert abs(now["process_start_time_seconds",] - time.time()) < 3600
    if sys.platform == "linux":
        assert now["process_resident_memory_bytes",] > 2**20
        assert 10 < now["process_open_fds",] < now["process_max_fds",]
        growth = Growth(shown)
        callers = [wire.joined() for _ in range(5)]
        growth.comes(5, "process_open_fds")
        del callers


# -- Nobody stops the broker there -------------------------------------------------------------


def test_a_crowd_that_is_silent_or_deaf_stops_neither_the_page_nor_the_chat(shown, wire):
    ada = wire.joined()
    with contextlib.ExitStack() as crowd:
        for number in range(100):
            one = crowd.enter_context(connected(shown))
            with contextlib.suppress(OSError):  # the first ones made room already
                if number % 3 == 1:
                    one.sendall(b"GET /metrics HTTP/1.1\r\n\r\n")  # and never reads it
                elif number % 3 == 2:
                    one.sendall(b"GET /metrics HTTP/1.1\r\nX: " + b"x" * 20_000)
            if number % 10 == 0:
                ada.say("hello")
        ada.say("hello")
        assert health(shown).status == 200
        assert samples(shown)["loggia_serving",] == 1


def test_a_page_that_is_asked_for_without_end_leaves_the_broker_its_time(shown, wire):
    ada = wire.joined()
    ada.say("hello")
    before_s, ends = shown.process.cpu_s(), time.monotonic() + 1.0
    asked = 0
    while time.monotonic() < ends:
        get(shown, "/metrics")
        asked += 1
    assert shown.process.cpu_s() - before_s < 0.6, asked
    ada.say("hello")


# -- Starting ----------------------------------------------------------------------------------


def test_the_page_stays_where_it_is_while_the_broker_stands_aside(tmp_path):
    with Broker(tmp_path / "data", *FLAG) as broker, Wire(broker) as wire:
        wire.joined().say("hello")
        place = place_of(broker)
        with aside(broker.data):
            now = fresh(broker)
            assert now["loggia_serving",] == 0
            assert ("loggia_messages_total",) not in now
            told = health(broker)
            assert (told.status, "stands aside" in told.text) == (503, True)
        until(lambda: samples(broker)["loggia_serving",] == 1, "it did not come back")
        assert health(broker).status == 200
        assert fresh(broker)["loggia_messages_total",] == 0, "it began anew"
        assert place_of(broker) == place
        assert broker.stop() == 0


def failed_start(tmp_path, *flags, **environment):
    addresses = (
        "--requests",
        "tcp://127.0.0.1:0",
        "--broadcasts",
        "tcp://127.0.0.1:0",
        "--front-door",
        "off",
    )
    with module(
        "broker", "--data", str(tmp_path / "data"), *addresses, *flags, environment=environment
    ) as process:
        assert process.wait() == 1
        (line,) = [line for line in process.lines if line.startswith("ERROR: ")]
        assert "Traceback" not in "\n".join(process.lines)
        return line


def test_an_address_that_is_taken_is_one_sentence(shown, tmp_path):
    host, port = place_of(shown)
    line = failed_start(tmp_path, "--metrics", f"{host}:{port}")
    assert f"{host}:{port}: " in line
    assert "choose another one with --metrics or LOGGIA_METRICS, which may be `off`" in line


def test_a_place_that_is_none_is_one_sentence(tmp_path):
    assert "give HOST:PORT" in failed_start(tmp_path, "--metrics", "127.0.0.1")
    assert "give HOST:PORT" in failed_start(tmp_path, LOGGIA_METRICS="127.0.0.1:99999")


def test_without_the_library_it_is_said_what_to_install(tmp_path):
    (tmp_path / "prometheus_client.py").write_text(
        "raise ModuleNotFoundError('none here', name='prometheus_client')"
    )
    code = "import sys; sys.path.insert(0, sys.argv.pop(1)); from loggia.broker import cli; "
    code += "sys.exit(cli.start())"
    flags = ["--data", str(tmp_path / "data"), "--front-door", "off", *FLAG]
    for flag in ("--requests", "--broadcasts"):
        flags += [flag, "tcp://127.0.0.1:0"]
    started = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path), *flags],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert started.returncode == 1
    assert started.stdout.strip().startswith(
        "ERROR: Failed to start up the server: the setting metrics needs"
    )
    assert started.stdout.strip().endswith(f"{sys.executable} -m pip install prometheus-client")
    assert not (tmp_path / "data").exists(), "nothing was begun"


def test_who_wants_no_page_does_not_load_the_library():
    """60 ms, and the servers of the standard library."""
    code = "import sys, loggia.broker.cli; sys.exit('prometheus_client' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=PATIENCE_S).returncode == 0
