"""A broker, its commands and a client whose files are behind links; and names that are odd."""

import os
import sys

import pytest
from loggia.shared.client.api.client import Client
from loggia.shared.protocol.errors import StorageBroken

from tests.endtoend.processes import Broker, module

pytestmark = pytest.mark.skipif(os.name != "posix", reason="links")


def done(*arguments, code=0, environment=None):
    """A command that ends with this code; gives its lines."""
    with module("broker", *map(str, arguments), environment=environment) as command:
        assert command.wait() == code, command.lines
        return command.lines


def fails(*arguments):
    [line] = done(*arguments, code=1)
    assert line.startswith("ERROR: "), line
    return line


def everything_works(data, aside):
    """Serve, and all that an operator does, with `data` as the data folder and files in `aside`."""
    with Broker(data) as broker, Client("ada", connect=broker.requests, data=aside / "ada.db") as ada:
        seq = ada.send("said")
        for command in (
            ["verify"],
            ["backup", aside / "backup.db"],
            ["export", "--output", aside / "x.jsonl"],
        ):
            done(*command, "--data", data)
        done("compact", "--data", data)
        done("restore", aside / "backup.db", "--data", data)
        assert ada.send("after the restore") > seq
        assert broker.stop() == 0
    assert done("verify", "--data", data)[-1].startswith("SOUND")
    for command, file in (("restore", "backup.db"), ("import", "x.jsonl")):
        done(command, aside / file, "--data", data.with_name(f"{command} of it"))
    return broker


@pytest.fixture
def real(tmp_path):
    """A folder with links to it beside it, in a place that is named without links."""
    real = type(tmp_path)(os.path.realpath(tmp_path)) / "real"
    (real / "files").mkdir(parents=True)
    for link, target in {"link": "real", "chain": "link", "absolute": real}.items():
        (real.parent / link).symlink_to(target)
    return real


@pytest.mark.parametrize("link", ["link", "chain", "absolute"])
def test_all_of_it_works_behind_a_link(real, link):
    everything_works(real.parent / link, real.parent / link / "files")
    assert (real / "loggia.db").is_file()


@pytest.mark.parametrize(
    "above", ["link/new/../data", "link/data", "real/a b?%20#'&=", "real/file:x?mode=memory"]
)
def test_all_of_it_works_below_a_link_and_in_folders_with_odd_names(real, above):
    everything_works(real.parent / above, real.parent / "link" / "files")


def test_a_path_from_where_it_is_started(real, monkeypatch):
    monkeypatch.chdir(real.parent)
    everything_works(type(real)("link/data"), type(real)("link/files"))


def test_files_of_the_log_that_are_links_into_another_folder(real):
    disk = real.parent / "another disk"
    everything_works(disk, real / "files")
    for file in ("loggia.db", "loggia.heads"):
        (real / file).symlink_to(disk / file)
    with Broker(disk), module("broker", "--data", str(real), "--front-door", "off") as second:
        assert second.wait() == 1
        assert "is in use by another program" in second.lines[0]
    epoch = done("verify", "--data", disk)[-1]
    assert done("verify", "--data", real)[-1] == epoch
    done("compact", "--data", real)
    done("restore", real / "files" / "backup.db", "--data", real)
    assert (real / "loggia.db").is_symlink()
    assert [name for name in os.listdir(disk) if name.startswith("before-restore-")]


def test_files_of_one_log_in_two_places_are_refused(real):
    disk = real.parent / "another disk"
    everything_works(disk, real / "files")
    (disk / "loggia.db").rename(real / "files" / "loggia.db")
    (disk / "loggia.db").symlink_to(real / "files" / "loggia.db")
    assert "belong together in one folder" in fails("verify", "--data", disk)
    assert "belong together in one folder" in done("--data", disk, code=1)[0]


@pytest.mark.parametrize("link", ["link", "chain"])
def test_one_broker_at_a_time_by_whatever_name(real, link):
    with Broker(real), module("broker", "--data", str(real.parent / link)) as second:
        assert second.wait() == 1
        assert "is in use by another program" in second.lines[0]
    with Broker(real.parent / link), module("broker", "--data", str(real)) as second:
        assert second.wait() == 1
        assert "is in use by another program" in second.lines[0]


def test_one_client_at_a_time_by_whatever_name(real):
    with Broker(real / "data") as broker, Client("ada", connect=broker.requests, data=real / "ada.db") as ada:
        ada.send("hello")
        (real / "files" / "again.db").symlink_to(real / "ada.db")
        for name in (real.parent / "link" / "ada.db", real / "files" / "again.db"):
            with pytest.raises(StorageBroken), Client("ada", connect=broker.requests, data=name) as second:
                second.send("never")


@pytest.mark.parametrize("command", [[], ["verify"], ["restore", "file"], ["import", "file"], ["compact"]])
@pytest.mark.parametrize("link", ["dangling", "loop", "dangling/below", "loop/below"])
def test_a_link_to_nowhere_is_a_sentence_and_nothing_is_made(real, command, link, monkeypatch):
    monkeypatch.chdir(real)
    (real / "file").touch()
    (real / "dangling").symlink_to("nowhere")
    (real / "loop").symlink_to("loop")
    before = sorted(os.listdir(real))
    [line] = done(*command, "--data", real / link, code=1)
    assert line.startswith("ERROR: ")
    assert "a link to nowhere" in line or "leads back to itself" in line
    assert str(real / link) in line
    assert sorted(os.listdir(real)) == before


def test_a_file_is_not_written_through_a_link_to_nowhere(real):
    with Broker(real / "data") as broker:
        (real / "dangling").symlink_to("nowhere")
        for command in (["backup", real / "dangling"], ["export", "--output", real / "dangling"]):
            assert "is there already" in fails(*command, "--data", broker.data)
    assert os.readlink(real / "dangling") == "nowhere"


def test_a_backup_that_is_a_link(real):
    with Broker(real / "data"):
        done("backup", real / "files" / "backup.db", "--data", real / "data")
    (real / "latest.db").symlink_to("files/backup.db")
    done("restore", real / "latest.db", "--data", real / "other")
    assert done("verify", "--data", real / "other")[-1].startswith("SOUND")


@pytest.mark.skipif(sys.platform != "linux", reason="names that are not UTF-8")
def test_names_that_are_not_utf_8_are_a_sentence(real):
    odd = os.fsdecode(os.fsencode(real) + b"/\xff")
    with Broker(real / "data"):
        assert "not UTF-8" in fails("backup", odd, "--data", real / "data")
        assert "whose name is UTF-8" in fails("verify", "--data", odd)
        assert "No such file" in fails("import", odd, "--data", real / "other")
        assert "there is no backup at" in fails("restore", odd, "--data", real / "other")
        done("export", "--output", odd, "--data", real / "data")
        assert os.path.getsize(odd) > 0


def test_a_path_that_is_too_long_is_a_sentence(real):
    long = real / ("x" * 200) / ("y" * 200) / ("z" * 200)
    assert "choose a shorter one" in done("--data", long, "--front-door", "off", code=1)[0]
    assert "File name too long" in fails("verify", "--data", real / ("x" * 5000))
