"""What end-to-end tests share: a broker on free ports, its data in the test's own folder."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.broker.callers import calling
from tests.endtoend.people import Raw
from tests.endtoend.processes import Broker
from tests.endtoend.wheels import with_wheel
from tests.endtoend.wire import Wire


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path / "broker") as broker:
        yield broker


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """One broker for the tests of a module that do not stop it; whatever they did, it must still be well."""
    with Broker(tmp_path_factory.mktemp("house"), "--rate", "0", "--name", "The house") as broker:
        yield broker
        assert broker.process.is_running, broker.process.lines
        assert broker.stop() == 0
        assert "Traceback" not in "\n".join(broker.process.lines)


@pytest.fixture
def wire(house: Broker) -> Iterator[Wire]:
    """Connections to the house."""
    with Wire(house) as wire:
        yield wire


@pytest.fixture
def call(broker: Broker) -> Iterator[Callable[..., Any]]:
    """Callers of the broker's front door, hung up at the end of the test: `call(Caller, "ada")`."""
    with calling(broker.front_door) as call:
        yield call


@pytest.fixture
def clean(tmp_path):
    """The environment of somebody without settings; XDG folders of the test's own."""
    ours = {name: "" for name in os.environ if name.startswith("LOGGIA_")}
    assert not ours, "these tests need an environment without LOGGIA_ settings"
    return {"XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_DATA_HOME": str(tmp_path / "share")}


@pytest.fixture
def ada(broker: Broker):
    with Raw(broker.requests, "ada", bot=False) as ada:
        yield ada


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an environment that has Loggia as a wheel, without the window."""
    return with_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture
def surroundings(tmp_path: Path) -> dict[str, str]:
    """Of somebody who has nothing but this environment, and no screen."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LOGGIA_"))
    }
    homes = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    nowhere = {"DISPLAY": "", "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": ""}
    return {**inherited, **homes, **nowhere}
