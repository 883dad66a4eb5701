"""The real pip against package indexes of our own, each of which fails in its way: what a person is told."""

import contextlib
import http.server
import io
import os
import re
import socket
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from loggia.launch import pip

PYTHON = Path(sys.executable)
WHEEL, ELSEWHERE, SOURCE = "pkg-1.0-py3-none-any.whl", "pkg-1.0-cp311-cp311-win_arm64.whl", "pkg-1.0.tar.gz"


class Index:
    """A package index. `pages`: what it has, by path; each a status, a body, and the length it claims."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.url = "http://{}:{}/simple".format(*address)
        self.pages: dict[str, tuple[int, bytes, int | None]] = {}

    def has(self, file: str, body: bytes = b"", *, length: int | None = None, hashed: str = "") -> None:
        self.pages["/simple/pkg/"] = (200, f'<a href="/files/{file}{hashed}">{file}</a>'.encode(), None)
        self.pages[f"/files/{file}"] = (200, body, length)


@pytest.fixture
def pip_settings(monkeypatch, tmp_path) -> Callable[..., None]:
    """Set pip's variables to these alone."""
    for name in [*os.environ]:
        if name.startswith("PIP_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)

    def settings(**values: str) -> None:
        values = {"CONFIG_FILE": os.devnull, "NO_CACHE_DIR": "1", "RETRIES": "1", **values}
        for name, value in values.items():
            monkeypatch.setenv(f"PIP_{name}", value)

    return settings


@pytest.fixture
def index(pip_settings) -> Iterator[Index]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body, length = index.pages.get(self.path, (404, b"", None))
            self.send_response(status)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body) if length is None else length))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        index = Index(server.server_address)
        pip_settings(INDEX_URL=index.url)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield index
        server.shutdown()
        thread.join()


def fails(**options: Any) -> pip.PipFailed:
    """What the installation of `pkg` fails with."""
    with pytest.raises(pip.PipFailed) as failed:
        pip.install(PYTHON, ["pkg==1.0"], **options)
    assert not failed.value.touched
    assert "Traceback" not in str(failed.value)
    return failed.value


def source(setup: bytes) -> bytes:
    """A package to be built."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as tar:
        info = tarfile.TarInfo("pkg-1.0/setup.py")
        info.size = len(setup)
        tar.addfile(info, io.BytesIO(setup))
    return made.getvalue()


@contextlib.contextmanager
def silent() -> Iterator[int]:
    """Accepts connections and never says a word; gives the port."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as listener:
        yield listener.getsockname()[1]


def free_port() -> int:
    with silent() as port:
        return port


# -- No way to it -------------------------------------------------------------------------------


def test_no_network(pip_settings, capfd):
    pip_settings(INDEX_URL=f"http://127.0.0.1:{free_port()}/simple")
    told = str(fails())
    assert re.fullmatch(
        r"There is no way to the package index http://\S+ \(no network\?\)\. Start again .*", told
    )
    assert capfd.readouterr().err == "  no answer of the package index; trying again ...\n"


def test_an_index_that_does_not_answer(pip_settings, capfd, monkeypatch):
    monkeypatch.setattr(pip, "POLL_S", 0.05)
    monkeypatch.setattr(pip, "PATIENT_S", 0.2)
    monkeypatch.setattr(pip, "GIVE_UP_S", 6.0)  # by then pip has said where it looks
    with silent() as port:
        pip_settings(INDEX_URL=f"http://127.0.0.1:{port}/simple", DEFAULT_TIMEOUT="180")
        told = str(fails())
    index = f"http://127.0.0.1:{port}/simple"
    assert re.fullmatch(
        rf"The package index {index} does not answer \(waited \d s\)\. Start again later\.", told
    )
    said = capfd.readouterr().err.splitlines()
    assert set(said) == {"  the package index does not answer; waiting (at most 6 s) ..."}


def test_an_index_that_does_not_answer_within_the_time_of_pip(pip_settings):
    with silent() as port:
        pip_settings(INDEX_URL=f"http://127.0.0.1:{port}/simple", DEFAULT_TIMEOUT="1")
        assert "does not answer" in str(fails())


def test_a_proxy_that_is_not_there(index, monkeypatch):
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    assert str(fails()).startswith(f"The proxy does not let us to the package index {index.url}.")


def test_an_index_that_speaks_no_tls(index, pip_settings):
    # by name: pip of some Pythons cannot speak TLS to an address without one
    pip_settings(INDEX_URL=index.url.replace("http://127.0.0.1", "https://localhost"))
    assert str(fails()).startswith("There is no safe connection to the package index https://")


# -- It answers ---------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 401, 403, 404, 500])
def test_an_index_that_knows_nothing(index, status):
    """pip says the same whether it may not look, or a hotel asks to log in first."""
    index.pages["/simple/pkg/"] = (status, b"<html>Please log in</html>", None)
    failed = fails()
    assert isinstance(failed, pip.NoWheel)
    told = r"There is no pkg 1\.0 for this machine \(Python 3\.\d+, .+\) where pip looks: "
    assert re.fullmatch(
        rf"{told}{index.url}\. No other version either: is that a package index\?", str(failed)
    )


def test_no_index_at_all(pip_settings, tmp_path):
    pip_settings(NO_INDEX="1", FIND_LINKS=str(tmp_path))
    assert f"where pip looks: {tmp_path}." in str(fails())


def test_another_version(index):
    index.has("pkg-2.0-py3-none-any.whl")
    failed = fails()
    assert isinstance(failed, pip.NoWheel)
    assert failed.package == "pkg"
    assert "either" not in str(failed)


def test_a_wheel_for_another_machine(index):
    index.has(ELSEWHERE)
    assert isinstance(fails(), pip.NoWheel)


def test_what_is_to_be_ready_made_is_not_built(index):
    index.has(SOURCE, source(b"raise SystemExit('built')"))
    assert isinstance(fails(wheels_of=["pkg"]), pip.NoWheel)


@pytest.mark.parametrize("isolated", [False, True])
def test_what_cannot_be_built(index, monkeypatch, isolated):
    index.has(SOURCE, source(b"raise SystemExit('no compiler here')"))
    if not isolated:  # else it is setuptools that is not to be had
        pytest.importorskip("setuptools", reason="newer Pythons make environments without it")
        monkeypatch.setenv("PIP_NO_BUILD_ISOLATION", "0")
    told = str(fails()).splitlines()
    assert re.fullmatch(
        r"pkg==1\.0 is not ready-made for this machine \(.*\), and cannot be built here\.", told[-1]
    )
    assert isolated or "      no compiler here" in told, "why, stands above"


@pytest.mark.parametrize(("length", "hashed"), [(4000, ""), (None, ""), (None, "#sha256=" + "0" * 64)])
def test_a_download_that_broke_off(index, length, hashed):
    index.has(WHEEL, b"PK" * 100, length=length, hashed=hashed)
    assert str(fails()) == f"A download from {index.url} broke off, or was changed on its way. Start again."


def test_a_file_that_is_not_there(index):
    index.has(WHEEL)
    del index.pages[f"/files/{WHEEL}"]
    assert str(fails()).endswith("names files that it does not give. Start again later.")


def test_settings_of_pip_that_ask_for_another_version(index, monkeypatch, tmp_path):
    index.has(WHEEL)
    (tmp_path / "constraints.txt").write_text("pkg==2.0\n")
    monkeypatch.setenv("PIP_CONSTRAINT", str(tmp_path / "constraints.txt"))
    assert "look at PIP_CONSTRAINT and `pip config list`" in str(fails())


# -- Around pip ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n",
            "no room left",
        ),
        ("NewConnectionError('<x>: [Errno -3] Temporary failure in name resolution')\n", "no network?"),
        ("OSError: [Errno 36] File name too long: '/x'\n", "are too long below"),
        ("OSError: [Errno 122] Disk quota exceeded: '/home/x'\n", "no room left"),
        (
            "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate', '))\n",
            "PIP_CERT",
        ),
    ],
)
def test_what_cannot_be_brought_about_here(text, told, tmp_path):
    failed = pip._failure([text], tmp_path, 3.0)
    assert told in str(failed)
    assert len(str(failed).splitlines()) == 1


def test_what_nobody_foresaw_is_shown(tmp_path):
    lines = [f"line {number}\n" for number in range(99)] + ["ERROR: the moon is full\n"]
    told = str(pip._failure(lines, tmp_path, 3.0)).splitlines()
    assert told[-2:] == [
        "ERROR: the moon is full",
        "The packages could not be installed; start again to go on.",
    ]
    assert len(told) == pip.TAIL_LINES + 1
    assert not pip._failure(lines, tmp_path, 3.0).touched
    assert pip._failure(["Installing collected packages: a\n", *lines], tmp_path, 3.0).touched


def test_settings_that_lead_elsewhere_are_left_out(monkeypatch):
    for name in ("PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PYTHONHOME", "PYTHONWARNINGS", "PYTHONPATH"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("PIP_INDEX_URL", "http://mine")
    left = pip.surroundings()
    assert left["PIP_INDEX_URL"] == "http://mine"
    assert not [name for name in left if name.startswith("PYTHON") or name in ("PIP_TARGET", "PIP_PREFIX")]
    assert left["PIP_USER"] == "0"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("Collecting pyzmq==27.3.0 (from -r requirements.txt (line 2))\n", "  pyzmq==27.3.0"),
        ("Processing /wheels/msgspec-0.22.0-cp311.whl (from -r r)\n", "  msgspec-0.22.0-cp311.whl"),
        ("Installing collected packages: a, b\n", "  unpacking all of them ..."),
        (
            "WARNING: Retrying (Retry(total=0)) after x\n",
            "  no answer of the package index; trying again ...",
        ),
        ("Downloading a.whl (3 MB)\n", ""),
        ("\n", ""),
    ],
)
def test_progress_is_a_line_for_each_package(line, shown):
    assert pip.progress(line) == shown
