"""`python -m broker rebuild`: what rooms are now, from their log."""

import pytest
from loggia.broker.admin import verify
from loggia.broker.admin.rebuild import rebuild
from loggia.broker.storage import rules
from loggia.shared.protocol.errors import StorageBroken
from loggia.shared.protocol.requests import (
    Ban,
    CloseRoom,
    Configure,
    Create,
    Delete,
    Edit,
    Invite,
    Kick,
    Message,
    Mute,
    React,
    SetRole,
    SetSubject,
    Unban,
)


@pytest.fixture
def run(house):
    """Rooms that were run by somebody: the folder, and what the disk keeps of it."""
    house.join("ada", "ada")
    house.join("bob", "bob")
    house.join("cas", "cas")
    for request in (
        Create(id="r1", room="den", subject="tea"),
        Ban(id="r2", room="lobby", who="bob", reason="noise"),
        Unban(id="r3", room="lobby", who="bob"),
        Ban(id="r4", room="lobby", who="bob", until=house.at + 9),
        Mute(id="r5", room="lobby", who="cas"),
        SetRole(id="r6", room="lobby", who="cas", role="moderator"),
        Kick(id="r7", room="lobby", who="cas"),
        SetSubject(id="r8", room="lobby", subject="coffee"),
        Configure(id="r9", room="den", slow_s=5, announce=True),
        CloseRoom(id="s1", room="den"),
    ):
        house.ask_one("ada", request)
    return house


def everything(db):
    return list(db.execute("SELECT * FROM rules ORDER BY room, key"))


def states_of(db):
    states = set(db.execute("SELECT place, state FROM message_states"))
    return states | set(db.execute("SELECT root, place FROM threads"))


def test_nothing_is_another(run, progress):
    before = everything(run.log.database.connection)
    assert len(before) == 8
    run.close()
    assert rebuild(run.folder, progress) == (4, 0)
    run._open()
    assert everything(run.log.database.connection) == before


def test_what_was_changed_is_made_again(run, progress):
    db = run.log.database.connection
    before = everything(db)
    db.execute("DELETE FROM rules WHERE key LIKE 'bans/%'")
    db.execute("UPDATE rules SET value = '\"owner\"' WHERE key LIKE 'roles/%' AND room = 1")
    db.execute("INSERT INTO rules VALUES(2, 'mutes/account-2', 'null')")
    run.close()
    assert rebuild(run.folder, progress) == (4, 3)
    assert verify.verify(run.folder, progress).damage == []
    run._open()
    assert everything(run.log.database.connection) == before
    assert rules.load(run.log.database.connection)[1:] == ({"account-1": False}, False)


def test_without_a_log_it_is_a_sentence(tmp_path, progress):
    with pytest.raises(StorageBroken, match="there is no log at"):
        rebuild(tmp_path, progress)


def test_who_belongs_to_a_private_room_is_made_again(house, progress):
    ada, bob, cas = (house.join(f"{nick} 2", f"{nick} 2").account for nick in ("ada", "bob", "cas"))
    name = house.ask_one("ada 2", Create(id="r1", room="Thesis", private=True)).room
    house.ask("ada 2", *[Invite(id=who, room=name, who=who) for who in (bob, cas)])
    house.ask("ada 2", Kick(id="r4", room=name, who=cas))
    db = house.log.database.connection

    def members():
        return list(db.execute("SELECT * FROM members ORDER BY account, room"))

    before = everything(db), members()
    (room,) = db.execute("SELECT number FROM rooms WHERE name = ?", (name,)).fetchone()
    gone, comes = (
        db.execute("SELECT number FROM accounts WHERE account = ?", (who,)).get for who in (bob, cas)
    )
    db.execute("DELETE FROM rules WHERE key LIKE 'members/%'")
    db.execute("DELETE FROM members WHERE room = ? AND account = ?", (room, gone))
    db.execute("INSERT INTO members VALUES(?, ?)", (comes, room))
    house.close()
    assert rebuild(house.folder, progress)[1] == 2 + 2
    house._open()
    db = house.log.database.connection
    assert (everything(db), members()) == before
    assert set(house.pipeline.rooms.named(name).rules.members) == {ada, bob}


@pytest.mark.parametrize(
    ("key", "value"),
    [("settings", b"{"), ("bans/account-2", b'"x'), ("nothing/known", b"1"), ("nothing", b"1")],
)
def test_what_cannot_be_read_is_made_again(run, progress, key, value):
    before = everything(run.log.database.connection)
    run.log.database.connection.execute("INSERT OR REPLACE INTO rules VALUES(1, ?, ?)", (key, value))
    run.close()
    with pytest.raises(StorageBroken):
        run._open()
    run.close()
    (note,) = verify.verify(run.folder, progress).notes
    assert note == '1 row of what rooms are now is not what their events come to: see the command "rebuild"'
    assert rebuild(run.folder, progress)[1] == 1
    assert verify.verify(run.folder, progress).notes == []
    run._open()
    assert everything(run.log.database.connection) == before


def test_verify_sees_what_is_another(run, progress):
    db = run.log.database.connection
    db.execute("DELETE FROM rules WHERE key LIKE 'bans/%'")
    db.execute("INSERT INTO rules VALUES(2, 'mutes/account-2', 'null')")
    run.close()
    report = verify.verify(run.folder, progress)
    assert report.damage == []
    (note,) = report.notes
    assert note.startswith("2 rows of what rooms are now are not what their events come to: see the command")
    run._open()


def test_what_became_of_messages_is_made_again(house, progress):
    house.join("ada", "ada", room="changing")
    for number, request in enumerate(
        (
            Message(id="m1", room="changing", text="hello"),
            Edit(id="m2", room="changing", seq=2, text="hallo"),
            Message(id="m3", room="changing", text="there", thread=2),
            React(id="m4", room="changing", seq=2, emoji="+1"),
            Message(id="m5", room="changing", text="oops"),
            Delete(id="m6", room="changing", seq=6),
        ),
        2,
    ):
        assert house.ask_one("ada", request).seq == number
    db = house.log.database.connection
    before = states_of(db)
    assert len(before) == 3
    house.close()
    assert rebuild(house.folder, progress)[1] == 0
    house._open()
    db = house.log.database.connection
    assert states_of(db) == before
    db.execute("UPDATE message_states SET state = '{\"rev\":9}'; DELETE FROM threads")
    house.close()
    assert rebuild(house.folder, progress)[1] == 5
    house._open()
    assert states_of(house.log.database.connection) == before


def test_verify_sees_what_became_of_messages_and_is_counted_otherwise(house, progress):
    house.join("ada 2", "ada 2", "changing")
    house.join("bob 2", "bob 2", "changing")
    said = [Message(id=f"{number:04}", room="changing", text="hello @bob 2") for number in range(600)]
    house.ask("ada 2", *said)
    house.ask_one("ada 2", React(id="r", room="changing", seq=5, emoji="+1"))
    house.ask_one("ada 2", Message(id="t", room="changing", text="in it", thread=5))
    house.ask_one("ada 2", Delete(id="u", room="changing", seq=6))
    house.close()
    assert verify.verify(house.folder, progress).notes == []
    house._open()
    db = house.log.database.connection
    others = []
    for table, what, change in (
        ("message_states", "what became of messages", "UPDATE message_states SET state = '{\"rev\":9}'"),
        ("threads", "which messages are in threads", "DELETE FROM threads"),
        ("tallies", "how many messages rooms have", "DELETE FROM tallies"),
        ("spoken", "how many messages are whose", "UPDATE spoken SET messages = 7000"),
        ("deleted", "which messages are deleted", "DELETE FROM deleted"),
        ("mentions", "whom messages mean", "DELETE FROM mentions WHERE place % 7"),
    ):
        db.execute(change)
        rows = db.changes() * (2 if change.startswith("UPDATE") else 1)
        are = (
            f"1 row of {what} (table {table}) is"
            if rows == 1
            else f"{rows} rows of {what} (table {table}) are"
        )
        others.append((rows, f'{are} not what their events come to: see the command "rebuild"'))
    assert min(others)[0] > 0
    house.close()
    before = (house.folder / "loggia.db").read_bytes()
    report = verify.verify(house.folder, progress)
    assert (report.damage, report.notes) == ([], [note for _, note in others])
    assert (house.folder / "loggia.db").read_bytes() == before, "it writes nothing"
    assert rebuild(house.folder, progress)[1] == sum(rows for rows, _ in others)
    assert verify.verify(house.folder, progress).notes == []
    house._open()
