"""The least that makes a door: docs/protocol.md in datagrams. An empty one says that its sender is gone."""

import socket

from loggia.broker.doors.door import Connection, Door, Opened
from loggia.shared.protocol.addresses import Place, to_listen
from loggia.shared.protocol.codec import array, decode_requests, encode


class DatagramDoor(Door):
    name = "datagram door"

    def __init__(self, config, loop, inside):
        self._limits, self._loop, self._inside = config.limits, loop, inside
        self.socket = socket.socket(type=socket.SOCK_DGRAM)
        self._here = {}

    def open(self):
        self.socket.bind(("127.0.0.1", 0))
        self._loop.add_reader(self.socket, self._arrived)
        return Opened(at="datagrams", lines=["Datagrams on {}:{}".format(*self.socket.getsockname())])

    def _arrived(self):
        data, address = self.socket.recvfrom(65536)
        connection = self._here.setdefault(address, Connection(self, str(Place(*address))))
        if data:
            self._inside.submit(self, [(connection, decode_requests(data, self._limits))])
        else:
            self._inside.lost(self._here.pop(address))

    def answer(self, connection, answers):
        self.socket.sendto(encode(answers), to_listen(connection.peer))

    def deliver(self, delivery):
        for connection in delivery.among(self._here.values()):
            self.socket.sendto(array(delivery.bodies), to_listen(connection.peer))

    def close(self, parting, in_session):
        self._loop.remove_reader(self.socket)
        self.socket.close()
