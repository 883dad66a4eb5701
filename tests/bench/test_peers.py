"""Servers of others: what is said to them is theirs, and each that is installed does the same work."""

import itertools
import json

import pytest

from bench import results
from bench.dealers import TEXT
from bench.peers.mosquitto import MqttLanguage
from bench.peers.peer import Caller
from bench.peers.table import PEERS
from bench.rivals import Load
from bench.speakers import Silent, flood, one_by_one
from tests.bench.test_bench import measured


@pytest.fixture(params=PEERS, ids=lambda peer: peer.name)
def peer(request):
    if why := request.param.lacking():
        pytest.skip(why)
    return request.param


def test_each_message_is_answered(peer, tmp_path):
    with peer.talking(tmp_path, Load(speakers=3, window=5, listeners=0)) as talk:
        assert flood(talk.speakers, 60, window=5) > 0
        assert len(one_by_one(talk.speakers[0], 3)) == 3
        assert [speaker.received() for speaker in talk.speakers] == [0, 0, 0]


def test_it_says_its_version(peer):
    assert peer.version()[0].isdigit()


@pytest.fixture(scope="module")
def beside():
    """A scenario with all that are installed; which ones are not is said."""
    without = "".join(f"Without {peer.name}: {why}.\n" for peer in PEERS if (why := peer.lacking()))
    (line,) = measured("one-reader", "--size", "0.001", "--peers", complaints=without)
    return line


def test_it_stands_beside_ours_in_the_table(peer, beside):
    assert peer.name in beside["rivals"]
    assert f"to {peer.name}" in results.table(beside)


def test_each_message_arrives(peer, beside):
    (turn,) = [turn for turn in beside["turns"] if turn["who"] == peer.name]
    assert turn["dropped"] == 0 < turn["deliveries_per_s"]


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_one_that_is_not_installed_says_what_brings_it(peer, monkeypatch):
    monkeypatch.setattr(type(peer), "program", "a-program-that-nobody-has")
    assert peer.lacking().startswith("a-program-that-nobody-has is not installed (")


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_a_message_has_the_text_that_listeners_look_for(peer):
    assert peer.language.message(7, 0).count(TEXT.encode()) >= 1
    assert peer.language.answer not in TEXT.encode()


def test_no_packet_id_looks_like_an_answer():
    ids = {MqttLanguage().message(number, 0)[8:10] for number in range(0x4000)}
    answers = b"".join(b"\x40\x02" + packet_id for packet_id in ids)
    assert answers.count(MqttLanguage.answer) == len(ids)


class _Cut:
    """A socket that gives bytes in pieces."""

    def __init__(self, *pieces):
        self._pieces = list(pieces)

    def recv(self, size, flags):
        if not self._pieces:
            raise BlockingIOError
        return self._pieces.pop(0)


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_answers_are_counted_wherever_they_are_cut(peer):
    answer = peer.language.answer
    whole = (answer + b"...") * 3
    for first, second in itertools.combinations(range(1, len(whole)), 2):
        caller = Caller.__new__(Caller)
        caller._language, caller._rest = peer.language, b""
        caller.socket = _Cut(whole[:first], whole[first:second], whole[second:])
        assert sum(caller.received() for _ in range(4)) == 3


def test_one_that_hangs_up_is_told(monkeypatch):
    caller = Caller.__new__(Caller)
    caller.socket = _Cut(b"")
    with pytest.raises(Silent):
        caller.received()


def test_a_line_of_several_is_json():
    assert json.loads(json.dumps(results.line("lone", {}, 1.0, {"loggia": "1"}, []))) == {
        **{"scenario": "lone", "size": 1.0, "rivals": {"loggia": "1"}, "turns": []}
    }
