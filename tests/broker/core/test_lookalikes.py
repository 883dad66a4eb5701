"""Which nicks look the same."""

import pytest
from loggia.broker.core.lookalikes import looks


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada", "ADA"),
        ("ada", "ａｄａ"),
        ("ada", "аdа"),
        ("paypal", "pаypаl"),
        ("straße", "STRASSE"),
        ("l0l", "lOl"),
    ],
)
def test_names_that_look_the_same_share_a_look(one: str, other: str) -> None:
    assert looks(one) & looks(other)


@pytest.mark.parametrize(("one", "other"), [("ada", "adam"), ("bob", "rob"), ("ann", "anna"), ("zoe", "joe")])
def test_names_that_differ_share_none(one: str, other: str) -> None:
    assert not looks(one) & looks(other)
