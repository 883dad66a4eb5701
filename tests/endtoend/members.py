"""Members of private rooms, with nothing but pyzmq: their events come between the answers."""

ASKED_OF_A_ROOM = {
    "join": {},
    "message": {"text": "hi"},
    "edit": {"seq": 1, "text": "hi"},
    "delete": {"seq": 1},
    "react": {"seq": 1, "emoji": "\U0001f44d"},
    "pin": {"seq": 1},
    "typing": {},
    "read": {"seq": 1},
    "history": {},
    "search": {},
    "members": {},
    "leave": {},
    "invite": {"who": "somebody"},
    "kick": {"who": "somebody"},
    "ban": {"who": "somebody"},
    "unban": {"who": "somebody"},
    "mute": {"who": "somebody"},
    "unmute": {"who": "somebody"},
    "role": {"who": "somebody", "role": "owner"},
    "subject": {"subject": "tea"},
    "configure": {"slow_s": 5},
    "close": {},
    "reopen": {},
}


class Member:
    """A connection that tells answers from events. `heard`: the stored events that came down, in order."""

    def __init__(self, caller):
        self.caller = caller
        self.me = caller.me
        self.nick, self.account = caller.nick, caller.account
        self.heard = []
        self.passing = []

    def exchange(self, request):
        self.caller.post(request)
        while (item := self.caller.next()).get("id") != request["id"] or ("seq" in item and "nick" in item):
            self._note(item)
        return item

    def ask(self, op, **fields):
        return self.exchange(self.caller.request(op, **fields))

    def does(self, op, **fields):
        """What must be granted."""
        answer = self.ask(op, **fields)
        assert answer["op"] != "error", answer
        return answer

    def _note(self, item):
        (self.passing if item["op"] == "presence" else self.heard).append(item)

    def news(self):
        """What came since the last call: a ping is answered behind all that was told before it."""
        self.ask("ping")
        news, self.heard = self.heard, []
        return news

    def until(self, op):
        """All up to an event of this op."""
        while not any(event["op"] == op for event in self.heard):
            self._note(self.caller.next())
        news, self.heard = self.heard, []
        return news

    def log(self, room):
        page = self.does("history", room=room, after=0, limit=1000)
        assert [event["seq"] for event in page["events"]] == list(range(1, page["head"] + 1))
        return page["events"]

    def listed(self):
        return {room["room"]: room for room in self.does("rooms")["rooms"]}


def private(owner, *others, title="Thesis"):
    """A private room and its name; the others are in it, and nobody has anything unread."""
    made = owner.does("create", room=title, private=True, subject="chapter one")
    for other in others:
        owner.does("invite", room=made["room"], who=other.nick)
    for one in (owner, *others):
        one.news()
    return made["room"]


def ops(events):
    return [event["op"] for event in events]


def again(wire, member, **fields):
    """Another connection of the same account."""
    return Member(wire.resumed(member.caller, **fields))
