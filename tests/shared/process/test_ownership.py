"""Who else may have a hand in a folder, and with whose rights root works there."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from loggia.shared.process import ownership
from loggia.shared.protocol.errors import StorageBroken

from tests.endtoend.processes import HOUSE
from tests.patience import PATIENCE_S
from tests.planted import GROUP, USER, Planted, as_root, planting

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows has other rights, which are inherited")

ADVICE = "choose another"


def refused(folder: Path) -> str:
    try:
        ownership.refuse_shared(folder, ADVICE)
    except StorageBroken as reason:
        return str(reason)
    return ""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "above" / "data"
    folder.mkdir(parents=True)
    return folder


@pytest.mark.parametrize("mode", [0o700, 0o750, 0o755, 0o500, 0o2750])
def test_a_folder_that_its_owner_alone_writes_is_taken(folder: Path, mode: int) -> None:
    folder.chmod(mode)
    assert not refused(folder)


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777, 0o775, 0o720, 0o702, 0o1777, 0o2775])
def test_a_folder_that_others_may_write_is_refused_with_what_to_do(folder: Path, mode: int) -> None:
    """Also a group's, as OpenSSH and PostgreSQL do it; and in a sticky one others make files, too."""
    folder.chmod(mode)
    assert refused(folder) == (
        f"others may write to the folder {folder}, so what is in it may be anybody's; take that right away "
        f"with `chmod go-w {folder}`, or {ADVICE}"
    )
    subprocess.run(["chmod", "go-w", str(folder)], check=True)
    assert refused(folder) == ""


@pytest.mark.parametrize(("mode", "taken"), [(0o1777, True), (0o777, False), (0o757, False), (0o775, True)])
def test_nobody_may_exchange_the_folder(folder: Path, mode: int, taken: bool) -> None:
    """From a sticky folder nobody takes what is another's. Many systems give each user a group of its own."""
    folder.parent.chmod(mode)
    assert (refused(folder) == "") is taken
    assert taken or f"chmod o-w {folder.parent}`" in refused(folder)


def test_a_folder_that_is_not_there_yet_may_not_be_put_there_by_others(folder: Path) -> None:
    assert not refused(folder / "new" / "one")
    folder.chmod(0o777)
    assert "everybody may write" in refused(folder / "new" / "one")


def test_the_real_folder_counts(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    assert not refused(tmp_path / "link")
    folder.chmod(0o777)
    assert "others may write" in refused(tmp_path / "link")


AS_ANOTHER = """
import os, sys
from pathlib import Path
from loggia.shared.process import ownership
folder = Path(sys.argv[1])
ownership.refuse_shared(folder, "choose another")
os.setgroups([])
os.setgid(int(sys.argv[2]))
os.setuid(int(sys.argv[2]))
with ownership.rights_of_owner(folder):
    assert os.geteuid() == int(sys.argv[2])
try:
    ownership.refuse_shared(folder, "choose another")
except Exception as reason:
    print(reason)
"""


def as_another(folder: Path, user: int) -> str:
    done = subprocess.run(
        [sys.executable, "-c", AS_ANOTHER, str(folder), str(user)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        cwd=HOUSE,
        check=False,
    )
    assert not done.stderr
    return done.stdout


@as_root
def test_a_folder_of_another_user_is_refused_to_all_but_root() -> None:
    with planting(None) as planted:
        planted.give()
        assert as_another(planted.folder, USER) == ""
        assert "belongs to another user" in as_another(planted.folder, USER + 1)
        assert not refused(planted.folder)
        os.chown(planted.folder, 0, 0)
        assert as_another(planted.folder, USER) == "", "root may do all of it anyway"


# -- The files in it -----------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [0o660, 0o606, 0o666, 0o620, 0o602])
def test_a_file_that_others_may_write_is_refused(folder: Path, mode: int) -> None:
    (folder / "log").touch()
    ownership.refuse_planted(folder, ["log"])
    (folder / "log").chmod(mode)
    with pytest.raises(
        StorageBroken, match=rf"others may write to {folder}/log, .*`chmod go-w {folder}/log`"
    ):
        ownership.refuse_planted(folder, ["log"])
    ownership.refuse_planted(folder, ["another"])


@as_root
@pytest.mark.parametrize(("owner", "taken"), [(USER, True), (0, False), (USER + 1, False)])
def test_to_root_a_file_is_its_folder_s_owner_s(folder: Path, owner: int, taken: bool) -> None:
    (folder / "log").touch()
    os.chown(folder / "log", owner, owner)
    os.chown(folder, USER, GROUP)
    with (
        contextlib.nullcontext()
        if taken
        else pytest.raises(StorageBroken, match=r"log belongs to another user than its folder; .* chown")
    ):
        ownership.refuse_planted(folder, ["log"])


# -- The rights of root --------------------------------------------------------------------------


@pytest.fixture
def planted():
    with planting(None) as planted:
        planted.give()
        yield planted


@as_root
def test_root_works_with_the_rights_of_the_owner(planted: Planted) -> None:
    planted.link("link")
    before = os.getgroups()
    with ownership.rights_of_owner(planted.folder):
        assert (os.geteuid(), os.getegid(), os.getgroups()) == (USER, GROUP, [])
        (planted.folder / "made").touch()
        with pytest.raises(PermissionError):
            (planted.folder / "link").read_bytes()
        with ownership.rights_of_owner(planted.folder):
            assert os.geteuid() == USER
        with ownership.rights_of_owner(planted.victim.parent):
            assert (os.geteuid(), os.getegid()) == (0, 0)
        assert (os.geteuid(), os.getegid()) == (USER, GROUP)
    assert (os.geteuid(), os.getegid(), os.getgroups()) == (0, 0, before)
    planted.check()


@as_root
def test_the_rights_come_back_whatever_happens(planted: Planted) -> None:
    with contextlib.suppress(KeyboardInterrupt), ownership.rights_of_owner(planted.folder):
        raise KeyboardInterrupt
    assert os.geteuid() == 0


@as_root
def test_where_the_owner_cannot_come_root_works_as_root(tmp_path: Path) -> None:
    with planting(tmp_path) as planted:
        planted.give()
        with ownership.rights_of_owner(planted.folder):
            assert (os.geteuid(), os.getegid()) == (0, 0)
        with ownership.rights_of_owner(planted.folder / "missing"):
            assert os.geteuid() == 0


@as_root
def test_where_the_system_lets_root_take_no_other_rights_it_works_as_root(planted, monkeypatch) -> None:
    def refuses(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    for name in ("setgroups", "setegid"):
        monkeypatch.setattr(os, name, refuses)
        with ownership.rights_of_owner(planted.folder):
            assert os.geteuid() == 0


@as_root
def test_a_link_is_followed_if_root_or_the_owner_of_what_it_leads_to_made_it(planted: Planted) -> None:
    planted.link("link")
    with pytest.raises(StorageBroken, match=r"link is a link of another user to .*/victim"):
        ownership.refuse_link(planted.folder / "link")
    os.chown(planted.victim, USER, GROUP)
    ownership.refuse_link(planted.folder / "link")
    os.chown(planted.victim, 0, 0)
    os.chown(planted.folder / "link", 0, 0, follow_symlinks=False)
    ownership.refuse_link(planted.folder / "link")
    ownership.refuse_link(planted.victim)
