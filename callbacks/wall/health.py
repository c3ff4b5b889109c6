"""/healthz: whether the wall is healthy, for monitoring; hosts and file names only for those who may see the wall."""

from __future__ import annotations

from starlette.responses import Response

from callbacks.http.answers import json_answer
from callbacks.wall.live import Hub
from layouts.text.rejected import rejected_words

#: Unhealthy when the source has not been read for this long, whatever the reason.
HUNG_MS = 60_000
#: ... or when one query of a tick is not answered for this long (s).
HANGS_S = 10.0


def health_answer(hub: Hub, now: int, admitted: bool) -> Response:
    """200 if all is well, else 503; ``now``: ms since 1970."""
    health = hub.page_cache.health
    # a source that hangs raises no error: only the age of its last answer shows it
    waiting = health.waiting()
    hangs = waiting is not None and waiting.seconds >= (HUNG_MS / 1000 if waiting.patient else HANGS_S)
    fresh = health.source_ok and health.loading is None and now - health.checked_ms < HUNG_MS and not hangs
    # figures based on part of the rows cannot be trusted; if nothing can be written, nobody can log in
    good = fresh and not health.rejected and health.state["ok"]
    return json_answer(
        200 if good else 503,
        {
            "ok": good,
            "now": now,
            "as_of": health.as_of_ms,
            "age_s": round((now - health.checked_ms) / 1000, 1) if health.checked_ms else None,
            "last_fault": (health.last_fault if admitted else "hidden") if health.last_fault else None,
            "last_fault_zh": (health.last_fault_zh if admitted else "hidden") if health.last_fault_zh else None,
            "last_fault_at": health.last_fault_ms or None,
            "baseline": {
                "fitted_at": health.baseline_ms or None,
                "fault": (health.baseline_fault if admitted else "hidden") if health.baseline_fault else None,
            },
            "state": health.state,
            "waiting_s": round(waiting.seconds, 1) if waiting and waiting.seconds >= 1 else None,
            "tick_ms": round(health.tick_ms, 1),
            "ticks": health.ticks,
            "screens": hub.listeners(),
            **{k: v for k, v in health.public().items() if k not in ("ok", "rejected")},
            "rejected": [{**r._asdict(), "share": round(r.share, 4), "said": rejected_words(r).en} for r in health.rejected],
        },
    )
