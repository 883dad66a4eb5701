"""What the tests of the broker share."""

import pytest

from tests.broker.house import House


@pytest.fixture
def open_house(tmp_path):
    """Opens a broker in the test's folder; all are closed at its end."""
    houses = []

    def open_one(folder="data", **settings):
        houses.append(House(tmp_path / folder, **settings))
        return houses[-1]

    yield open_one
    for house in houses:
        house.close()


@pytest.fixture
def house(open_house):
    return open_house()


@pytest.fixture
def no_file_of_its_own(monkeypatch, tmp_path):
    """Whatever this computer has set up for its user."""
    monkeypatch.setattr("loggia.broker.config.default_file", lambda: tmp_path / "broker.toml")
