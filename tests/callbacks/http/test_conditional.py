"""If-None-Match and Accept-Encoding, by the words and examples of RFC 9110."""

from __future__ import annotations

import pytest

from callbacks.http.conditional import coding_of, listed, unchanged, weak


def fields(name: str, *lines: str) -> list[tuple[bytes, bytes]]:
    return [(b"host", b"localhost"), *((name.encode(), line.encode("latin-1")) for line in lines)]


@pytest.mark.parametrize(
    "lines",
    [
        # 13.1.2, the examples
        ['"xyzzy"'],
        ['W/"xyzzy"'],
        ['"xyzzy", "r2d2xxxx", "c3piozzzz"'],
        ['W/"xyzzy", W/"r2d2xxxx", W/"c3piozzzz"'],
        ["*"],
        # 5.3 and 5.6.1: several lines are one list, empty elements count for nothing
        ['"r2d2xxxx"', '"xyzzy"'],
        ['"r2d2xxxx",,  ,W/"xyzzy"'],
        ['"r2d2xxxx"\t,\t"xyzzy"'],
        [', "xyzzy"'],
        [" * "],
        # 8.8.3: a tag may hold a comma
        ['"a,b", "xyzzy"'],
        ['"", "xyzzy"'],
    ],
)
@pytest.mark.parametrize("etag", [b'"xyzzy"', b'W/"xyzzy"'])
def test_a_tag_that_is_named_is_unchanged_compared_weakly(lines: list[str], etag: bytes) -> None:
    assert unchanged(fields("if-none-match", *lines), etag)


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [""],
        ['"r2d2xxxx"'],
        ["xyzzy"],  # no quotes: no tag
        ['"xyzz"', '"xyzzyx"'],
        ['"XYZZY"'],  # 8.8.3.2: octet by octet
        ['w/"xyzzy"'],  # 8.8.3: W/ is case-sensitive
        ['"a, "xyzzy"'],  # the first tag is not closed where it seems
        ['"a,xyzzy"'],
        ['"*"'],
        ['*, "a"'],
    ],
)
def test_a_tag_that_is_not_named_has_changed(lines: list[str]) -> None:
    assert not unchanged(fields("if-none-match", *lines), b'"xyzzy"')


# 8.8.3.2, the table of comparisons, its column "weak"
@pytest.mark.parametrize(
    ("one", "other", "same"),
    [('W/"1"', b'W/"1"', True), ('W/"1"', b'W/"2"', False), ('W/"1"', b'"1"', True), ('"1"', b'"1"', True)],
)
def test_the_weak_comparison_of_the_standard(one: str, other: bytes, same: bool) -> None:
    assert unchanged(fields("if-none-match", one), other) is same


def test_a_list_without_end_is_read_in_no_time() -> None:
    assert not unchanged(fields("if-none-match", '"a",' * 7000 + '"'), b'"xyzzy"')
    assert not unchanged(fields("if-none-match", "," * 30_000), b'"xyzzy"')


@pytest.mark.parametrize(
    ("lines", "coding"),
    [
        ([], "identity"),  # no field: any coding is acceptable; plain is what everybody reads
        # 12.5.3, the examples
        (["compress, gzip"], "gzip"),
        ([""], "identity"),
        (["*"], "gzip"),
        (["compress;q=0.5, gzip;q=1.0"], "gzip"),
        (["gzip;q=1.0, identity; q=0.5, *;q=0"], "gzip"),
        # weights
        (["gzip;q=0"], "identity"),
        (["gzip;q=0.000"], "identity"),
        (["gzip; q=0, *"], "identity"),
        (["br, gzip"], "gzip"),
        (["gzip, deflate, br, zstd"], "gzip"),
        (["GZip"], "gzip"),
        (["x-gzip"], "gzip"),
        (["br"], "identity"),
        (["gzip;q=0.001"], "gzip"),  # what is named is more welcome than what is not
        (["gzip;q=0.5, identity"], "identity"),
        (["gzip;q=0.5, identity;q=0.6"], "identity"),
        (["gzip;q=0.5, identity;q=0.5"], "gzip"),
        (["identity"], "identity"),
        (["identity;q=0, gzip"], "gzip"),
        (["identity;q=0, *"], "gzip"),
        (["*;q=0, gzip;q=0.3"], "gzip"),
        (["*;q=0, identity;q=0.3"], "identity"),
        (["br", "gzip"], "gzip"),  # two lines are one list
        (["gzip;q=2"], "identity"),  # no weight of the standard's
        (["gzip;q=x"], "identity"),
        (["gzip;level=9"], "identity"),
        (["notgzip"], "identity"),
        # neither may be sent
        (["identity;q=0"], None),
        (["*;q=0"], None),
        (["gzip;q=0, identity;q=0"], None),
        (["gzip;q=0, *;q=0"], None),
        (["br, identity;q=0"], None),
    ],
)
def test_the_coding_follows_the_weights(lines: list[str], coding: str | None) -> None:
    assert coding_of(fields("accept-encoding", *lines)) == coding


def test_a_field_in_several_lines_is_one_list() -> None:
    assert listed(fields("x", "a", "b"), b"x") == b"a, b"
    assert listed(fields("x"), b"x") is None
    assert weak("abc") == b'W/"abc"'
