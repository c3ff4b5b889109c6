"""tick_ms.200k, sync_one_row_ms, scopes.13.ticks, memory_mb.server: the pipeline in one process, as the ticker drives it."""

from __future__ import annotations

import os
import time
from argparse import Namespace
from pathlib import Path

from benchmarks.commits import commit_event
from benchmarks.place import city, health, rss_mb, server, writer
from benchmarks.record import record


def run() -> None:
    database = city(200_000)
    _in_process(database)
    _memory(database)


def _in_process(database: Path) -> None:
    os.chdir(database.parent)
    from dashboard.app import Service
    from dashboard.clock import now
    from dashboard.settings import resolve
    from data.access.viewer import Viewer

    settings = resolve(Namespace(source=f"sqlite:///{database}", city="qufu"), {})
    service = Service(settings)
    page_cache = service.page_cache
    topic = page_cache.topic("overview", Viewer(), "zh")
    service.ticker.once()
    page_cache.page(topic)
    for _ in range(5):
        commit_event(database)
        service.ticker.once()
    syncs, ticks = [], []
    for _ in range(40):
        commit_event(database)
        time.sleep(0.05)
        started = time.perf_counter()
        service.pipeline.sync(now())
        syncs.append((time.perf_counter() - started) * 1000)
    for _ in range(40):
        commit_event(database)
        page_cache.keep(topic)
        started = time.perf_counter()
        service.ticker.once()
        page = page_cache.current(topic)
        assert page is not None
        page.bytes(page.id)
        page.bytes()
        ticks.append((time.perf_counter() - started) * 1000)
    record("sync_one_row_ms", syncs, "ms")
    record("tick_ms.200k", ticks, "ms")

    towns = [a.code for a in settings.profile.areas]
    topics = [topic, *(page_cache.topic("overview", Viewer("wall", t), "zh") for t in towns)]
    for each in topics:
        page_cache.page(each)
    one: list[float] = []
    thirteen: list[float] = []
    for i in range(60):
        commit_event(database)
        watched = topics if i % 2 else topics[:1]
        # interleaved, so that both kinds of tick are subject to the same noise
        page_cache._watched = type(page_cache._watched)((t, w) for t, w in page_cache._watched.items() if t in watched)
        for each in watched:
            page_cache.page(each)
        started = time.perf_counter()
        service.ticker.once()
        for each in watched:
            shown = page_cache.current(each)
            assert shown is not None
            shown.bytes(shown.id)
        (thirteen if i % 2 else one).append((time.perf_counter() - started) * 1000)
    half = sorted(one)[len(one) // 2]
    record("scopes.13.ticks", [t / half for t in thirteen[3:]], "ticks")
    service.stop()


def _memory(database: Path) -> None:
    with writer(database), server(database) as (base, process):
        for _ in range(6):
            time.sleep(5)
            assert health(base)["ok"]
        record("memory_mb.server", [rss_mb(process.pid)], "MB")
