"""The report of an examination: what was read, what the load would reject, one case, and the findings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from data.check.case import CaseSeen
from data.check.code_block import code_block
from data.check.delivery import TableRead
from data.check.finding import ORDER, Finding, Verdict
from data.check.load import Account, SetAside
from data.types.records import Record


@dataclass(frozen=True)
class Report:
    """``verdict`` is the worst of the findings.  ``sample``: event and transition were only sampled for the counts.

    ``accounts`` (rows read, kept and rejected) and ``rejected`` are () and ``case`` is None if event or transition was not read.
    """

    mapping: str
    city: str
    source: str  # without its password
    at: datetime
    tables: tuple[TableRead, ...]
    queries: tuple[tuple[str, float], ...]  # (statement, seconds), slowest first
    findings: tuple[Finding, ...]
    sample: bool = False
    accounts: tuple[Account, ...] = ()
    rejected: tuple[SetAside, ...] = ()
    case: CaseSeen | None = None

    @property
    def verdict(self) -> Verdict:
        return max((f.verdict for f in self.findings), key=ORDER.index, default="good")

    @property
    def unreadable(self) -> bool:
        """No SELECT runs."""
        return not self.tables

    def counts(self) -> dict[Verdict, int]:
        """Number of findings of each verdict."""
        return {v: sum(f.verdict == v for f in self.findings) for v in ORDER}

    def as_json(self) -> Record:
        return {
            "mapping": self.mapping,
            "city": self.city,
            "source": self.source,
            "at": self.at.isoformat(timespec="seconds"),
            "verdict": self.verdict,
            "counts": self.counts(),
            "sample": self.sample,
            "tables": [
                {
                    "table": t.table,
                    "rows": t.rows,
                    "whole": t.whole,
                    "took_s": round(t.took_s, 3),
                    "columns": [{"name": c, "nulls": n} for c, n in t.nulls.items()],
                }
                for t in self.tables
            ],
            "queries": [{"query": q, "took_s": round(s, 4)} for q, s in self.queries],
            "findings": [{**f.as_json(), **({"block": code_block(f)} if f.kind and f.count else {})} for f in self.findings],
            "load": {"tables": [a.as_json() for a in self.accounts], "reasons": [r.as_json() for r in self.rejected]},
            "case": None if self.case is None else self.case.as_json(),
        }


__all__ = ["Report", "TableRead"]
