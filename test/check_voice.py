#!/usr/bin/env python3
"""Rejects comments that open in a way that nobody speaks: a docstring begins with a noun phrase or a verb.

usage: check_voice.py DIRECTORY...       exits 1 with one line per violation
       check_voice.py --self-test        proves on samples that violations are found, and nothing else
"""
import pathlib
import re
import sys

OPENING = re.compile(r"^\s*//[/!]? (?P<word>What|Whatever|Whoever|Those (?:that|which|who))\b")
AFTER_MEMBER = re.compile(r"//[/!]< (?P<word>what|whatever|whoever|those (?:that|which|who))\b", re.I)


def violations_in(lines):
    """Line number and word of each violation. A line that goes on with a comment's sentence is no opening."""
    before_is_open = False
    for number, line in enumerate(lines, 1):
        comment = re.match(r"^\s*//[/!]? (.*)$", line)
        found = AFTER_MEMBER.search(line) or (not before_is_open and OPENING.match(line))
        if found:
            yield number, found["word"]
        before_is_open = bool(comment) and not comment[1].rstrip().endswith((".", ":", "?", "!"))


def self_test():
    assert [word for _, word in violations_in(["/// What one pass did."])] == ["What"]
    assert [word for _, word in violations_in(["    // Whoever waits keeps others out."])] == ["Whoever"]
    assert [word for _, word in violations_in(["int a; ///< what it counts", "int b; ///< its count"])] == ["what"]
    assert [word for _, word in violations_in(["/// Those that are new."])] == ["Those that"]
    assert list(violations_in(["/// Outcome of one pass, and", "/// What is a proper name here."])) == []
    assert list(violations_in(["/// Those shells run scripts.", 'auto text = "What";'])) == []


def main():
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        return 0
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    failed = False
    for directory in sys.argv[1:]:
        for path in sorted(pathlib.Path(directory).rglob("*.[ch]pp")):
            for number, word in violations_in(path.read_text(encoding="utf-8").splitlines()):
                print(f"{path}:{number}: the comment opens with `{word}`: begin with a noun phrase or a verb")
                failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
