"""Repeats what people say in the lobby, with nothing but pyzmq. Ends with Ctrl+C.

LOGGIA_REQUESTS names another broker than the one of this computer.
"""

import os

import zmq

requests, events = map(zmq.Context.instance().socket, (zmq.DEALER, zmq.SUB))
requests.connect(os.environ.get("LOGGIA_REQUESTS") or "tcp://127.0.0.1:1101")
try:
    requests.send_json({"op": "join", "id": "join", "nick": "echo", "bot": True})
    me = requests.recv_json()[0] if requests.poll(5000) else exit("No broker answers.")
    events.connect(me.get("pub") or exit(me["text"]))  # or the broker says why not
    events.subscribe(me["topic"])
    while events.recv():  # the topic, and then what happened
        for new in [e for e in events.recv_json() if e["op"] == "message" and not e.get("bot")]:
            requests.send_json({"op": "message", "id": str(new["seq"]), "room": "lobby", "text": new["text"]})
            requests.recv()  # it is stored
except KeyboardInterrupt:
    requests.send_json({"op": "!end", "id": "end"})
    zmq.Context.instance().destroy(linger=1000)  # once that is sent, or after a second
