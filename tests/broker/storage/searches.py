"""What the tests of the search share: asking a house."""

from loggia.shared.protocol.answers import FoundAnswer
from loggia.shared.protocol.requests import Search


def search(house, text="", who="bob", **more):
    answer = house.ask_one(who, Search(id="s", text=text, **more))
    assert isinstance(answer, FoundAnswer), answer
    return answer


def places(answer):
    return [(hit.room, hit.seq) for hit in answer.hits]


def texts(answer):
    return [hit.text for hit in answer.hits]


def settle(house):
    for _ in range(10_000):
        if not house.index.step():
            return
    raise AssertionError("it never comes to rest")


def all_pages(house, text="", limit=7, cursor=None, **more):
    """The hits of all pages."""
    hits = []
    for _ in range(1000):
        answer = search(house, text, limit=limit, cursor=cursor, **more)
        assert len(answer.hits) <= limit
        hits += answer.hits
        cursor = answer.cursor
        if cursor is None:
            return hits
    raise AssertionError("there is no end")
