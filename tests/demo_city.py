"""A small 曲阜 for tests of the demo: its towns, stages and lists, but few villages and cells."""

from __future__ import annotations

from datetime import UTC, datetime

from data.city.profile import Profile, load_profile

#: 10:42:18 on a Monday in Qufu.
NOW = datetime(2026, 11, 23, 2, 42, 18, tzinfo=UTC)


def small_qufu() -> Profile:
    profile = load_profile("qufu")
    counts = (12, 48, 480, None)
    levels = tuple(x.model_copy(update={"count": n}) for x, n in zip(profile.levels, counts, strict=True))
    return profile.model_copy(update={"levels": levels})


def quiet(what: str, done: int, total: int) -> None:
    """Progress that nobody watches."""
