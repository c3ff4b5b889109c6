"""Statements and columns whose row types are not declared."""

from __future__ import annotations

from typing import Any, TypeAlias

from sqlalchemy import Column, ColumnElement, Select, TextClause
from sqlalchemy.sql.base import ReadOnlyColumnCollection

#: A SELECT of any columns.
AnySelect: TypeAlias = Select[*tuple[Any, ...]]
#: Statements that the facts accept.
AnyStatement: TypeAlias = AnySelect | TextClause
#: A column, or an expression, of any type.
AnyColumn: TypeAlias = ColumnElement[Any]
#: The columns of a table or a subquery.
AnyColumns: TypeAlias = ReadOnlyColumnCollection[str, AnyColumn]
#: A column of a table that is being declared.
TableColumn: TypeAlias = Column[Any]
