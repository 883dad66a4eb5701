"""Nicks that are kept, on the disk: over restarts, in a second log, with a disk that refuses."""

import random

import pytest
from loggia.broker.core import ordered
from loggia.broker.core.ordered import Command, Newcomer, Ordered, Released, Revoked
from loggia.broker.runtime.applier import Applier
from loggia.broker.storage.log import Log
from loggia.shared.protocol.answers import Error
from loggia.shared.protocol.errors import LoggiaError, StorageDamaged, StorageFull
from loggia.shared.protocol.limits import DAY_MS, LOBBY
from loggia.shared.protocol.requests import End, Join, Message, SetStatus

KEEP_MS = 90 * DAY_MS
NICKS = ["ann", "Ann", "\u0430nn", "eve", None]
ACCOUNTS = "abcd"


class Asked:
    """What some ask for in some order; half a year goes by."""

    def __init__(self, seed, log):
        self.chance = random.Random(seed)
        self.log = log
        self.at = 1_700_000_000_000
        self.accounts = {}
        self.count = 0

    def next(self):
        chance = self.chance
        self.count += 1
        self.at += chance.choice([0, 1000, DAY_MS, 10 * DAY_MS])
        who = chance.choice(ACCOUNTS)
        account = self.accounts.setdefault(who, f"{who}{self.count}")
        kind = chance.random()
        if kind < 0.55:
            newcomer = None if self.log.find_person(account) else Newcomer(account.encode())
            nick = chance.choice(NICKS[:-1] if newcomer else NICKS)
            join = Join(id="j", nick=nick, room=LOBBY, keep=chance.random() < 0.6)
            return Command(account, join, self.at, newcomer, keep_ms=KEEP_MS)
        if kind < 0.7:
            text = chance.choice(["here", "there", ""])
            return Command(account, SetStatus(id=f"{self.count // 2}", text=text), self.at)
        if kind < 0.9:
            return Command(account, End(id="e"), self.at)
        if kind < 0.97:
            return Command(account, Released("r"), self.at)
        del self.accounts[who]
        return Command(account, Revoked("v", b"of none %d" % self.count), self.at)


def dumped(log):
    tables = ("accounts", "looks", "members", "meta")
    return {table: list(log.database.connection.execute(f"SELECT * FROM {table}")) for table in tables}


@pytest.mark.parametrize("at_once", [1, 4, 25])
@pytest.mark.parametrize("seed", range(4))
def test_a_log_that_is_opened_again_each_time_comes_to_the_same(tmp_path, seed, at_once):
    log, refused = Log(tmp_path / "goes on", "epoch-1"), 0
    applier, asked = Applier(log), Asked(seed, log)
    while asked.count < 150:
        said = Ordered("epoch-1", [asked.next() for _ in range(at_once)])
        results = applier.apply(said).results
        refused += sum(isinstance(result, Error) and result.code == "nick_taken" for result in results)
        other = Log(tmp_path / "opened", "epoch-1")
        assert Applier(other).apply(ordered.decode(ordered.encode(said))).results == results
        assert dumped(other) == dumped(log)
        other.close()
    log.close()
    assert refused > 5


def test_what_the_disk_refused_is_not_kept(tmp_path, monkeypatch):
    log = Log(tmp_path, "epoch-1")
    applier = Applier(log)

    def apply(account, request):
        command = Command(account, request, 5000, Newcomer(account.encode()), keep_ms=KEEP_MS)
        return applier.apply(Ordered("epoch-1", [command])).results[0]

    apply("a", Join(id="j", nick="ann", room=LOBBY))
    with monkeypatch.context() as patched:
        patched.setattr(log, "append", refuses)
        with pytest.raises(StorageFull):
            apply("a", Join(id="j", keep=True))
        applier.load_again(undone=True)
    apply("a", End(id="e"))
    assert apply("b", Join(id="j", nick="ann", room=LOBBY)) is None
    log.close()


def refuses(batch):
    raise StorageFull("a test")


# -- With sessions -----------------------------------------------------------------------------


def end(house, key):
    house.ask(key, End(id="end"))
    house.lose(key)


def test_who_lost_the_connection_keeps_it_for_longer_than_the_session(house):
    house.join("ada", "ada", keep=True)
    house.passes(3)
    house.lose("ada")
    (answer,) = house.ask("bob", Join(id="j", nick="ada"))
    assert "kept for ada, who lost the connection; choose another" in answer.text
    assert answer.retry_after_ms == 30_000 + KEEP_MS
    house.passes(31)
    house.restart()
    (answer,) = house.ask("bob", Join(id="j", nick="ada"))
    assert "who was here today" in answer.text
    assert answer.retry_after_ms == KEEP_MS
    house.passes(KEEP_MS / 1000)
    house.join("bob", "ada")


def test_a_nick_that_is_kept_is_whom_an_operator_and_a_moderator_mean(house):
    for key, keep in (("first", False), ("second", True)):
        house.join(key, "ada", keep=keep)
        end(house, key)
    with pytest.raises(LoggiaError, match="does not keep that nick: it is free now"):
        release(house, "account-1")
    assert release(house, "ada") == "ada (account account-2) keeps that nick no longer: it is free."
    with pytest.raises(LoggiaError, match="several accounts were called ada"):
        release(house, "ada")


def release(house, who):
    done, effects = house.pipeline.operate("release", who, b"", house.now, house.at)
    assert (effects.dismissed, effects.deliveries) == ([], [])
    return done


@pytest.mark.parametrize("awake", [True, False], ids=["here", "away"])
def test_who_keeps_a_nick_is_meant_by_it_after_a_restart(house, awake):
    ann = house.join("ann", "Ann Lee", keep=True)
    house.join("bob", "bob")
    if not awake:
        house.ask("ann", End(id="bye"))
    house.restart()
    house.join("cem", "cem")
    texts = ("hi @ann lee, hi @ann", "@ANN LEE", "@Ann L", "@ann leeds", "@zoe")
    for number, text in enumerate(texts):
        house.say("cem", f"{number}", text)
    means = [event.mentions for event in house.events() if hasattr(event, "mentions")]
    assert means == [(ann.account,), (ann.account,), (), (), ()]


def test_a_disk_that_cannot_tell_who_is_meant_refuses_that_message_alone(house, monkeypatch):
    house.join("ann", "ann")

    def damaged(_):
        raise StorageDamaged("a page cannot be read")

    monkeypatch.setattr(house.pipeline.applier.rooms._names, "_find_look", damaged)
    texts = ("hi", "@zoe", "bye")
    said = [Message(id=f"{number}", room=LOBBY, text=text) for number, text in enumerate(texts)]
    answers = house.ask("ann", *said)
    assert [getattr(answer, "code", "stored") for answer in answers] == ["stored", "unavailable", "stored"]
    assert house.texts() == ["hi", "bye"]
