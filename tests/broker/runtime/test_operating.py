"""An account is taken from whoever has its token, or owns the broker: in the state, the log, for
connections."""

import itertools

import pytest
from loggia.broker.core.ordered import Ordered
from loggia.broker.runtime import operating
from loggia.broker.storage import damage, data_dir
from loggia.broker.storage.damage import Damage
from loggia.shared.protocol.errors import LoggiaError, StorageDamaged
from loggia.shared.protocol.events import LeftEvent
from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.requests import Configure, Create, End, Join, Message, Ping, SetRole

from tests.broker.disks import a_disk
from tests.broker.house import House, error_of

HASHES = map(str.encode, map("of no token {}".format, itertools.count()))


@pytest.fixture
def house(tmp_path):
    house = House(tmp_path / "data")
    yield house
    house.close()


def revoke(house, who):
    done, effects = house.pipeline.operate("revoke", who, next(HASHES), house.now, house.at)
    for published in effects.deliveries:
        house.published += published.events
    house.news += effects.news
    return done, effects


def rows(house, table):
    return list(house.log.database.connection.execute(f"SELECT * FROM {table}"))


def test_its_session_ends_at_once_in_all_of_its_rooms_and_on_all_of_its_connections(house):
    joined = house.join("phone", "ada")
    house.join("laptop", token=joined.token, room="lab")
    house.join("other", "bob")
    house.told_events()
    done, effects = revoke(house, "ada")
    assert (
        done == "The token of ada (account account-1) is revoked; its session is ended, and the nick is free."
    )
    assert set(effects.dismissed) == {"phone", "laptop"}
    left = [event for event in house.told_events() if isinstance(event, LeftEvent)]
    assert [(event.nick, event.room, event.reason) for event in left] == [
        ("ada", "lab", "kicked"),
        ("ada", LOBBY, "kicked"),
    ]
    for key in ("phone", "laptop"):
        house.refuses(key, Message(id="9", room=LOBBY, text="still here"), "no_session")
        house.refuses(key, Ping(id="10"), "no_session")
    assert house.say("other", "1")
    assert house.texts() == ["hello"]


@pytest.mark.parametrize("restarted", [False, True])
def test_the_old_token_is_no_token_and_the_nick_is_free(house, restarted):
    token = house.join("ada", "ada", room="lab").token
    revoke(house, "ada")
    if restarted:
        house.restart()
    house.refuses("again", Join(id="j", token=token), "bad_token")
    house.refuses("again", Join(id="j", token=token, nick="ada"), "bad_token")
    assert house.join("new", "ada").account == "account-2"
    assert [row[1] for row in rows(house, "members")] == [rows(house, "accounts")[1][0]], "the new one's"


def test_who_is_away_or_gone_is_revoked_as_well(house):
    away, gone = house.join("away", "ada"), house.join("gone", "bob")
    house.lose("away")
    house.ask("gone", End(id="end"))
    assert "its session is ended" in revoke(house, "ada")[0]
    done, effects = revoke(house, "bob")
    assert done == "The token of bob (account account-2) is revoked; the nick is free."
    assert not effects.deliveries
    house.passes(1000)
    for joined in (away, gone):
        house.refuses("again", Join(id="j", token=joined.token), "bad_token")


def test_an_account_names_one_among_many(house):
    first = house.join("first", "ada")
    house.ask("first", End(id="end"))
    house.join("second", "ada")
    house.ask("second", End(id="end"))
    with pytest.raises(LoggiaError, match=r"^several accounts were called ada.*: account-1, account-2$"):
        revoke(house, "ada")
    third = house.join("third", "ada")
    assert "(account account-3)" in revoke(house, "ada")[0], "who is here is meant first"
    assert "(account account-1)" in revoke(house, "account-1")[0]
    assert "(account account-2)" in revoke(house, "ada")[0], "the only one that is left"
    for token in (first.token, third.token):
        house.refuses("again", Join(id="j", token=token), "bad_token")


@pytest.mark.parametrize("who", ["zoë", "account-77", "nobody at all"])
def test_nobody_is_a_clear_sentence_and_changes_nothing(house, who):
    house.join("ada", "ada")
    before = rows(house, "accounts")
    with pytest.raises(LoggiaError, match=r"^nobody here is called .*, and no account is"):
        revoke(house, who)
    assert rows(house, "accounts") == before


def test_once_is_enough(house):
    house.join("ada", "ada")
    revoke(house, "account-1")
    with pytest.raises(LoggiaError, match="the token of the account account-1 was revoked before"):
        revoke(house, "account-1")
    with pytest.raises(LoggiaError, match="nobody here is called ada"):
        revoke(house, "ada")


def test_a_visitor_has_no_token_and_its_session_ends(house):
    house.join("vic", "vic", door="front")
    done, effects = revoke(house, "vic")
    assert done.startswith("vic (account account-1) came by the front door and has no token; its session is ")
    assert effects.dismissed == ["vic"]
    house.lose("vic")
    assert rows(house, "accounts") == []
    house.join("other", "vic")


def test_what_waited_is_not_said_for_it(house):
    house.join("ada", "ada")
    house.arrive("ada", Message(id="1", room=LOBBY, text="late"))
    revoke(house, "ada")
    answers = house.ask("ada", Message(id="2", room=LOBBY, text="later"))
    assert [error_of(answer) for answer in answers] == ["no_session", "no_session"]
    assert house.texts() == []


def test_a_full_disk_changes_nothing(tmp_path, expect_log):
    expect_log("The disk refuses to store")
    expect_log(r"The disk stores again\.")
    with a_disk() as disk:
        house = House(tmp_path / "data")
        joined = house.join("ada", "ada")
        disk.full = True
        with pytest.raises(LoggiaError, match="disk is full, so nothing was stored"):
            revoke(house, "ada")
        disk.full = False
        house.passes(2)
        house.say("ada", "1")
        house.join("laptop", token=joined.token)
        house.close()


def test_a_damaged_log_takes_nothing(house, expect_log):
    expect_log(r"The log is damaged: a test\.")
    house.join("ada", "ada")
    house.close()
    damage.keep(house.folder / data_dir.DAMAGE, [Damage(None, 0, "a test")])
    house._open()
    with pytest.raises(StorageDamaged, match=r"damaged: a test\. Restore it first"):
        revoke(house, "ada")


def test_a_join_that_was_ordered_before_it_and_decided_behind_it_is_refused(house):
    """A log that applies the same commands later comes to the same."""
    house.join("ada", "ada")
    join = Join(id="j", room=LOBBY)
    ordered = Ordered(
        house.log.epoch,
        [
            operating.prepared("revoke", "ada", house.pipeline.rooms, house.log, next(HASHES), house.at)[0]
            for _ in range(2)
        ],
    )
    ordered.commands.insert(1, type(ordered.commands[0])("account-1", join, house.at))
    applied = house.pipeline.apply(ordered, house.now)
    assert [error_of(result) for result in applied.results] == [None, "bad_token", None]


# -- Who owns the broker -----------------------------------------------------------------------


def own(house, who):
    return house.pipeline.operate("own", who, b"", house.now, house.at)


def role(house, key, **more):
    return house.join(key, **more).role


def test_an_owner_of_the_broker_owns_the_lobby_and_what_nobody_made(house):
    house.join("ada", "ada")
    house.join("bob", "bob")
    done, effects = own(house, "bob")
    assert done == "bob (account account-2) owns this broker, and each room that it may read."
    assert effects.dismissed == []
    assert [role(house, "bob", room=room) for room in (LOBBY, "lab")] == ["owner", "owner"]
    house.restart()
    assert role(house, "bob", token="token-2") == "owner"
    assert role(house, "ada", token="token-1") == "owner", "who came first still is one"


def test_who_is_not_here_becomes_one_and_nobody_does_by_coming_first(house):
    house.join("ada", "ada")
    house.ask("ada", End(id="bye"))
    house.log.database.connection.execute("DELETE FROM rules")
    house.restart()
    own(house, "account-1")
    assert role(house, "bob", nick="bob") == "member"
    assert role(house, "ada", token="token-1", nick="ada") == "owner"


def test_a_visitor_of_the_front_door_owns_nothing(house):
    house.join("vic", "vic", door="front")
    with pytest.raises(LoggiaError, match="came by the front door, and nobody can come back"):
        own(house, "vic")


def test_a_room_whose_owners_are_gone_is_the_operators(house):
    house.join("ada", "ada")
    house.join("bob", "bob")
    house.ask_one("bob", Create(id="1", room="lab"))
    house.ask_one("ada", SetRole(id="1", room=LOBBY, who="bob", role="guest"))
    revoke(house, "account-2")
    house.join("cas", "cas", room="lab")
    assert role(house, "cas", room="lab") == "member"
    own(house, "cas")
    assert role(house, "cas", room="lab") == "owner"
    house.restart()
    assert role(house, "cas", token="token-3", room="lab") == "owner"
    assert house.ask_one("cas", Configure(id="1", room="lab", announce=True)).seq
