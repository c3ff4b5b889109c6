"""One run: the pictures city by city and hour by hour, each state of the server in turn."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path
from typing import Any

from dashboard.look.camera import AWAY_S, Camera, Shot, browser
from dashboard.look.plan import Picture
from dashboard.look.stage import EVENTS, Progress, Stage
from data.city.profile import Profile

#: Pages that stand open at once while the server is away: one wait serves them all.
TOGETHER = 4


def taken(
    pictures: Sequence[Picture], profiles: Mapping[str, Profile], folder: Path, progress: Progress, events: int = EVENTS
) -> Iterator[Shot]:
    """Every picture, over servers of our own: one for each city and hour.  Raises LookError."""
    with browser() as chromium, tempfile.TemporaryDirectory(prefix="gridwall-look-") as place:
        for (city, hour), several in groupby(pictures, key=lambda p: (p.city, p.hour)):
            with Stage(profiles[city], hour, Path(place), progress, events) as stage:
                camera = Camera(chromium, stage.base, folder, stage.password)
                for state, those in groupby(several, key=lambda p: p.state):
                    yield from _in_state(state, list(those), camera, stage)


def taken_at(pictures: Sequence[Picture], base: str, folder: Path) -> Iterator[Shot]:
    """Every picture of a server that runs already.  Raises LookError."""
    with browser() as chromium:
        camera = Camera(chromium, base, folder)
        yield from _one_by_one(pictures, camera)


def _one_by_one(pictures: Iterable[Picture], camera: Camera) -> Iterator[Shot]:
    for picture in pictures:
        with camera.opened(picture) as (page, shot):
            camera.take(page, shot)
        yield shot


def _in_state(state: str, pictures: Sequence[Picture], camera: Camera, stage: Stage) -> Iterator[Shot]:
    if state == "late":
        with stage.source_away():
            time.sleep(AWAY_S)
            yield from _one_by_one(pictures, camera)
    elif state == "away":
        for at in range(0, len(pictures), TOGETHER):
            some = pictures[at : at + TOGETHER]
            with ExitStack() as stack:
                opened: list[tuple[Any, Shot]] = [stack.enter_context(camera.opened(picture)) for picture in some]
                with stage.server_away():
                    opened[0][0].wait_for_timeout(AWAY_S * 1000)  # not a sleep: the pages' own requests go on
                    shots = [camera.take(page, shot) for page, shot in opened]
            yield from shots
    else:
        yield from _one_by_one(pictures, camera)


def told(shots: Iterable[Shot], total: int, say: Callable[[str], None]) -> Iterator[Shot]:
    """The same shots, each with a line of progress: number, name, findings, minutes left."""
    started = time.monotonic()
    for i, shot in enumerate(shots, 1):
        left = (time.monotonic() - started) / i * (total - i) / 60
        say(f"[{i:>4}/{total}] {shot.picture.name}  {len(shot.wrong)}  {shot.fault}  ({left:.0f} min)")
        yield shot
