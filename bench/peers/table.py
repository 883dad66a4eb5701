"""All of them, in the order in which they are shown."""

from bench.peers.mosquitto import Mosquitto
from bench.peers.nats import Nats
from bench.peers.ngircd import Ngircd
from bench.peers.peer import Peer
from bench.peers.redis import Redis

PEERS: tuple[Peer, ...] = (Redis(), Nats(), Mosquitto(), Ngircd())
