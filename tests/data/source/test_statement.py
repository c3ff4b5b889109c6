"""One SELECT, whatever is written around it, and the files that it names."""

from __future__ import annotations

import pytest

from data.source.statement import files_in, one_select


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("SELECT 1 -- a; b", "SELECT 1 -- a; b"),
        ("-- requests; of the call centre\nSELECT 1", "-- requests; of the call centre\nSELECT 1"),
        ("SELECT 1;", "SELECT 1"),
        ("SELECT 1 ; ;\n", "SELECT 1"),
        ("SELECT 1; -- done", "SELECT 1  -- done"),
        ("/* a; b */ SELECT ';' AS x", "/* a; b */ SELECT ';' AS x"),
        ("SELECT 1 # a; b", "SELECT 1 # a; b"),
        ("(SELECT 1) UNION ALL (SELECT 2)", "(SELECT 1) UNION ALL (SELECT 2)"),
        ("FROM 'a.csv'", "FROM 'a.csv'"),
        ("WITH x AS (SELECT 1) SELECT * FROM x", "WITH x AS (SELECT 1) SELECT * FROM x"),
        ("SELECT 'it''s; so' AS \"a;b\", `c;d`, $$e;f$$", "SELECT 'it''s; so' AS \"a;b\", `c;d`, $$e;f$$"),
        (r"SELECT 'a\'; b' AS x", r"SELECT 'a\'; b' AS x"),
        ("select j #> '{a}' from t", "select j #> '{a}' from t"),
    ],
)
def test_a_select_is_one_with_comments_texts_and_names(written: str, kept: str) -> None:
    assert one_select(written) == kept


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("DELETE FROM event", "no SELECT"),
        ("", "no SELECT"),
        (";", "no SELECT"),
        ("-- SELECT 1", "no SELECT"),
        ("SELECT 1; SELECT 2", "more than one"),
        ("SELECT 1; DROP TABLE event -- fine", "more than one"),
        ("SELECT 'a'; DELETE FROM event", "more than one"),
        ("/* */ UPDATE event SET id = 1", "no SELECT"),
    ],
)
def test_anything_else_is_refused(written: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        one_select(written)


def test_the_files_of_a_select_are_those_of_its_literals() -> None:
    sql = "SELECT * FROM read_csv(['a.csv', 'logs/*.csv.gz']) -- not 'c.csv'\nJOIN 'd''s.parquet' USING (id) WHERE x = 'http://h/e.json'"
    assert files_in(sql) == ["a.csv", "logs/*.csv.gz", "d's.parquet"]
