"""The browser's scripts: ES modules in folders, read once when the server starts, each under an address with their version.

A module imports another by its relative address, so all that a page runs comes from one folder
(``/assets/js-<version>/wall/live.js``), whose version is the digest of all of them.  Browsers cache them for ever and request
none twice; after an update of the server a new page names new addresses, and a page caught while loading finds nothing
under the old ones and is reloaded (layouts/html/watchdog.js): a module never runs beside one of another version.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

#: For ``Dash.renderer``: it starts once the modules have run, because its callbacks refer to their functions.
RENDERER = 'addEventListener("DOMContentLoaded", () => { window.renderer = new DashRenderer(); });'
_IMPORTED = re.compile(r"""^(?:import|export)\s*(?:[\w\s*{},]+?\bfrom\s*)?["'](\.[^"']+)["']""", re.M)


class Scripts:
    """``root``: the folder below which every ``.js`` in a subfolder is a module; ``base``: the address of that folder as the
    server sees it; ``below``: the path that a browser puts before it.

    ``versioned`` False leaves the version out of the addresses, for a server that serves the files in place.
    """

    def __init__(self, root: Path, base: str = "/assets/", versioned: bool = True, below: str = "") -> None:
        self._held = {p.relative_to(root).as_posix(): p.read_bytes() for p in sorted(root.glob("*/**/*.js"))}
        digest = hashlib.blake2b(digest_size=8)
        for path, body in self._held.items():
            digest.update(f"{path}\0{len(body)}\0".encode() + body)
        self.version = digest.hexdigest()
        self.base = f"{base}js-{self.version}/" if versioned else base
        self._below = below

    def find(self, address: str) -> bytes | None:
        """The script at an address; None if there is none."""
        return self._held.get(address.removeprefix(self.base)) if address.startswith(self.base) else None

    def imported(self, path: str) -> tuple[str, ...]:
        """The paths that a module imports, directly or through others, nearest first.  Raises KeyError if one of them is
        missing."""
        found: dict[str, None] = {}
        wanted = [path]
        while wanted:
            at = wanted.pop(0)
            for name in _IMPORTED.findall(self._held[at].decode()):
                other = _resolved(at, name)
                if other not in found and other != path:
                    found[other] = None
                    wanted.append(other)
        return tuple(found)

    def tags(self, entries: Iterable[str]) -> str:
        """The markup that loads ``entries`` in order once the page is parsed; their imports are preloaded."""
        entries = tuple(entries)
        beside = dict.fromkeys(p for entry in entries for p in self.imported(entry) if p not in entries)
        preloads = "".join(f'<link rel="modulepreload" href="{self._below}{self.base}{path}">' for path in beside)
        return preloads + "".join(f'<script type="module" src="{self._below}{self.base}{path}"></script>' for path in entries)


def _resolved(at: str, name: str) -> str:
    parts: list[str] = list(PurePosixPath(at).parent.parts)
    for part in PurePosixPath(name).parts:
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
