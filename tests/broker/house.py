"""One broker without its doors: a Pipeline over a real Log, and clocks that a test moves."""

from collections import defaultdict

from loggia.broker.runtime.pipeline import Pipeline
from loggia.broker.sessions.hub import HubSettings, Ports
from loggia.broker.sessions.quotas import Bounds
from loggia.broker.storage.indexing import Indexing
from loggia.broker.storage.log import Log
from loggia.shared.protocol.answers import Error, HistoryAnswer, JoinedAnswer, ServerInfo, Stored
from loggia.shared.protocol.down import decode_event
from loggia.shared.protocol.events import PresenceEvent
from loggia.shared.protocol.limits import LOBBY, Limits
from loggia.shared.protocol.requests import History, Join, Message

BROADCASTS = "tcp://127.0.0.1:1102"
START_MS = 1_700_000_000_000


class House:
    """`told`: what each peer was answered. `published`, `news`: what the world and the terminal heard.

    `searched`: what is said can be searched for; `index` does that.
    """

    def __init__(self, folder, limits=None, rate=0.0, bounds=None, *, searched=False):
        self.folder = folder
        self.searched = searched
        self.limits = limits or Limits()
        self.rate = rate
        self.bounds = bounds or Bounds()
        self.now = 1000.0
        self.at = START_MS
        self.told = defaultdict(list)
        self.published = []
        self.news = []
        self.hosts = {}
        self.unread = {}
        self._accounts = 0
        self._drawn = 0
        self._lives = 0
        self._open()

    def _open(self):
        self._lives += 1
        self.log = Log(self.folder, f"epoch-{self._lives}")
        settings = HubSettings(
            server=ServerInfo(name="house", version="0"),
            limits=self.limits,
            rate=self.rate,
            bounds=self.bounds,
        )
        ports = Ports(
            find_account=self.log.find_account,
            mint=self._mint,
            draw=self._draw,
            broadcasts_for=lambda key: BROADCASTS,
            host_of=lambda key: self.hosts.get(key, "127.0.0.1"),
            unread_of=lambda key: self.unread.get(key, 0),
        )
        self.index = Indexing(self.folder, self.log) if self.searched else None
        self.pipeline = Pipeline(self.log, settings, ports, self.now, self.index)

    def _mint(self, visitor):
        self._accounts += 1
        return f"account-{self._accounts}", f"token-{self._accounts}"

    def _draw(self):
        self._drawn += 1
        return f"{self._drawn:a>28}"

    def close(self):
        if self.index is not None:
            self.index.close()
        self.log.close()

    def restart(self):
        """As after kill -9: what is on the disk, and nothing else."""
        if self.index is not None:
            self.index._shut()
        self.log.close()
        self._open()

    def passes(self, seconds):
        """Time goes by, and what is due happens."""
        self.now += seconds
        self.at += round(seconds * 1000)
        self.run()

    def run(self):
        """Turns until nothing waits; what people have read waits for a moment."""
        self.turn()
        while self.pipeline.waits() or (due_at := self.pipeline.due_at()) is not None:
            if not self.pipeline.waits():
                assert due_at is not None
                self.now = max(self.now, due_at)
            self.turn()

    def turn(self):
        effects = self.pipeline.turn(self.now, self.at)
        for key, answers in effects.answers.items():
            self.told[key] += answers
        for published in effects.deliveries:
            assert [decode_event(body) for body in published.bodies] == list(published.events)
            assert {event.room for event in published.events} == {published.room}
            self.published += published.events
        self.news += effects.news
        self.log.relieve()
        return effects

    # -- What clients do -----------------------------------------------------------------------

    def arrive(self, key, *requests, door="requests"):
        """A peer's frame is here; the next turn handles it."""
        self.pipeline.submit([(key, requests)], visitors=door == "front")

    def ask(self, key, *requests, door="requests"):
        """A peer's frame, and all that it is answered."""
        before = len(self.told[key])
        self.arrive(key, *requests, door=door)
        self.run()
        return self.told[key][before:]

    def ask_one(self, key, request, door="requests"):
        (answer,) = self.ask(key, request, door=door)
        return answer

    def join(self, key, nick=None, room=LOBBY, door="requests", **more):
        answer = self.ask_one(key, Join(id="join", nick=nick, room=room, **more), door)
        assert isinstance(answer, JoinedAnswer), answer
        return answer

    def refuses(self, key, request, code, door="requests"):
        """The error that a request is answered with."""
        answer = self.ask_one(key, request, door)
        assert isinstance(answer, Error), answer
        assert (answer.code, answer.id) == (code, request.id), answer
        assert answer.text
        return answer

    def say(self, key, request_id, text="hello", room=LOBBY):
        answer = self.ask_one(key, Message(id=request_id, room=room, text=text))
        assert isinstance(answer, Stored), answer
        return answer

    def lose(self, *keys):
        """The connections break."""
        for key in keys:
            self.pipeline.lost(key)
        self.run()

    # -- What there is to see ------------------------------------------------------------------

    def page(self, key, room=LOBBY, **range_):
        answer = self.ask_one(key, History(id="history", room=room, **range_))
        assert isinstance(answer, HistoryAnswer), answer
        return answer

    def events(self, room=LOBBY):
        """The whole log of a room, as it is on the disk; its numbers are dense."""
        number = self.log.load().rooms[room].number
        found = []
        while page := self.log.pages.after(number, len(found), 1000):
            found += map(decode_event, page)
        assert [event.seq for event in found] == list(range(1, len(found) + 1))
        assert [event.at for event in found] == sorted(event.at for event in found)
        assert {event.room for event in found} <= {room}
        return found

    def texts(self, room=LOBBY):
        return [event.text for event in self.events(room) if hasattr(event, "text")]

    def told_events(self):
        """The stored events that were published since the last call, as (kind, nick, room) and more."""
        heard = [event for event in self.published if not isinstance(event, PresenceEvent)]
        self.published = [event for event in self.published if isinstance(event, PresenceEvent)]
        return heard

    def told_presence(self):
        """Since the last call: (nick, room, presence)."""
        heard = [
            (event.nick, event.room, event.presence)
            for event in self.published
            if isinstance(event, PresenceEvent)
        ]
        self.published = [event for event in self.published if not isinstance(event, PresenceEvent)]
        return heard


def error_of(answer):
    return answer.code if isinstance(answer, Error) else None


def shape(events):
    """(op, nick, room) of each event, and the reason of those who left."""
    return [
        (
            event.__struct_config__.tag,
            event.nick,
            event.room,
            *([event.reason] if hasattr(event, "reason") else []),
        )
        for event in events
    ]
