"""What the operating system lacks, and who installs it: decided with fakes, nothing is installed."""

import subprocess
from typing import ClassVar

import pytest

from loggia.launch import system
from loggia.launch.console import Trouble

ALL_OF_THE_WINDOW = (
    "libgl1 libegl1 libxkbcommon0 libfontconfig1 libglib2.0-0 libdbus-1-3 "
    "libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0"
)


def cannot_load(library: str) -> None:
    raise OSError(f"{library}: cannot open shared object file")


def test_a_bare_debian_lacks_everything():
    assert " ".join(system.missing_for_window(cannot_load)) == ALL_OF_THE_WINDOW
    lacks = system.missing_for_tests(debian=True, which=lambda tool: None, exists=lambda file: False)
    assert lacks == ["xvfb", "xauth", "xdotool", "openbox", "fonts-noto-cjk", "fonts-noto-color-emoji"]


def test_only_what_is_missing_is_asked_for():
    def loads(library: str) -> object:
        return cannot_load(library) if library == "libxcb-cursor.so.0" else library

    assert system.missing_for_window(loads) == ["libxcb-cursor0"]
    lacks = system.missing_for_tests(
        debian=False, which=lambda tool: f"/usr/bin/{tool}", exists=lambda f: False
    )
    assert lacks == []


@pytest.fixture
def apt(monkeypatch):
    """The apt-get lines that ran; `apt.code` is what they end with, `said` what they print."""

    class Apt(list):
        code = 0
        codes: ClassVar[list[int]] = []
        said = ""

        def run(self, command, **_):
            self.append(" ".join(command))
            code = self.codes.pop(0) if self.codes else self.code
            return subprocess.CompletedProcess(command, code, stdout=self.said)

    apt = Apt()
    monkeypatch.setattr(subprocess, "run", apt.run)
    monkeypatch.setattr(system, "is_debian", lambda: True)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    return apt


def test_root_on_debian_gets_them_installed(apt, capsys):
    system.provide(["libgl1", "xvfb"], "The tests need")
    waits = "apt-get -o DPkg::Lock::Timeout=120"
    assert apt == [f"{waits} update", f"{waits} install -y --no-install-recommends libgl1 xvfb"]
    assert capsys.readouterr().err == "Installing packages of the system: libgl1 xvfb ...\n"


def test_nothing_missing_does_nothing(apt):
    system.provide([], "The window needs")
    assert apt == []


def test_a_user_is_told_the_exact_line(apt, monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(Trouble) as told:
        system.provide(["libgl1", "xvfb"], "The tests need")
    assert "The tests need packages that are missing." in str(told.value)
    assert str(told.value).endswith("  sudo apt-get update && sudo apt-get install -y libgl1 xvfb")
    assert apt == []


def test_another_linux_is_told_what_is_missing(apt, monkeypatch):
    monkeypatch.setattr(system, "is_debian", lambda: False)
    with pytest.raises(Trouble, match="Debian calls them: libgl1"):
        system.provide(["libgl1"], "The window needs")
    assert apt == []


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("E: something new\n", "apt-get could not install them; see above."),
        ("Err:1 http://deb.debian.org x\n  Temporary failure resolving 'deb.debian.org'\n", "no network?"),
        ("E: You don't have enough free space in /var/cache/apt/archives/.\n", "no room left on the disk"),
        ("E: Could not get lock /var/lib/dpkg/lock-frontend.\n", "Another program is installing packages"),
    ],
)
def test_a_failing_apt_shows_all_it_said_and_why(apt, capsys, said, why):
    apt.code, apt.said = 100, said
    with pytest.raises(Trouble) as trouble:
        system.provide(["libgl1"], "The window needs")
    assert str(trouble.value).startswith(said)
    assert why in str(trouble.value).splitlines()[-1]


def test_what_apt_says_is_out_of_sight_when_it_works(apt, capfd):
    apt.said = "Reading package lists...\n"
    system.provide(["libgl1"], "The window needs")
    assert capfd.readouterr() == ("", "Installing packages of the system: libgl1 ...\n")


def test_a_broken_source_of_packages_is_no_reason_to_give_up(apt):
    apt.codes = [100, 0]
    system.provide(["libgl1"], "The window needs")
    assert [line.split()[3] for line in apt] == ["update", "install"]


def test_tests_without_a_window_need_nothing_of_the_system(apt):
    system.for_tests(window=False)
    assert apt == []


@pytest.mark.parametrize(
    ("variables", "screen"),
    [
        ({}, False),
        ({"DISPLAY": ""}, False),
        ({"DISPLAY": ":0"}, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, True),
        ({"QT_QPA_PLATFORM": "offscreen"}, True),
    ],
)
def test_whether_there_is_a_screen(monkeypatch, variables, screen):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.platform", "linux")
    assert system.has_screen() is screen


def test_other_systems_always_have_a_screen(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "win32")
    assert system.has_screen()
