"""What each screen is told of the road from the source to it."""

from __future__ import annotations

import json

from callbacks.wall.source_health import Health


def test_what_any_screen_may_know_of_a_fault_names_no_host() -> None:
    health = Health(fault="postgresql://reader@10.1.2.3/db: refused", kind="source")
    assert "10.1.2.3" not in json.dumps(health.public(), default=str)
