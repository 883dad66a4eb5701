"""The set-up of `.venv`: when it happens, what it repairs, how it fails. Its steps are fakes."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from launch import environment, system
from launch.alone import alone
from launch.console import Trouble
from tests.patience import PATIENCE_S

# run.py up to the program, in a Python without packages that ends at the first process it starts
SECOND_START = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from launch import commands, environment

def refuse(event, arguments):
    if event in ("subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.system", "os.exec"):
        sys.exit(f"{event} {arguments}")

sys.addaudithook(refuse)
print(environment.ensure(Path(sys.argv[2])))
assert not [name for name, module in sys.modules.items() if "site-packages" in str(module)]
"""


@pytest.fixture
def house(tmp_path: Path) -> Path:
    (tmp_path / "requirements.txt").write_text("pyzmq==27.3.0\n")
    (tmp_path / "run.py").write_text("")
    return tmp_path


@pytest.fixture
def steps(house: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The steps that were taken; making leaves a Python as the real one does."""
    taken: list[str] = []

    def make(venv: Path) -> None:
        taken.append("make")
        environment.interpreter(house).parent.mkdir(parents=True, exist_ok=True)
        environment.interpreter(house).touch()

    monkeypatch.setattr(environment, "_make", make)
    monkeypatch.setattr(environment, "_install", lambda house: taken.append("install"))
    return taken


def test_the_first_start_sets_up(house, steps, capsys):
    assert environment.ensure(house) == environment.interpreter(house)
    assert steps == ["make", "install"]
    assert capsys.readouterr().err.splitlines() == [
        "Making the virtual environment .venv (needed once) ...",
        "Installing the packages of requirements.txt ...",
        "Set up.",
    ]


def test_the_second_start_does_and_says_nothing(house, steps, capsys):
    environment.ensure(house)
    steps.clear()
    capsys.readouterr()
    environment.ensure(house)
    assert steps == []
    assert capsys.readouterr().err == ""


def test_the_second_start_spawns_nothing_and_needs_no_package(house, steps):
    environment.ensure(house)
    packaging = Path(environment.__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", SECOND_START, str(packaging), str(house)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert (done.stdout, done.stderr) == (f"{environment.interpreter(house)}\n", "")


def test_new_requirements_are_installed_into_what_is_there(house, steps):
    environment.ensure(house)
    steps.clear()
    (house / "requirements.txt").write_text("pyzmq==27.4.0\n")
    environment.ensure(house)
    assert steps == ["install"]


def test_another_python_makes_it_anew(house, steps, monkeypatch):
    environment.ensure(house)
    steps.clear()
    monkeypatch.setattr("sys.base_prefix", "/opt/another/python")
    environment.ensure(house)
    assert steps == ["make", "install"]


def test_a_python_that_is_gone_makes_it_anew(house, steps):
    environment.ensure(house)
    steps.clear()
    environment.interpreter(house).unlink()
    environment.ensure(house)
    assert steps == ["make", "install"]


@pytest.mark.parametrize("interrupted", ["_make", "_install"])
@pytest.mark.parametrize("again", [False, True])
def test_an_interrupted_set_up_is_made_anew(house, steps, monkeypatch, interrupted, again):
    if again:
        environment.ensure(house)
        (house / "requirements.txt").write_text("pyzmq==27.4.0\n")
        environment.interpreter(house).unlink()
    with monkeypatch.context() as patch:
        patch.setattr(environment, interrupted, lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            environment.ensure(house)
    steps.clear()
    environment.ensure(house)
    assert steps == ["make", "install"]


def test_a_folder_that_cannot_be_written_is_named(house, steps):
    (house / ".venv").write_text("a file is in the way")
    with pytest.raises(Trouble, match=r"Cannot write to .*\.venv: .*Copy Loggia into a folder of your own"):
        environment.ensure(house)
    assert steps == []


def test_a_python_without_ensurepip_gets_debians_package(house, monkeypatch):
    wanted = []
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr(system, "provide", lambda packages, what: wanted.append(packages))
    monkeypatch.setattr("sys._base_executable", "/bin/false", raising=False)
    with pytest.raises(Trouble, match="could not be made"):
        environment._make(house / ".venv")
    assert wanted == [["python3-venv"]]


def test_a_second_run_waits_for_the_first(house, steps, capsys):
    started, waited = threading.Event(), []

    def second() -> None:
        started.set()
        waited.append(environment.ensure(house))

    with alone(house / "run.py", "waiting"):
        thread = threading.Thread(target=second)
        thread.start()
        started.wait()
        environment._set_up(house)
        assert waited == []
    thread.join()
    assert waited == [environment.interpreter(house)]
    assert steps == ["make", "install"]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("Collecting pyzmq==27.3.0 (from -r requirements.txt (line 2))\n", "  pyzmq==27.3.0"),
        ("Processing /wheels/msgspec-0.22.0-cp311.whl (from -r r)\n", "  msgspec-0.22.0-cp311.whl"),
        ("Installing collected packages: a, b\n", "  unpacking all of them ..."),
        ("Downloading a.whl (3 MB)\n", ""),
        ("\n", ""),
    ],
)
def test_progress_is_a_line_for_each_package(line, shown):
    assert environment.progress(line) == shown
