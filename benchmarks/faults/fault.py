"""What a fault is, and the table that they are entered in."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.faults.stage import Stage

#: In words of the wall or of the page that waits for it: the server is away, the source is, the facts are built.
AWAY = "服务器.{0,6}(无应答|不可达|没有应答|断)|正在重连|无法连接|网络.{0,4}断|连接.{0,6}(断|失败)|重新(载入|加载)|没有载入"
SOURCE = "数据源|源库"
STARTING = f"正在(读取|推算|写入|启动|出图)|{AWAY}"
BUILDING = "事实库|正在(读取|推算|写入|启动|出图)"


@dataclass(frozen=True)
class Fault:
    """``strike(stage)``: the cause begins as it is entered; as it is left the cause is over (a restarted server answers).

    ``says``: what the page must say meanwhile, as a pattern; ``health``: what /healthz may say in its place.  Both "": nothing is
    wrong that somebody would have to know.  ``setting``: the stage that it is played on.
    """

    name: str
    strike: Callable[[Stage], AbstractContextManager[None]]
    says: str = ""
    health: str = ""
    setting: str = "plain"
    hold_s: float = 3.0  # the cause lasts at least so long, and until it is said (at most ``SAID_LIMIT_S``)
    at_ms: int = 250  # so long after a load has begun
    first: bool = False  # the cause is there before the load begins
    modes: tuple[str, ...] = ("open", "loading")
    apart: bool = False  # the open page and the loading one each meet it alone
    blind: bool = False  # the browser cannot be asked meanwhile
    rebuild: bool = False  # what follows includes a load of the facts
    commits: bool = False  # rows are committed meanwhile, so that something is to be written
    needs: tuple[str, ...] = ()


FAULTS: dict[str, Fault] = {}


def fault(name: str, **more: object) -> Callable[[Callable[[Stage], Generator[None]]], Callable[[Stage], Generator[None]]]:
    """Enter a generator of one ``yield`` (cause, end) in the table."""

    def enter(strike: Callable[[Stage], Generator[None]]) -> Callable[[Stage], Generator[None]]:
        add(name, strike, **more)
        return strike

    return enter


def add(name: str, strike: Callable[[Stage], Generator[None]], **more: object) -> None:
    assert name not in FAULTS, name
    FAULTS[name] = Fault(name, contextmanager(strike), **more)  # type: ignore[arg-type]
