"""What programs that are no chat say first, and what people do."""

from tests.broker.doors.classic.visiting import Visit

CURL_DICT = b"CLIENT x\r\nDEFINE ! resign\r\nQUIT\r\n"


TWO_LINES = [  # the first of which a person may say, too: these are known when they come together
    b"FOO BAR\r\nHost: x\r\n\r\n",
    b"Action: Login\r\nUsername: ada\r\nSecret: x\r\n\r\n",
    b"MSRP a786 SEND\r\nTo-Path: msrp:x\r\n\r\n",
    b"nick ada\r\nuser ada 0 * :Ada\r\n",
    b'{\n  "op": "join"\n}\n',
    b"CONNECT\naccept-version:1.2\nhost:x\n\n\x00",
]


class Met:
    """What became of it: `joins`, `log` lines behind those of the accept, `answer` behind the greeting."""

    def __init__(self, pieces, apart_s):
        self.visit = Visit()
        self.visit.said()
        self.visit.log.clear()
        for piece in pieces:
            if self.visit.closed:
                break
            self.visit.send(piece)
            self.visit.wait(apart_s)
        self.visit.wait(2)


def bytewise(data):
    return [data[at : at + 1] for at in range(len(data))]
