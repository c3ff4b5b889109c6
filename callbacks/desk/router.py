"""The desk's road: pages for accounts, and ``/desk/<name>`` with what they show; role and area are checked here, each time.

A route states the right it needs; it is answered on the niced threads of ``callbacks.http.drills``.  What it answers is JSON, or
a file to be saved.  What must be remembered is written to the audit, also where it was refused.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

from callbacks.http.access import Door, denied
from callbacks.http.answers import answer_fault, answer_json, error_words
from callbacks.http.body import Left, read_json
from callbacks.http.drills import Drills
from callbacks.http.files import Receive, Scope, Send
from data.access.viewer import Viewer
from data.errors import AccessFault, GridWallError, OverVolume, QueryFault
from data.facts import case_reads
from data.text import Lang, Text

log = logging.getLogger("gridwall.desk")
#: Bytes of a request's body at the most: a note, a form.
LARGEST = 16_384


@dataclass(frozen=True)
class File:
    """An answer to be saved; ``kind`` is its media type."""

    name: str
    kind: str
    body: bytes


@dataclass(frozen=True)
class DeskPage:
    """A page for accounts with ``right``; ``layout`` is given who asks and the words of the address."""

    path: str
    right: str
    title: Text
    layout: Callable[[Viewer, Mapping[str, str], Lang], Any]


@dataclass(frozen=True)
class DeskRoute:
    """``answer(viewer, words)``: a POST's words are its JSON body.

    ``audit`` names what is written down ("" = nothing), with the word called ``subject``.  ``long``: it may take a minute (an
    export), and waits in a queue of its own, so that no click waits for it.
    """

    path: str
    right: str
    answer: Callable[[Viewer, Mapping[str, Any]], dict[str, Any] | File]
    method: Literal["GET", "POST"] = "GET"
    audit: str = ""
    subject: str = ""
    long: bool = False


class Desk:
    """ASGI for the paths below ``/desk/``; ``pages`` are looked up by the routes and by Dash's page callback."""

    def __init__(self, door: Door, pages: tuple[DeskPage, ...] = (), routes: tuple[DeskRoute, ...] = ()) -> None:
        self.door, self.drills, self.exports = door, Drills(), Drills(1, 4)
        self.pages = {p.path: p for p in pages}
        self.routes = {r.path: r for r in routes}

    def close(self) -> None:
        self.drills.close()
        self.exports.close()

    def page(self, path: str) -> DeskPage | None:
        return self.pages.get("/" + path.strip("/").split("/")[0])

    async def answer(
        self, path: str, scope: Scope, query: Mapping[str, str], viewer: Viewer | None, receive: Receive, send: Send
    ) -> None:
        """Answer one request of the desk, whoever asks."""
        route = self.routes.get(path)
        if viewer is None:
            await self.door.refuse(dict(scope["headers"]), send)
            return
        if route is None:
            await answer_json(send, 404, error_words(QueryFault(f"{path[:60]}: there is no such route", f"没有 {path[:60]}")))
            return
        if scope["method"] != route.method:
            await answer_json(send, 405, error_words(QueryFault(f"use {route.method}", f"请用 {route.method}")))
            return
        words: Mapping[str, Any] = query
        result, subject = "ok", ""
        try:
            if route.method == "POST":
                words = await _body(scope, receive)
            subject = str(words.get(route.subject, ""))[:200] if route.subject else ""
            if route.right not in viewer.rights:
                raise denied(route.right)
            turn = f"{viewer.user}|{words['reader']}|{path}" if words.get("reader") else ""
            queue = self.exports if route.long else self.drills
            found = await queue.ask(lambda: route.answer(viewer, words), turn)
            if route.audit:  # before anybody has it
                reading = case_reads.current()
                rows = reading.settled() if reading is not None else 0
                await self.door.noted(viewer, route.audit, subject or path, "ok", rows or None)
            await (_send_file(send, found) if isinstance(found, File) else answer_json(send, 200, found))
        except GridWallError as fault:
            result = "refused" if isinstance(fault, (AccessFault, OverVolume)) else "failed"
            if route.audit and result == "refused":  # a line of its own, below; the gate writes those of the others
                case_reads.told()
            await answer_fault(send, fault)
        except Left:
            return
        except Exception:
            result = "failed"
            log.exception("the desk failed at %s", path)
            await answer_json(send, 500, error_words(QueryFault("this failed; the log says why", "计算出错，原因见日志")))
        if route.audit and result != "ok":
            self.door.note(viewer, route.audit, subject or path, result)


async def _body(scope: Scope, receive: Receive) -> Mapping[str, Any]:
    """A POST's JSON object."""
    words = await read_json(scope, receive, LARGEST)
    if not isinstance(words, dict):
        raise QueryFault("the body is no JSON object", "提交内容不是 JSON 对象")
    return words


async def _send_file(send: Send, file: File) -> None:
    name = quote(file.name)
    await send(
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [
                (b"content-type", file.kind.encode()),
                (b"content-length", str(len(file.body)).encode()),
                (b"content-disposition", f"attachment; filename*=UTF-8''{name}".encode()),
                (b"cache-control", b"no-store"),
            ],
        }
    )
    await send({"type": "http.response.body", "body": file.body})
