"""What a fault is, and the table of all faults."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.faults.stage import Stage

#: Words of the wall, or of the page that waits for it: the server is unreachable, the source is, the facts are being built.
AWAY = "服务器.{0,6}(无应答|不可达|没有应答|断)|正在重连|无法连接|网络.{0,4}断|连接.{0,6}(断|失败)|重新(载入|加载)|没有载入"
SOURCE = "数据源|源库"
STARTING = f"正在(读取|推算|写入|启动|出图)|{AWAY}"
BUILDING = "事实库|正在(读取|推算|写入|启动|出图)"


@dataclass(frozen=True)
class Fault:
    """``strike(stage)``: the cause begins on entering and is over on leaving (a restarted server answers).

    ``says``: what the page must say meanwhile, as a pattern; ``health``: what /healthz may say instead.  Both "": nothing is
    wrong that anyone would have to know.  ``setting``: the stage that it is played on.
    """

    name: str
    strike: Callable[[Stage], AbstractContextManager[None]]
    says: str = ""
    health: str = ""
    setting: str = "plain"
    hold_s: float = 3.0  # the cause lasts at least this long, and until it is reported (at most ``SAID_LIMIT_S``)
    at_ms: int = 250  # delay after the start of a load
    first: bool = False  # the cause begins before the load
    modes: tuple[str, ...] = ("open", "loading")
    apart: bool = False  # the open page and the loading one each meet it separately
    blind: bool = False  # the browser cannot be queried meanwhile
    rebuild: bool = False  # recovery includes a load of the facts
    commits: bool = False  # rows are committed meanwhile, so that there is something to write
    needs: tuple[str, ...] = ()


FAULTS: dict[str, Fault] = {}


def fault(name: str, **more: object) -> Callable[[Callable[[Stage], Generator[None]]], Callable[[Stage], Generator[None]]]:
    """Register a generator with one ``yield`` (cause, end) in the table."""

    def enter(strike: Callable[[Stage], Generator[None]]) -> Callable[[Stage], Generator[None]]:
        add(name, strike, **more)
        return strike

    return enter


def add(name: str, strike: Callable[[Stage], Generator[None]], **more: object) -> None:
    assert name not in FAULTS, name
    FAULTS[name] = Fault(name, contextmanager(strike), **more)  # type: ignore[arg-type]
