"""Repeats what others say in the lobby, with nothing but pyzmq and JSON. Ends with Ctrl+C.

python raw_echo.py [REQUESTS], by default tcp://127.0.0.1:1101
"""

import json
import sys
from uuid import uuid4

import zmq

context: "zmq.Context[zmq.Socket[bytes]]" = zmq.Context()
requests, events = context.socket(zmq.DEALER), context.socket(zmq.SUB)
requests.connect([*sys.argv, "tcp://127.0.0.1:1101"][1])
requests.send_json({"op": "join", "id": uuid4().hex, "nick": "echo", "bot": True})
me = json.loads(requests.recv())[0]
events.connect(me["pub"])
events.subscribe(me["topic"])
while True:
    for event in json.loads(events.recv_multipart()[1]):
        if event["op"] == "message" and event["account"] != me["account"]:
            requests.send_json({"op": "message", "id": uuid4().hex, "room": "lobby", "text": event["text"]})
            requests.recv()  # it is stored
