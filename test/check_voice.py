#!/usr/bin/env python3
"""Rejects docstrings that begin with neither a noun phrase nor a verb, and identifiers with words that are not the trade's.

usage: check_voice.py DIRECTORY...       exits 1 with one line per violation
       check_voice.py --self-test        proves on samples that violations are found, and nothing else
"""
import pathlib
import re
import sys

OPENING = re.compile(r"^\s*//[/!]? (?P<word>What|Whatever|Whoever|Those (?:that|which|who))\b")
AFTER_MEMBER = re.compile(r"//[/!]< (?P<word>what|whatever|whoever|those (?:that|which|who))\b", re.I)
# Whole words of an identifier, which `_` joins, and the words to use.
INSTEAD = {
    "told": "logged, reported or received", "tell": "log, report or notify", "tells": "logs or reports",
    "bury": "dead letter", "buried": "dead letter", "suppressed": "withheld", "suppression": "withheld",
}
STRING = r'(?:u8|[uUL])?(?:R"(?P<mark>[^()\s\\]{0,16})\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*")'
TOKEN = re.compile(STRING + r"|//[^\n]*|/\*.*?\*/|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'|(?P<name>[A-Za-z_]\w*)", re.S)


def rejected_names_in(text):
    """Line number, identifier and word of each identifier outside strings and comments that has a word of INSTEAD."""
    for token in TOKEN.finditer(text):
        for word in (token["name"] or "").lower().split("_"):
            if word in INSTEAD:
                yield text.count("\n", 0, token.start()) + 1, token["name"], word


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
    assert list(rejected_names_in("int told_ = 0;\nvoid f() { tell_all(1'000, 'c'); }")) == [
        (1, "told_", "told"), (2, "tell_all", "tell")]
    assert [word for _, _, word in rejected_names_in('auto s = R"(")" + suppressed; // buried')] == ["suppressed"]
    assert list(rejected_names_in('intelligence(teller, "told \\" told", u8"tell"); /* bury\nbury */ c = \'"\';')) == []


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
            text = path.read_text(encoding="utf-8")
            for number, name, word in rejected_names_in(text):
                print(f"{path}:{number}: `{name}`: instead of `{word}` say {INSTEAD[word]}")
                failed = True
            for number, word in violations_in(text.splitlines()):
                print(f"{path}:{number}: the comment opens with `{word}`: begin with a noun phrase or a verb")
                failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
