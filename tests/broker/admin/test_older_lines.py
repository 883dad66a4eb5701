"""What an older version stored keeps its bytes and hashes, whatever is written today."""

import argparse
import secrets
from contextlib import closing

from loggia.broker.admin import export, import_, rebuild, verify
from loggia.broker.core.state import Batch, Fresh, Room
from loggia.broker.storage.log import Log
from loggia.shared.protocol.codec import encode
from loggia.shared.protocol.down import decode_event

LAB = "lab"
ACTS = [
    b'"created",%b',
    b'"joined",%b',
    b'"banned",%b,"target":"b","target_nick":"bob"',
    b'"unbanned",%b,"target":"b","target_nick":"bob"',
    b'"muted",%b,"target":"b","target_nick":"bob"',
    b'"unmuted",%b,"target":"b","target_nick":"bob"',
    b'"invited",%b,"target":"b","target_nick":"bob"',
    b'"left",%b,"reason":"kicked","by":"a","by_nick":"ann"',
    b'"message",%b',  # which is deleted
    b'"deleted",%b,"target":9',
]


def line(seq, act):
    place = b'"room":"lab","seq":%d,"at":%d,"nick":"ann","account":"a","id":"%d"' % (seq, seq + 10, seq)
    return b'{"op":%b}' % (act % place)


LINES = [line(seq, act) for seq, act in enumerate(ACTS, 1)]
PLAIN = {"joined", "message"}


def written(data):
    """A log as an older version left it."""
    with closing(Log(data, secrets.token_hex(8))) as log:
        room = Room(number=1, name=LAB, place=log.place_of(1))
        fresh = Fresh(room, 1, [decode_event(body) for body in LINES], LINES)
        log.append(Batch(fresh=[fresh], new_rooms=[room]))


def exported(data, file, progress):
    assert export.run(data, argparse.Namespace(room=None, format="jsonl", output=str(file)), progress) == 0
    return file.read_bytes().split(b"\n")[1:]  # the first names the log


def ends(data, progress):
    report = verify.verify(data, progress)
    assert report.damage == report.notes == []
    return list(report.ends.values())


def test_they_would_be_written_otherwise_today():
    events = [decode_event(body) for body in LINES]
    same = {
        event.__struct_config__.tag
        for event, body in zip(events, LINES, strict=True)
        if encode(event) == body
    }
    assert same == PLAIN | {"left"}, "of who was shown out without a word nothing tells why"


def test_export_and_import_leave_them_as_they_are(tmp_path, progress):
    old, new, file = tmp_path / "old", tmp_path / "new", tmp_path / "export"
    written(old)
    rebuild.rebuild(old, progress)
    lines = exported(old, file, progress)
    assert [one for one in lines if b'"op"' in one] == LINES
    import_.take_in(new, file, progress)
    assert exported(new, tmp_path / "again", progress) == lines
    assert ends(new, progress) == ends(old, progress)
    assert rebuild.rebuild(new, progress) == (1, 0)
