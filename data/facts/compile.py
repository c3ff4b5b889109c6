"""Compile statements to DuckDB SQL with literal values; statements of the same shape are compiled once."""

from __future__ import annotations

import re
import threading

from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import TextClause

from data.facts.hot_cold import Written
from data.facts.literals import literal
from data.facts.tables import DIALECT
from data.types.sql import AnyStatement

#: Statements share their columns, which cache what the compiler finds out about them: two threads compiling at once crashed the
#: interpreter once (a segmentation fault in CPython 3.11.7).  Compiling holds the GIL anyway, so the lock costs nothing.
_COMPILING = threading.Lock()
#: Where a compiled statement holds a value, or the list of an IN.
_PLACE = re.compile(r"%\((\w+)\)s|__\[POSTCOMPILE_(\w+)\]|%%")


class Compiler:
    """Cache of compiled statements for one store; thread-safe."""

    def __init__(self) -> None:
        self._compiled: dict[object, tuple[SQLCompiler, Written]] = {}

    def sql(self, statement: AnyStatement, moved: tuple[int, int] | None = None, cold_before: int | None = None) -> str:
        """DuckDB SQL with its values written in; statements of the same shape are compiled once.  A value that equals
        ``moved[0]`` is written as ``moved[1]``.  ``cold_before``: see ``data.facts.hot_cold``.

        Compiling costs more than running many of the queries, and each tick runs the same ones with other instants.
        """
        key = statement._generate_cache_key()
        if key is None:
            with _COMPILING:
                return str(statement.compile(dialect=DIALECT, compile_kwargs={"literal_binds": True}))
        known = self._compiled.get(key.key)
        if known is None:
            if len(self._compiled) > 1000:
                self._compiled.clear()
            with _COMPILING:
                compiled = statement._compiler(DIALECT, cache_key=key)
            known = self._compiled[key.key] = compiled, Written.of(compiled.string, isinstance(statement, TextClause))
        values = known[0].construct_params(extracted_parameters=key.bindparams)
        if moved is not None and moved[0] != moved[1]:
            values = {k: moved[1] if v == moved[0] else v for k, v in values.items()}
        return _PLACE.sub(lambda m: "%" if m[0] == "%%" else literal(values[m[1] or m[2]]), known[1].at(values, cold_before))
