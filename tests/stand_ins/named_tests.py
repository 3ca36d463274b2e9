"""Tables of tests: what is asked for, and by which tests it is held."""

import ast
from functools import cache
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]


def missing(table: dict[str, list[str]]) -> set[str]:
    """Return what a table (file → names without ``test_``) names and no file of tests has."""
    return {
        f"{file}::test_{name}"
        for file, names in table.items()
        for name in names
        if f"test_{name}" not in tests_of(file)
    }


@cache
def tests_of(file: str) -> frozenset[str]:
    """Return the names of the tests that pytest finds in a file: none of them twice."""
    path = TESTS / file
    if not path.is_file():
        return frozenset()
    body = ast.parse(path.read_text(encoding="utf-8")).body
    found = [node.name for node in body if isinstance(node, ast.FunctionDef)]
    assert len(found) == len(set(found)), f"of two of one name in {file} only the last is run"
    return frozenset(found)
