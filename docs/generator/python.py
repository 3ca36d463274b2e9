"""The page of the Python front door, read from the source: nothing is imported but names."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping
from pathlib import Path

import audio_omni

PACKAGE = Path(audio_omni.__file__).resolve().parent
HEAD = """# Python

Everything public is a name of `audio_omni`. Importing it loads no torch; a name is resolved on
first use. The kit for a plugin's tests is `audio_omni.plugins.testing`
([how](../how-to/write-a-plugin.md)); event records are in `audio_omni.core.events`
([hooks](hooks.md)).
"""
KINDS = {"property": "property", "classmethod": "classmethod", "abc.abstractmethod": "abstract"}
"""Decorators that a caller needs to know, and the words for them."""


def python_page() -> str:
    """Return the page for all names of ``audio_omni.__all__``."""
    parts = [HEAD]
    for name in audio_omni.__all__:
        module, node, text = find(audio_omni._MODULE_OF[name], name)
        about = f"{_paragraph(text)}\n\nFrom `audio_omni.{module}`.\n"
        parts.append(f"\n## `{name}`\n\n{about}\n{_code(node, module)}{_members(node)}")
    return "".join(parts)


def find(module: str, name: str) -> tuple[str, ast.stmt, str | None]:
    """Return the module that defines a name, its statement and its docstring."""
    body = _parse(module)
    for node, following in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.ImportFrom) and any(a.name == name for a in node.names):
            above = module.split(".")[: -node.level]
            return find(".".join([*above, node.module or ""]), name)
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name:
            return module, node, ast.get_docstring(node)
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return module, node, _text_after(following)
    raise LookupError(f"audio_omni.{module} does not define {name}")


def _text_after(node: ast.stmt | None) -> str | None:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return inspect.cleandoc(str(node.value.value))
    return None


def _paragraph(text: str | None) -> str:
    first = (text or "").split("\n\n")[0]
    return " ".join(first.split()).replace("``", "`")


def _code(node: ast.stmt, module: str) -> str:
    if isinstance(node, ast.Assign):
        return f"```python\n{ast.unparse(node)}\n```\n"
    if isinstance(node, ast.FunctionDef):
        return f"```python\n{_signature(node)}\n```\n"
    if not isinstance(node, ast.ClassDef):
        raise TypeError(f"line {node.lineno}: expected a class, a function or a value")
    bases = f"({', '.join(map(ast.unparse, node.bases))})" if node.bases else ""
    marks = [f"@{text}" for text in map(ast.unparse, node.decorator_list)]
    fields = [f"    {line}" for line in _fields(node, _classes(module))]
    lines = [*marks, f"class {node.name}{bases}:", *fields]
    init = next((m for m in _functions(node) if m.name == "__init__"), None)
    if init is not None:
        lines.append(f"    {_signature(init)}")
    if lines[-1].startswith("class "):
        lines[-1] += " ..."
    return "\n".join(["```python", *lines, "```", ""])


def _classes(module: str) -> dict[str, ast.ClassDef]:
    body = _parse(module)
    return {node.name: node for node in body if isinstance(node, ast.ClassDef)}


def _parse(module: str) -> list[ast.stmt]:
    path = PACKAGE.joinpath(*module.split(".")).with_suffix(".py")
    return ast.parse(path.read_text(encoding="utf-8")).body


def _fields(node: ast.ClassDef, known: Mapping[str, ast.ClassDef]) -> list[str]:
    """Return attributes and enum members that are public; of bases in the same module too."""
    bases = [known[name] for name in map(ast.unparse, node.bases) if name in known]
    inherited = [field for base in bases for field in _fields(base, known)]
    statements = [s for s in node.body if isinstance(s, ast.AnnAssign | ast.Assign)]
    own = [t for t in map(ast.unparse, statements) if not t.startswith(("_", "model_config"))]
    return [*inherited, *own]


def _functions(node: ast.ClassDef) -> list[ast.FunctionDef]:
    return [member for member in node.body if isinstance(member, ast.FunctionDef)]


def _signature(node: ast.FunctionDef) -> str:
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"def {node.name}({ast.unparse(node.args)}){returns}"


def _members(node: ast.stmt) -> str:
    """Return public methods and properties with the first paragraph of their docstrings."""
    if not isinstance(node, ast.ClassDef):
        return ""
    parts = []
    for member in _functions(node):
        marks = [m for m in map(ast.unparse, member.decorator_list) if m in KINDS]
        if not member.name.startswith("_") or marks:
            text = " ".join([*(KINDS[mark] for mark in marks), _signature(member)])
            parts.append(f"\n- `{text}`<br>{_paragraph(ast.get_docstring(member))}\n")
    return "".join(parts)
