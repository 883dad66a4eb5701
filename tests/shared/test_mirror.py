"""What a script is told when it asks how things stand."""

from shared import notices
from shared.mirror import Mirror


def test_a_message_that_gets_another_id_waits_once() -> None:
    mirror = Mirror(["lobby"])
    mirror.hear(notices.Waiting(id="one", room="lobby", text="words", at=7))
    mirror.hear(notices.Waiting(id="two", room="lobby", text="words", at=7, was="one"))
    assert mirror.standing().waiting == 1
    mirror.hear(notices.Delivered(id="two", room="lobby", seq=5, at=7))
    assert mirror.standing().waiting == 0
