"""The chat server: a ROUTER, a PUB and the classic TCP front door over one durable log."""
