"""Clients of the front door for tests: the original chat's window without the window, and a plain socket."""

import contextlib
import queue
import socket
import struct
import threading

from tests.patience import PATIENCE_S

WAIT_S = PATIENCE_S


@contextlib.contextmanager
def _closed_on_failure(made):
    """A test that fails here still leaves nothing behind."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            made.shutdown(socket.SHUT_RDWR)
        made.close()
        raise


class OriginalClient:
    """Takes every recv(1024) for a message, sends without a line end, and leaves on exactly `!end`."""

    def __init__(self, address, nick=None):
        self.messages = queue.Queue()
        self.socket = socket.create_connection(address, WAIT_S)
        self.thread = threading.Thread(target=self._receive)
        self.thread.start()
        self.heard = []
        if nick is not None:
            with _closed_on_failure(self.socket):
                self.wait_for("nickname")
                self.send(nick)
                self.wait_for(nick)

    def _receive(self):
        try:
            while message := self.socket.recv(1024).decode("utf8"):
                self.messages.put(message)
                if message == "!end":
                    break
        except OSError:
            pass
        self.messages.put(None)
        self.socket.close()

    def send(self, text):
        self.socket.send(bytes(text, "utf8"))

    def close(self):
        """What `!close` does: no word, the socket closed."""
        self.socket.shutdown(socket.SHUT_RDWR)
        self.join()

    def next(self):
        """The next message as it was received; None when the connection is closed."""
        message = self.messages.get(timeout=WAIT_S)
        self.heard.append(message)
        return message

    def wait_for(self, text):
        """All messages up to the first that contains `text`."""
        messages = [self.next()]
        while messages[-1] is not None and text not in messages[-1]:
            messages.append(self.next())
        assert messages[-1] is not None, f"closed before {text!r}: {messages}"
        return messages

    def join(self):
        self.thread.join(WAIT_S)
        assert not self.thread.is_alive()


class Caller:
    """A plain socket; what a terminal sends, or anything else."""

    def __init__(self, address, nick=None, receive_buffer=None):
        self.socket = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(WAIT_S)
        self.heard = b""
        with _closed_on_failure(self.socket):
            self.socket.connect(address)
            if nick is not None:
                self.until("call you? ")
                self.say(nick)
                self.until("leave.\n")

    @property
    def name(self):
        return "{}:{}".format(*self.socket.getsockname()[:2])

    def say(self, *lines):
        self.send("".join(f"{line}\n" for line in lines).encode())

    def send(self, data):
        self.socket.sendall(data)

    def until(self, text):
        """Everything up to `text`, which must come."""
        end = text.encode()
        while end not in self.heard:
            data = self.socket.recv(65536)
            assert data, f"closed before {text!r}: {self.heard[-500:]!r}"
            self.heard += data
        found, _, self.heard = self.heard.partition(end)
        return (found + end).decode()

    def line(self):
        return self.until("\n")[:-1]

    def rest(self):
        """Everything up to the end of the connection."""
        while data := self.socket.recv(65536):
            self.heard += data
        rest, self.heard = self.heard, b""
        return rest.decode()

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self):
        """Drop the connection as a crashed computer does."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def close(self):
        self.socket.close()


@contextlib.contextmanager
def calling(door):
    """Gives `call(Caller, "ada")` to that door; all callers are hung up at the end."""
    with contextlib.ExitStack() as stack:

        def call(kind, *arguments, **more):
            caller = kind(door, *arguments, **more)
            stack.callback(_hang_up, caller)
            return caller

        yield call


def _hang_up(caller):
    with contextlib.suppress(OSError):
        caller.close()
    if isinstance(caller, OriginalClient):
        caller.join()
