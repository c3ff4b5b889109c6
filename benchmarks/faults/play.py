"""Play one fault before an open page and a loading one: what is reported, and how soon after the cause both are current."""

from __future__ import annotations

import contextlib
import re
import time
from dataclasses import dataclass, field
from typing import Any

from benchmarks.faults.fault import Fault
from benchmarks.faults.stage import Stage

#: How long to wait for words, and for the newest commit on the screen; if it takes longer, it needed a hand.
SAID_LIMIT_S, LIMIT_S = 15.0, 40.0
_POLL_S = 0.1
#: What a page shows now: the words of its top bar (or of whatever replaces the wall), the marks on it, and the panels marked live
#: without a drawing.
_SEEN = """(mark) => {
  const seen = (node) => node.checkVisibility({opacityProperty: true, visibilityProperty: true});
  const wall = document.getElementById("wall"), top = document.getElementById("top-fault");
  const states = {}, undrawn = [];
  for (const panel of document.querySelectorAll("#wall .panel")) {
    const state = panel.dataset.state, id = JSON.parse(panel.id).panel;
    states[state] = (states[state] || 0) + 1;
    if (state !== "live" || !seen(panel)) continue;
    const body = panel.querySelector(".panel-body");
    const drawn = body && (body.classList.contains("chart") ? body.querySelector(".main-svg")
      : body.classList.contains("map") ? body.querySelector("canvas") : body.childElementCount);
    if (!drawn) undrawn.push(id);
  }
  let words = top && wall ? (top.dataset.kind === "rows" ? "" : top.textContent) : "";
  for (const node of document.querySelectorAll(wall ? "body > *:not(#react-entry-point)" : "body *")) {
    if (["SCRIPT", "STYLE", "NOSCRIPT"].includes(node.tagName) || !seen(node)) continue;
    const text = [...node.childNodes].filter((n) => n.nodeType === 3).map((n) => n.textContent).join("");
    const own = wall ? node.innerText || "" : text;
    if (own.trim()) words += " | " + own.trim().slice(0, 200);
  }
  return {words, states, undrawn, wall: Boolean(wall), mark: Boolean(mark) && document.body.textContent.includes(mark)};
}"""


@dataclass
class Outcome:
    """Seconds; None = not within the limit.  ``needs_a_hand`` says what was missing, "" = nothing."""

    said_after_s: float | None = None
    current_after_s: float | None = None
    words: str = ""
    needs_a_hand: str = ""
    last: dict[str, Any] = field(default_factory=dict)


class Screens:
    """The open page of a stage, kept from fault to fault as a control room keeps its walls."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._open: Any = None

    def open(self) -> Any:
        if self._open is None:
            self._open = self.stage.browser.context().new_page()
            self._open.goto(f"{self.stage.proxy.base}/wall", wait_until="commit")
            self._until_whole(self._open)
        return self._open

    def loading(self) -> Any:
        return self.stage.browser.context().new_page()

    def shut(self, page: Any) -> None:
        if page is self._open:
            self._open = None
        with contextlib.suppress(Exception):  # None too
            page.context.close()

    def close(self) -> None:
        if self._open is not None:
            self.shut(self._open)

    def _until_whole(self, page: Any) -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            seen = look(page, "")
            if seen.get("wall") and set(seen["states"]) <= {"live", "empty"} and not seen["undrawn"]:
                return
            time.sleep(_POLL_S)
        raise TimeoutError(f"the wall did not come up: {look(page, '')}")


def look(page: Any, mark: str) -> dict[str, Any]:
    """What ``page`` shows; {} while it is reloading."""
    with contextlib.suppress(Exception):
        seen: dict[str, Any] = page.evaluate(_SEEN, mark)
        return seen
    return {}


def play(fault: Fault, stage: Stage, screens: Screens, modes: tuple[str, ...] = (), patience: float = 1.0) -> dict[str, Outcome]:
    """mode -> outcome.  Both pages meet the same cause, unless the fault concerns single requests.  ``patience``: factor on all
    waiting times, for runs where it only matters that it comes to an end."""
    wanted = tuple(m for m in fault.modes if m in (modes or fault.modes))
    if fault.apart and len(wanted) > 1:
        return {m: o for mode in wanted for m, o in _play(fault, stage, screens, (mode,), patience).items()}
    return _play(fault, stage, screens, wanted, patience)


def _play(fault: Fault, stage: Stage, screens: Screens, modes: tuple[str, ...], patience: float) -> dict[str, Outcome]:
    outcomes = {mode: Outcome() for mode in modes}
    pages: dict[str, Any] = {}
    stage.never_met, stage.struck_at = False, 0.0
    if "open" in modes:
        pages["open"] = screens.open()
        _until_rested(pages["open"])
    with contextlib.ExitStack() as cause:
        if fault.first:
            cause.enter_context(fault.strike(stage))
        if "loading" in modes:
            pages["loading"] = screens.loading()
            began = time.monotonic()
            with contextlib.suppress(Exception):
                pages["loading"].goto(f"{stage.proxy.base}/wall", wait_until="commit", timeout=5000)
            time.sleep(max(0.0, fault.at_ms / 1000 - (time.monotonic() - began)))
        if fault.apart and fault.first and "open" in modes:
            with contextlib.suppress(Exception):  # an open wall that reloads itself
                pages["open"].reload(wait_until="commit", timeout=5000)
        struck = time.monotonic()
        if not fault.first:
            cause.enter_context(fault.strike(stage))
        _hold(fault, stage, pages, outcomes, stage.struck_at or struck, SAID_LIMIT_S * patience)
    ended = time.monotonic()
    if stage.never_met:
        screens.shut(pages.get("loading"))
        return {}
    try:
        mark = stage.source.commit_soon()
        _until_current(stage, pages, outcomes, mark, ended, LIMIT_S * patience)
    finally:
        for mode, page in pages.items():
            if mode == "loading" or outcomes[mode].needs_a_hand or outcomes[mode].current_after_s is None:
                screens.shut(page)
    for outcome in outcomes.values():
        if (fault.says or fault.health) and outcome.said_after_s is None:
            outcome.words = outcome.words or "nothing was said"
    return outcomes


def _until_rested(page: Any) -> None:
    """Wait until a page reloaded after the previous fault is old enough not to be mistaken for reloading by the next one."""
    with contextlib.suppress(Exception):
        page.wait_for_function("() => !+sessionStorage.gridwallTries", timeout=20_000, polling=200)


def _hold(fault: Fault, stage: Stage, pages: dict[str, Any], outcomes: dict[str, Outcome], struck: float, limit_s: float) -> None:
    """While the cause lasts: wait until every page has reported it, and at least ``hold_s``."""
    if fault.blind:
        time.sleep(fault.hold_s)
        return
    says, committed = bool(fault.says or fault.health), 0.0
    while True:
        now = time.monotonic()
        if fault.commits and now - committed > 0.7:
            committed = now
            stage.source.try_commit()
        healthy = stage.health.said_since(struck)
        for mode, outcome in outcomes.items():
            if not says or outcome.said_after_s is not None:
                continue
            words = look(pages[mode], "").get("words", "")
            if fault.says and re.search(fault.says, words):
                outcome.said_after_s, outcome.words = time.monotonic() - struck, words[:160]
            elif fault.health and re.search(fault.health, healthy):
                outcome.said_after_s, outcome.words = time.monotonic() - struck, f"/healthz {healthy[:160]}"
            elif words.strip():
                outcome.last["words"] = words[:160]
        stage.wall.keep()
        lasted = time.monotonic() - struck
        told = not says or all(o.said_after_s is not None for o in outcomes.values())
        if lasted >= fault.hold_s and (told or lasted >= limit_s):
            return
        time.sleep(_POLL_S)


def _until_current(
    stage: Stage, pages: dict[str, Any], outcomes: dict[str, Outcome], mark: str, ended: float, limit_s: float
) -> None:
    """Wait until every page shows the commit made after the cause, with all its drawings; keep the server running meanwhile."""
    waiting = set(outcomes)
    while waiting and time.monotonic() - ended < limit_s:
        for mode in sorted(waiting):
            seen, outcome = look(pages[mode], mark), outcomes[mode]
            if seen.get("mark") and outcome.current_after_s is None and not set(seen["states"]) & {"faulty", "stale"}:
                outcome.current_after_s = time.monotonic() - ended
            whole = bool(seen.get("states")) and set(seen["states"]) <= {"live", "empty"} and not seen["undrawn"]
            if outcome.current_after_s is not None and whole:
                waiting.discard(mode)
            outcome.last = seen or outcome.last
        stage.wall.keep()
        if waiting:
            time.sleep(_POLL_S)
    for mode in waiting:
        last, outcome = outcomes[mode].last, outcomes[mode]
        if outcome.current_after_s is None:
            outcome.needs_a_hand = "not current"
        elif last.get("undrawn"):
            outcome.needs_a_hand = f"live without a drawing: {', '.join(last['undrawn'])}"
        else:
            outcome.needs_a_hand = f"panels stay {last.get('states')}"
        outcome.words += f" | at last: {str(last.get('words', last))[:160]}"
