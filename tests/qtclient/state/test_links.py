"""Links are found in any text, in no more time than its length, and who may be misled is asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loggia.qtclient.state.links import MOST_CHARS, doubt, in_letters, links

from tests.qtclient.state.seen import STEPS_MORE, steps

FACE = "\U0001f600"


def targets(text: str) -> list[str]:
    return [link.target for link in links(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see http://a.example/x?y=1&z=2#q now", ["http://a.example/x?y=1&z=2#q"]),
        ("HTTPS://A.example and mailto:bob@a.example", ["HTTPS://A.example", "mailto:bob@a.example"]),
        ("(http://a.example/b).", ["http://a.example/b"]),
        ("http://a.example/Bridge_(game), too", ["http://a.example/Bridge_(game)"]),
        ("see http://a.example, http://b.example!", ["http://a.example", "http://b.example"]),
        ('"https://a.example/"', ["https://a.example/"]),
        ("<https://a.example/>", ["https://a.example/"]),
        ("看http://a.example/看。", ["http://a.example/看"]),
        ("\U0001f600http://a.example", ["http://a.example"]),
        ("[here](http://a.example)", ["http://a.example"]),
        ("[write](mailto:bob@a.example) [to](javascript:alert(1))", ["mailto:bob@a.example"]),
        ("mailto:bob@a.example?attach=/etc/passwd", ["mailto:bob@a.example"]),
        ("http://a.example\u202egpj.exe", ["http://a.example"]),
        ("http://a.example\\@b.example", ["http://a.example"]),
        ("http://a.example\u00a0b", ["http://a.example"]),
    ],
)
def test_what_is_a_link(text: str, found: list[str]):
    assert targets(text) == found


@pytest.mark.parametrize(
    "text",
    [
        *("http://", "https:// x", "http://...", "http:///", "http://?x", "mailto:", "mailto:bob"),
        *("mailto:@a", "mailto:a@.", "xhttp://a.example", "ftp://a.example", "file:///etc/passwd"),
        *("javascript:alert(1)", "[**](http://a.example)"),
        *("www.a.example", "[x](file:///etc/passwd)", "http\u017f://a.example", "data:text/html,x"),
        "http://a.example/" + "x" * MOST_CHARS,
    ],
)
def test_what_is_none(text: str):
    assert targets(text) == []


PIECES = ["[", "](", ")", "(", "*", "http://", "mailto:", "a@", "a", ".", "/", " ", "\U0001f600"]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_places_are_those_of_the_text(text: str):
    last = 0
    for link in links(text):
        assert last <= link.start <= link.label[0] < link.label[1] <= link.end <= len(text)
        assert link.target in text[link.start : link.end]
        last = link.end


@pytest.mark.parametrize(
    "piece", ["[", "[a](", "[a](http://", "http://", "mailto:", "mailto:a@", "http://(", "]", "http://x) "]
)
def test_twice_the_text_takes_twice_the_steps(piece: str):
    once, twice = (steps(lambda text=piece * many: list(links(text))) for many in (500, 1000))
    assert twice <= 2 * once + STEPS_MORE


@pytest.mark.parametrize(
    ("shown", "target"),
    [
        ("http://a.example/b", "http://a.example/b"),
        ("a.example", "https://a.example/"),
        ("https://a.example", "http://a.example"),
        ("mailto:bob@a.example", "mailto:bob@a.example"),
        ("bob@a.example", "mailto:bob@a.example"),
        ("http://a.example/ünder?q=看", "http://a.example/ünder?q=看"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/"),
        ("http://[::1]/", "http://[::1]/"),
    ],
)
def test_what_goes_where_it_seems_to_go_is_not_asked_about(shown: str, target: str):
    assert doubt(shown, target) == ""


@pytest.mark.parametrize(
    ("shown", "target", "why"),
    [
        ("here", "http://a.example", "What is written"),
        ("http://a.example", "http://b.example", "What is written"),
        ("http://bank.example@b.example/", "http://bank.example@b.example/", "What stands before the @"),
        ("http://\u0430.example", "http://\u0430.example", "The name of the place"),
        ("http://xn--80a.example", "http://xn--80a.example", "The name of the place"),
        ("http://a%2eexample", "http://a%2eexample", "The name of the place"),
        ("mailto:bob@\u0430.example", "mailto:bob@\u0430.example", "The name of the place"),
        ("http://[::1", "http://[::1", "Its address"),
    ],
)
def test_what_may_mislead_is_asked_about(shown: str, target: str, why: str):
    assert doubt(shown, target).startswith(why)


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("http://a.example/ünder?q=看#x%20y", "http://a.example/ünder?q=看#x%20y"),
        (f"http://a.example/{12 * FACE}", f"http://a.example/{12 * FACE}"),
        (
            "http://" + 13 * "\U0001f600" + "@b.example/%20",
            "http://" + 13 * "%F0%9F%98%80" + "@b.example/%20",
        ),
        ("http://a.example/" + 13 * "\u231a" + "[(~*)]", "http://a.example/" + 13 * "%E2%8C%9A" + "[(~*)]"),
    ],
)
def test_of_where_it_goes_nothing_is_left_out_however_many_pictures_it_has(target: str, told: str):
    assert in_letters(target) == told
