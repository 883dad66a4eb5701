"""Who is in one room now: what the broker said at the join and in pages, and what happened since. Pure."""

from collections.abc import Callable, Iterable, Sequence

import msgspec
from loggia.shared.protocol.answers import Member
from loggia.shared.protocol.events import (
    InvitedEvent,
    JoinedEvent,
    LeftEvent,
    PresenceEvent,
    RenamedEvent,
    RoleEvent,
    StoredEvent,
)
from loggia.shared.protocol.roles import Role

MOST_MEMBERS = 20_000  # of a room that are kept; a broker that says more says so without end


class Present:
    """The members of a room. Events up to `as_of` are counted in `members` already.

    Attribute `more`: there are others, which pages tell. What events told of those before their page came is
    newer than the page. `private`: who is let in belongs to it, whether he is here or not.

    Who comes and goes is in the log; that somebody is away, or another status, is told once, and who heard it
    not has to look again. `look_again` begins that, at the first page, up to whom pages told of until then;
    in a room of which all are known, up to the last of them.
    """

    def __init__(
        self, members: Sequence[Member] = (), as_of: int = 0, *, more: bool = False, private: bool = False
    ) -> None:
        self._members = {member.account: member for member in members[:MOST_MEMBERS]}
        self._as_of = as_of
        self.private = private
        self.more = more or len(members) > MOST_MEMBERS
        self._after = members[-1].account if members else ""
        self._gone: set[str] = set()
        self._shown_out: set[str] = set()
        self._nicks: dict[str, str] = {}
        self._states: dict[str, PresenceEvent] = {}
        self._roles: dict[str, Role] = {}  # of those who are not there, as far as it was told
        self._again: str | None = None  # behind which account we look again; None: we do not
        self._again_upto = ""
        self._again_heard: set[str] = set()  # whose state was told since: that is newer than the page
        self._again_seen = 0

    def get(self, account: str) -> Member | None:
        return self._members.get(account)

    @property
    def count(self) -> int:
        return len(self._members)

    def members(self) -> list[Member]:
        return list(self._members.values())

    def take_shown_out(self) -> list[str]:
        """Who was shown out since the last call, and is not there again."""
        shown_out, self._shown_out = sorted(self._shown_out), set()
        return shown_out

    @property
    def next_page(self) -> str | None:
        """Behind which account the next page begins; None if there is none to ask for."""
        return self._after if self.more and len(self._members) < MOST_MEMBERS else None

    def page(self, members: Sequence[Member], *, more: bool) -> None:
        """The page behind `next_page`."""
        goes_on = bool(members) and members[-1].account > self._after
        for member in members:
            if len(self._members) >= MOST_MEMBERS:
                more = True
                break
            if member.account not in self._gone:
                nick = self._nicks.get(member.account, member.nick)
                role = self._roles.pop(member.account, member.role)
                known = msgspec.structs.replace(member, nick=nick, role=role)
                if (state := self._states.get(member.account)) is not None:
                    known = _as_seen(known, state)
                self._members.setdefault(member.account, known)
        self.more = more and (goes_on or len(self._members) >= MOST_MEMBERS)
        self._after = members[-1].account if members else self._after
        if not self.more:
            self._gone, self._nicks, self._states = set(), {}, {}

    def look_again(self) -> None:
        """Nothing to do where nobody is known of yet."""
        self.stop_looking()
        if self._members:
            upto = self._after if self.more else max(self._members)
            self._again, self._again_upto, self._again_seen = "", upto, 0

    @property
    def again_page(self) -> str | None:
        """Behind which account the next page of those looked at again begins; None if there is none."""
        return self._again

    def seen_again(self, members: Sequence[Member], *, more: bool) -> list[str]:
        """The page behind `again_page`: how those we know are now; the accounts that it changed."""
        changed = []
        for member in members:
            known = self._members.get(member.account)
            if known is None or member.account in self._again_heard:
                continue
            now = msgspec.structs.replace(
                known, presence=member.presence, status=member.status, since=member.since
            )
            if now != known:
                self._members[member.account] = now
                changed.append(member.account)
        last = members[-1].account if members else ""
        self._again_seen += len(members)
        if more and (self._again or "") < last < self._again_upto and self._again_seen < MOST_MEMBERS:
            self._again = last
        else:
            self.stop_looking()
        return changed

    def stop_looking(self) -> None:
        self._again = None
        self._again_heard = set()

    def happened(self, events: Iterable[StoredEvent]) -> list[str]:
        """Count what the log says; the accounts that it changed."""
        changed = []
        for event in events:
            count = _COUNTS.get(type(event))  # by the others nobody comes or goes
            if count is not None and event.seq > self._as_of:
                count(self, event)
                who = event.target if isinstance(event, InvitedEvent | RoleEvent) else event.account
                if not isinstance(event, RoleEvent) or who in self._members:
                    changed.append(who)
        return changed

    def seen(self, event: PresenceEvent) -> bool:
        """Somebody is away or back, or has another status; True if that is a change."""
        member = self._members.get(event.account)
        self._hear(event.account)
        if member is None and self.more and len(self._states) < MOST_MEMBERS:
            self._states[event.account] = event
        if member is None or (now := _as_seen(member, event)) == member:
            return False
        self._members[event.account] = now
        return True

    def _hear(self, account: str) -> None:
        if self._again is not None and len(self._again_heard) < MOST_MEMBERS:
            self._again_heard.add(account)

    def _joined(self, event: JoinedEvent) -> None:
        self._came(Member(nick=event.nick, account=event.account, presence="online", bot=event.bot))

    def _invited(self, event: InvitedEvent) -> None:
        if self.private:  # who comes into another one is told of by itself; and who is here, by his presence
            self._came(Member(nick=event.target_nick, account=event.target, presence="away"))

    def _came(self, member: Member) -> None:
        self._hear(member.account)
        self._gone.discard(member.account)
        self._shown_out.discard(member.account)
        if member.account not in self._members and len(self._members) >= MOST_MEMBERS:
            self.more = True
            return
        role = self._roles.pop(member.account, "member")
        self._members[member.account] = msgspec.structs.replace(member, role=role)

    def _left(self, event: LeftEvent) -> None:
        if (member := self._members.pop(event.account, None)) is not None and member.role != "member":
            self._keep_role(event.account, member.role)
        if event.reason == "kicked" and len(self._shown_out) < MOST_MEMBERS:
            self._shown_out.add(event.account)
        if self.more and len(self._gone) < MOST_MEMBERS:
            self._gone.add(event.account)

    def _renamed(self, event: RenamedEvent) -> None:
        if event.account in self._members:
            known = self._members[event.account]
            self._members[event.account] = msgspec.structs.replace(known, nick=event.nick)
        elif self.more and len(self._nicks) < MOST_MEMBERS:
            self._nicks[event.account] = event.nick

    def _given(self, event: RoleEvent) -> None:
        if event.target in self._members:
            known = self._members[event.target]
            self._members[event.target] = msgspec.structs.replace(known, role=event.role)
        else:
            self._keep_role(event.target, event.role)

    def _keep_role(self, account: str, role: Role) -> None:
        if len(self._roles) < MOST_MEMBERS or account in self._roles:
            self._roles[account] = role


def _as_seen(member: Member, event: PresenceEvent) -> Member:
    return msgspec.structs.replace(member, presence=event.presence, status=event.status, since=event.since)


_COUNTS: dict[type[StoredEvent], Callable[..., None]] = {
    JoinedEvent: Present._joined,
    InvitedEvent: Present._invited,
    LeftEvent: Present._left,
    RenamedEvent: Present._renamed,
    RoleEvent: Present._given,
}
