"""docs/protocol.md, "Rooms and rights": private rooms and invitations, with nothing but pyzmq."""

import pytest

from tests.endtoend.members import ASKED_OF_A_ROOM, Member, again, ops, private
from tests.endtoend.wire import LOBBY, refused


@pytest.fixture
def member(wire):
    return lambda **fields: Member(wire.joined(**fields))


def test_create_makes_a_room_whose_name_is_the_brokers_and_whose_title_was_given(member):
    ann, bob = member(), member()
    made = ann.does("create", room="Thesis", private=True, subject="chapter one")
    twin = bob.does("create", room="Thesis", private=True)
    assert made["room"] != twin["room"], "titles need not be unique"
    for answer in (made, twin):
        name = answer["room"]
        assert name[0] == "%"
        assert name[1:].isalpha()
        assert len(name) > 20
        assert (answer["kind"], answer["title"], answer["topic"], answer["role"]) == (
            "private", "Thesis", "", "owner",
        )  # fmt: skip
        assert answer["rooms"].keys() == {LOBBY, name}
    assert made["subject"] == "chapter one"
    assert [(one["nick"], one["role"], one["presence"]) for one in made["members"]] == [
        (ann.nick, "owner", "online")
    ]
    created, joined = ann.news()
    assert ops((created, joined)) == ["created", "joined"]
    assert (created["private"], created["title"], created["subject"]) == (True, "Thesis", "chapter one")
    assert ann.log(made["room"]) == [created, joined]
    assert made["room"] not in bob.listed()
    told = ann.listed()[made["room"]]
    assert (told["title"], told["kind"], told["role"], told["joined"], told["members"]) == (
        "Thesis", "private", "owner", True, 1,
    )  # fmt: skip


def test_the_same_create_again_is_the_same_room(member):
    ann = member()
    request = ann.caller.request("create", room="Thesis", private=True)
    first, second = ann.exchange(request), ann.exchange(request)
    assert first == second
    assert len(ann.log(first["room"])) == 2


@pytest.mark.parametrize("name", ["%", "~", "%lab", "~ann", "\uff05lab", "\uff5eann", "\ufe6alab", "% x"])
@pytest.mark.parametrize("op", ["join", "create"])
def test_clients_choose_no_such_names(member, op, name):
    ann = member()
    answer = ann.ask(op, room=name)
    refused(answer, "bad_room", answer["id"])


def test_a_title_may_be_anything_that_is_a_name(member):
    ann = member()
    assert ann.does("create", room="%lab", private=True)["title"] == "%lab"
    for bad in ("", " x", "a/b", "x" * 65):
        assert ann.ask("create", room=bad, private=True)["code"] == "bad_room"


def test_an_invitation_lets_in_at_once_and_down_the_dealer(wire, member):
    ann, bob, cas = member(), member(), member()
    too = again(wire, bob)  # on every connection
    room = private(ann)
    ann.does("message", room=room, text="before")
    stored = ann.does("invite", room=room, who=bob.nick, reason="read this")
    assert (stored["op"], stored["room"], stored["seq"]) == ("stored", room, 4)
    ann.does("message", room=room, text="after")
    for connection in (bob, too):
        invited, said = connection.until("message")
        assert ops((invited, said)) == ["invited", "message"], "and nothing of before"
        assert (invited["room"], invited["seq"], invited["account"]) == (room, 4, ann.account)
        assert (invited["target"], invited["target_nick"]) == (bob.account, bob.nick)
        assert invited["reason"] == "read this"
        assert said["text"] == "after"
    assert [event.get("text") for event in bob.log(room)][2:] == ["before", None, "after"], "it reads all"
    assert bob.does("message", room=room, text="thanks")["seq"] == 6
    entered = bob.does("join", room=room)
    assert (entered["kind"], entered["title"], entered["topic"], entered["role"]) == (
        "private", "Thesis", "", "member",
    )  # fmt: skip
    assert entered["head"] == 6, "who is a member does not come in again"
    assert [one["nick"] for one in entered["members"]] == sorted(
        [ann.nick, bob.nick], key=lambda nick: {ann.nick: ann.account, bob.nick: bob.account}[nick]
    )
    bob.does("invite", room=room, who=cas.account)  # members may, and by account, too
    assert ops(cas.news()) == ["invited"]
    assert ops(ann.news())[-1] == "invited"


def test_who_is_in_it_already_or_nobody_or_oneself_is_not_invited(member):
    ann, bob = member(), member()
    room = private(ann, bob)
    for who, code in ((bob.nick, "not_allowed"), (ann.nick, "not_allowed"), ("nobody", "no_such_account")):
        answer = ann.ask("invite", room=room, who=who)
        refused(answer, code, answer["id"])
    assert ann.news() == []


def test_what_is_private_is_never_broadcast(wire, member):
    listener = wire.listener("")
    ann, bob = member(), member()
    room = private(ann, bob)
    talk = ann.does("direct", people=[bob.nick])["room"]
    for one in (room, talk):
        ann.does("message", room=one, text="for members")
    ann.does("configure", room=room, title="Master thesis")
    ann.does("kick", room=room, who=bob.nick)
    heard = listener.so_far()
    assert {event["room"] for event in heard} <= {LOBBY, "tuning"}
    assert "for members" not in repr(heard)


def test_membership_lasts_whoever_is_online_and_nobody_is_told_of_sessions(wire, member):
    ann, bob = member(), member()
    room = private(ann, bob)
    head = len(ann.log(room))
    bob.does("!end")
    while not ann.passing or ann.passing[-1]["presence"] != "away":
        ann.ask("ping")
    assert ann.passing[-1] | {"room": room, "account": bob.account} == ann.passing[-1]
    assert [(one["nick"], one["presence"]) for one in ann.does("members", room=room)["members"]
            if one["account"] == bob.account] == [(bob.nick, "away")]  # fmt: skip
    ann.does("message", room=room, text="while you slept")
    back = again(wire, bob)
    assert back.me["rooms"] == {LOBBY: back.me["rooms"][LOBBY], room: head + 1}
    missed = back.does("history", room=room, after=head)
    assert [event["text"] for event in missed["events"]] == ["while you slept"]
    while ann.passing[-1]["presence"] != "online":
        ann.ask("ping")
    assert ops(ann.log(room))[head:] == ["message"], "no left, no joined"
    back.does("message", room=room, text="good morning")
    assert ops(ann.until("message"))[-1] == "message"


def test_who_comes_back_under_another_name_is_told_of_so(wire, member):
    ann, bob = member(), member()
    room = private(ann, bob)
    bob.does("!end")
    new = wire.name("bob")
    again(wire, bob, nick=new)
    renamed = ann.until("renamed")[-1]
    assert (renamed["room"], renamed["was"], renamed["nick"]) == (room, bob.nick, new)


def test_an_invitation_waits_for_who_is_not_there(wire, member):
    ann, bob = member(), member()
    bob.does("!end")
    room = private(ann)
    ann.does("invite", room=room, who=bob.nick)
    back = again(wire, bob)
    assert room in back.me["rooms"]
    assert ops(back.log(room)) == ["created", "joined", "invited"]


def test_who_leaves_is_told_so_and_nothing_after_it(member):
    ann, bob = member(), member()
    room = private(ann, bob)
    bob.does("leave", room=room)
    ann.does("message", room=room, text="alone again")
    (left,) = bob.news()
    assert (left["op"], left["reason"], left["account"]) == ("left", "end", bob.account)
    for op, fields in ASKED_OF_A_ROOM.items():
        answer = bob.ask(op, room=room, **fields)
        refused(answer, "no_such_room", answer["id"])
    assert room not in bob.listed()
    assert ops(ann.news()) == ["left", "message"]


@pytest.mark.parametrize("how", ["kick", "ban"])
def test_who_is_shown_out_hears_why_and_nothing_after_it(member, how):
    ann, bob, cas = member(), member(), member()
    room = private(ann, bob, cas)
    ann.does(how, room=room, who=bob.nick, reason="noise")
    ann.does("message", room=room, text="he is gone")
    *_, left = news = bob.news()
    assert ops(news) == (["left"] if how == "kick" else ["banned", "left"])
    assert (left["reason"], left["by"], left["by_nick"], left["text"]) == (
        "kicked", ann.account, ann.nick, "noise",
    )  # fmt: skip
    answer = bob.ask("join", room=room)
    refused(answer, "no_such_room", answer["id"])
    invited = cas.ask("invite", room=room, who=bob.nick)
    if how == "ban":
        refused(invited, "not_allowed", invited["id"])
        assert "unban" in invited["text"]
        ann.does("unban", room=room, who=bob.nick)
        cas.does("invite", room=room, who=bob.nick)
    assert bob.does("join", room=room)["role"] == "member"


def test_a_member_who_sleeps_can_be_shown_out(wire, member):
    ann, bob = member(), member()
    room = private(ann, bob)
    bob.does("!end")
    ann.does("kick", room=room, who=bob.nick)
    assert ops(ann.log(room))[-1] == "left"
    assert again(wire, bob).me["rooms"].keys() == {LOBBY}


def test_the_title_of_a_private_room_can_be_changed_and_of_no_other(member):
    ann, bob = member(), member()
    room = private(ann, bob)
    ann.does("configure", room=room, title="Master thesis")
    configured = bob.until("configured")[-1]
    assert (configured["title"], configured["slow_s"], configured["announce"]) == ("Master thesis", 0, False)
    assert bob.listed()[room]["title"] == bob.does("join", room=room)["title"] == "Master thesis"
    ann.does("configure", room=room, slow_s=1)
    assert bob.listed()[room]["title"] == "Master thesis"
    answer = bob.ask("configure", room=room, title="Mine")
    refused(answer, "not_allowed", answer["id"])
    for bad in ("", "a/b", "x" * 65):
        answer = ann.ask("configure", room=room, title=bad)
        assert answer["code"] in ("bad_request", "bad_room"), answer
    talk = ann.does("direct", people=[bob.nick])["room"]
    answer = ann.ask("configure", room=talk, title="Us")
    refused(answer, "not_allowed", answer["id"])


# -- Public rooms ------------------------------------------------------------------------------


def test_an_invitation_to_a_public_room_reaches_who_is_invited(wire, member):
    ann, bob = member(), member()
    room = ann.does("create", room=wire.name("room"))["room"]
    listener = wire.listener(f"room/{room}/")
    ann.does("invite", room=room, who=bob.nick, reason="come and see")
    (invited,) = bob.news()
    assert (invited["op"], invited["room"], invited["target"]) == ("invited", room, bob.account)
    assert ops(listener.so_far()) == ["invited", "joined"]
    assert ann.listed()[room]["members"] == 2
    assert bob.does("message", room=room, text="here I am")["op"] == "stored"
    assert ann.ask("invite", room=room, who=bob.nick)["code"] == "not_allowed"


def test_only_moderators_invite_to_a_room_for_announcements(wire, member):
    ann, bob, cas = member(), member(), member()
    room = ann.does("create", room=wire.name("room"))["room"]
    bob.does("join", room=room)
    ann.does("configure", room=room, announce=True)
    assert bob.ask("invite", room=room, who=cas.nick)["code"] == "not_allowed"
    ann.does("role", room=room, who=bob.nick, role="moderator")
    bob.does("invite", room=room, who=cas.nick)


def test_in_a_private_room_the_last_owner_inside_cannot_step_down(member):
    ann, bob, cas = member(), member(), member()
    room = private(ann, bob, cas)

    def becomes(who, role):
        return ann.ask("role", room=room, who=who.account, role=role)

    assert becomes(bob, "owner")["op"] == "stored"
    bob.does("leave", room=room)
    answer = becomes(ann, "member")
    refused(answer, "not_allowed", answer["id"])
    assert ann.listed()[room]["role"] == "owner"
    ann.does("subject", room=room, subject="still hers")
    ann.does("invite", room=room, who=bob.nick)  # he comes back as the owner that he was
    assert bob.listed()[room]["role"] == "owner"
    assert becomes(ann, "member")["op"] == "stored"
    assert cas.log(room) == ann.log(room)


@pytest.mark.parametrize("role", ["owner", "moderator", "member"])
def test_who_is_not_in_a_private_room_gets_no_role_there(member, role):
    ann, bob, eve = member(), member(), member()
    room = private(ann, bob)
    bob.does("leave", room=room)
    ann.news()
    for other in (bob, eve):
        answer = ann.ask("role", room=room, who=other.nick, role=role)
        refused(answer, "not_member", answer["id"])
    assert ann.news() == []


def test_who_goes_needs_nobody_in_the_place_and_stays_an_owner(member):
    ann, bob = member(), member()
    room = private(ann, bob)
    ann.does("leave", room=room)
    bob.does("invite", room=room, who=ann.nick)
    assert ann.listed()[room]["role"] == "owner"
