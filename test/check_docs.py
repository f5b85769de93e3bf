#!/usr/bin/env python3
"""Checks the documents: links and their anchors lead somewhere, tables have even rows, the README stays short.

usage: check_docs.py DIRECTORY        exits 1 with one line per violation
       check_docs.py --self-test      proves on samples that violations are found, and nothing else
"""
import pathlib
import re
import sys
import tempfile

MAX_README_LINES = 150
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.M)
FENCE = re.compile(r"^(```|~~~).*?^\1", re.M | re.S)
AWKWARD_OPENING = re.compile(r"^(?:What|Whoever|Those that)\b[^?]*$", re.M)


def without_code(text):
    return FENCE.sub(lambda block: "\n" * block.group().count("\n"), text)


def anchors_of(text):
    found = set()
    for title in HEADING.findall(without_code(text)):
        plain = re.sub(r"[`*]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title)).lower()
        anchor = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        found.add(anchor)
    return found


def violations_of(root):
    documents = sorted([*root.glob("*.md"), *root.glob("docs/**/*.md")])
    for path in documents:
        name, text = path.relative_to(root), path.read_text(encoding="utf-8")
        prose = without_code(text)
        for match in LINK.finditer(prose):
            line = prose.count("\n", 0, match.start()) + 1
            target, _, anchor = match.group(1).partition("#")
            if re.match(r"[a-z]+:", target):
                continue
            to = (path.parent / target).resolve() if target else path
            if not to.exists():
                yield f"{name}:{line}: {match.group(1)} does not exist"
            elif anchor and to.suffix == ".md" and anchor not in anchors_of(to.read_text(encoding="utf-8")):
                yield f"{name}:{line}: {match.group(1)} has no such heading"
        columns = 0
        for number, row in enumerate(prose.splitlines(), 1):
            if not row.startswith("|"):
                columns = 0
                continue
            cells = len(re.findall(r"(?<!\\)\|", re.sub(r"`[^`]*`", "", row)))
            if columns and cells != columns:
                yield f"{name}:{number}: this row of the table has {cells - 1} cells, the first {columns - 1}"
            columns = columns or cells
        for match in AWKWARD_OPENING.finditer(prose):
            if not match.group().endswith("?"):
                yield f"{name}:{prose.count(chr(10), 0, match.start()) + 1}: a sentence opens with `{match.group().split()[0]}`"
    snippet = root / "test/embed/engine/snippet.cpp"
    if snippet.exists() and snippet.read_text(encoding="utf-8") not in (root / "docs/embedding.md").read_text(encoding="utf-8"):
        yield "docs/embedding.md: its program is not the one of test/embed/engine/snippet.cpp"
    readme = root / "README.md"
    if readme.exists() and (lines := readme.read_text(encoding="utf-8").count("\n")) > MAX_README_LINES:
        yield f"README.md: {lines} lines, at most {MAX_README_LINES}"
    for path in sorted(root.glob("docs/*.md")):
        if path.name not in (root / "README.md").read_text(encoding="utf-8"):
            yield f"docs/{path.name}: the README does not lead to it"


def self_test():
    def found(**files):
        with tempfile.TemporaryDirectory() as place:
            root = pathlib.Path(place)
            (root / "docs").mkdir()
            (root / "README.md").write_text("# A\n[b](docs/b.md)\n", encoding="utf-8")
            (root / "docs/b.md").write_text("# B b\n", encoding="utf-8")
            for name, text in files.items():
                (root / {"readme": "README.md", "b": "docs/b.md", "c": "docs/c.md"}[name]).write_text(text, encoding="utf-8")
            return list(violations_of(root))

    assert found() == []
    assert found(readme="[b](docs/b.md#b-b)\n| a | `x|y` |\n|---|---|\n") == []
    assert len(found(readme="[b](docs/b.md) [c](docs/c.md)\n")) == 1
    assert len(found(readme="[b](docs/b.md#other)\n")) == 1
    assert len(found(readme="[b](docs/b.md)\n| a | b |\n|---|---|\n| c |\n")) == 1
    assert len(found(readme="[b](docs/b.md)\n" * (MAX_README_LINES + 1))) == 1
    assert len(found(c="# C\n")) == 1
    assert len(found(b="What is told is true.\n")) == 1
    assert found(b="What is it?\n```\nWhat [x](y.md)\n```\n") == []


def main():
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        return 0
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    violations = list(violations_of(pathlib.Path(sys.argv[1])))
    print("\n".join(violations), end="\n" if violations else "")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
