"""An old backup is put back by hand, and the broker is killed at each step of its first start over it."""

import contextlib
import os
import shutil

import pytest

from tests.endtoend.people import Raw
from tests.endtoend.processes import Broker, module

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL")

MOST_STEPS = 60  # of a start, and then some


@pytest.fixture
def put_back(tmp_path):
    """A folder in which an old file was put back behind a killed broker, and what was given until then."""
    with Broker(tmp_path / "broker") as broker:
        with Raw(broker.requests, "ada") as ada:
            ada.say("in the backup")
        broker.stop()
        shutil.copy(broker.data / "loggia.db", tmp_path / "old.db")
        broker.start()
        with Raw(broker.requests, "bob") as bob:
            bob.say("behind the backup")
            given = {(bob.me["epoch"], event["seq"]): event["id"] for event in bob.log()}
        broker.kill()
        for name in ("loggia.db-wal", "loggia.db-shm", "lock-journal"):
            (broker.data / name).unlink(missing_ok=True)
        shutil.copy(tmp_path / "old.db", broker.data / "loggia.db")
        yield broker, given


def dies(data, step) -> bool:
    """Start a broker that is killed at this step; False if it serves before that."""
    flags = [
        "--requests",
        "tcp://127.0.0.1:0",
        "--broadcasts",
        "tcp://127.0.0.1:0",
        "--front-door",
        "127.0.0.1:0",
    ]
    with module("tests.endtoend.dying", str(step), "broker", "--data", str(data), *flags) as process:
        with contextlib.suppress(AssertionError):
            process.wait_for(r"Waiting for connections\.\.\.")
            return False
        return True


@pytest.mark.timeout(300)
def test_killed_at_any_step_of_a_start_over_an_old_file_it_gives_no_number_twice(put_back, tmp_path):
    broker, given = put_back
    folder = tmp_path / "as it was put back"
    broker.data.rename(folder)
    for step in range(1, MOST_STEPS):
        shutil.copytree(folder, broker.data)
        if not dies(broker.data, step):
            break
        broker.start()
        with Raw(broker.requests, "kim") as kim:
            kim.say("after the death")
            now = {(kim.me["epoch"], event["seq"]): event["id"] for event in kim.log()}
        broker.stop()
        assert all(given.get(place, event_id) == event_id for place, event_id in now.items()), step
        shutil.rmtree(broker.data)
    else:
        pytest.fail("it never served")
    assert step > 10
