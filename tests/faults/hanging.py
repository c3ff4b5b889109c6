"""Parts that hang: a server that accepts and never answers, and a road to a real database that can be held up."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from pathlib import Path


class Mute:
    """Accepts connections on a port of the loopback and never says a word."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._held: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self._held.append(self._socket.accept()[0])

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes who accepts
        self._socket.close()
        for one in self._held:
            one.close()

    def __enter__(self) -> Mute:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class Road:
    """Carries a port of the loopback to the Unix socket of a database server; while ``held`` nothing goes either way, though
    connections are taken.  ``cut`` ends those that there are."""

    def __init__(self, to: Path) -> None:
        self._to, self.held = to, False
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._ended = False
        self._threads: list[threading.Thread] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near = self._socket.accept()[0]
                far = socket.socket(socket.AF_UNIX)
                far.connect(str(self._to))
                self._pairs.append((near, far))
                self._threads.append(threading.Thread(target=self._carry, args=(near, far), daemon=True))
                self._threads[-1].start()

    def _carry(self, near: socket.socket, far: socket.socket) -> None:
        with near, far, contextlib.suppress(OSError), selectors.DefaultSelector() as selector:
            selector.register(near, selectors.EVENT_READ, far)
            selector.register(far, selectors.EVENT_READ, near)
            while not self._ended:
                if self.held:
                    threading.Event().wait(0.02)
                    continue
                for key, _ in selector.select(0.05):
                    if self.held:
                        break
                    data = key.fileobj.recv(65_536)  # type: ignore[union-attr]
                    if not data:
                        return
                    key.data.sendall(data)

    def cut(self) -> None:
        for near, far in self._pairs:
            for one in (near, far):
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
        self._pairs.clear()

    def close(self) -> None:
        self._ended = True
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes who accepts
        self._socket.close()
        self.cut()
        for thread in self._threads:
            thread.join(2)

    def __enter__(self) -> Road:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
