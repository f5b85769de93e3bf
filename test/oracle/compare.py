"""The reading of a line against what shells ran.

A word that nobody can know before the line runs (`$(id)`, `$$`, a glob of files, `<( )`) stands for any words. A command that the
reader shows and no shell ran is right when the line could not reach it, and when its program is not there.
"""

import re

# Wrappers that the reader drops; the stub that stands in for them is no witness. `su` runs a shell by our own stub.
WRAPPERS = set("sudo doas nohup ionice stdbuf chroot taskset flock timeout nice setsid chrt unshare strace env xargs busybox time script".split())
# Builtins that no stub can stand in for.
BUILTINS = set(
    "eval exec command export set unset alias unalias trap . source read shift return local exit : [[ (( break continue readonly declare"
    " builtin coproc shopt typeset let wait jobs history disown".split())
INERT = {"ssh", "python3", "python", "perl", "php", "awk", "vim", "socat"}
SYNTAX_ERRORS = ("syntax error", "unexpected EOF", "unexpected end", "Unterminated", "unexpected")
OPEN = re.compile(
    r"""\$\(.*\)|`.*`|\$\{[^}]*\}|\$[A-Za-z_][A-Za-z_0-9]*|\$[$!?#@*0-9-]|[<>]\(.*\)|\[[^\]]+\]|[*?]+|\{\}|~""", re.S)
BRANCHES = re.compile(r"&&|\|\||\$\{\w+:?\?|\b(?:if|elif|while|until|for|case|select|exec|exit|return|break|trap)\b|[<>]|\bset -|!")


ANY_WORDS = r"(?:\x00.*)?"


def normal(word):
    return word.replace("/root", "~").replace("\r", "")


def pattern_of(command, via):
    """A regular expression for the words, each behind a NUL."""
    made = ""
    for word in command:
        pieces, at = "", 0
        for match in OPEN.finditer(word):
            if match.group() == "~":
                continue
            pieces += re.escape(word[at:match.start()]) + ".*"
            at = match.end()
        pieces += re.escape(word[at:])
        made += ANY_WORDS if re.fullmatch(r"(\.\*)+", pieces) else r"\x00" + pieces
    return re.compile(made + (ANY_WORDS if "xargs" in via else ""), re.S)


def text_of(command):
    return "".join("\0" + word for word in command)


def commands_of_shell(result):
    return {tuple(normal(word) for word in record[1:]) for record in result["argv"] if len(record) > 1}


def is_counted(command):
    return bool(command) and command[0] not in WRAPPERS and command[0] not in BUILTINS


def is_rejected(result):
    return any(sign in error for error in result["err"] for sign in SYNTAX_ERRORS)


def design_of(line, kind, command, via, place, names):
    """Why the reader differs from a shell on purpose, or None."""
    program = command[0]
    if "alias" in line:
        return "aliases hold, as in a shell that a person types into"
    if kind == "missed":
        if len(command) > 1 and command[1].startswith(("/bin/", "/dev/")) and re.search(r"[?*]", line):
            return "a glob of programs is the one that is meant, the others are no operands"
        if "$0" in line or "${0" in line:
            return "$0 is sh"
        if command[0] == "echo" and "$?" in line:
            return "$? is 0"
        if re.search(r"(?:&&|\|\|)[^;&|\n]*=", line):
            return "every branch is taken, and what it sets holds"
        return None
    if "$0" in line:
        return "$0 is sh"
    if re.search(r"\?|\[.\]|\*", line.split("# ")[0]) and program in ("cat", "id", "wget"):
        return "a glob of programs is the one that is meant, the others are no operands"
    if re.search("\r|\ufeff|\x1b", line):
        return "carriage returns and the marks of clients are dropped"
    if re.search(r"(?:^|[\s;&|({])(?:function\s+%s\b|%s\s*\(\s*\))" % ((re.escape(program),) * 2), line):
        # Only where it may not be defined: in a branch, or in a stage of a pipeline.
        return "a function that may not be there is a program too" if BRANCHES.search(line) or re.search(r"[^|]\|[^|]", line) else None
    if program not in names or any(wrapper not in names for wrapper in via):
        return "a program that is not there is shown"
    if "function" in place:
        return "a function that nobody calls is shown"
    if BRANCHES.search(line):
        return "a command that the line does not reach is shown"
    return None


def disagreements(line, reading, result, names):
    """What the reader missed and what it added: (kind, command, reason); the reason is None where the reader is wrong."""
    ran = {command for command in commands_of_shell(result) if is_counted(command)}
    read = [(tuple(normal(word) for word in each["words"]), each["via"], each["place"]) for each in reading["commands"]]
    # A stub of ssh or of an interpreter runs nothing.
    read = [each for each in read if is_counted(each[0]) and not set(each[1]) & INERT]
    patterns = [(command, pattern_of(command, via), via, place) for command, via, place in read]
    known = {command for command, _, _, _ in patterns}
    found = []
    for command in sorted(ran - known):
        if command[:2] == ("sh", "-c") and "su" in line:
            continue  # our stub of su runs it
        if not any(pattern.fullmatch(text_of(command)) for _, pattern, _, _ in patterns):
            found.append(("missed", command, design_of(line, "missed", command, (), (), names)))
    texts = [text_of(command) for command in ran]
    for command, pattern, via, place in patterns:
        if command not in ran and not any(pattern.fullmatch(text) for text in texts):
            found.append(("added", command, design_of(line, "added", command, via, place, names)))
    return found


def self_test():
    """The comparison finds what is wrong and lets pass what is right."""
    def found(line, words, argv):
        reading = {"commands": [{"words": each, "via": [], "place": []} for each in words]}
        return disagreements(line, reading, {"argv": [["P", *each] for each in argv], "err": []}, {"wget", "id", "echo", "cat"})

    assert not found("id; wget u", [["id"], ["wget", "u"]], [["id"], ["wget", "u"]])
    assert not found("echo $(id)", [["echo", "$(id)"], ["id"]], [["id"], ["echo", "0", "1"]])
    assert not found("cat *.txt", [["cat", "*.txt"]], [["cat", "a.txt", "b.txt"]])
    assert found("id; wget u", [["id"]], [["id"], ["wget", "u"]]) == [("missed", ("wget", "u"), None)]
    assert found("id", [["id"], ["wget", "u"]], [["id"]]) == [("added", ("wget", "u"), None)]
    assert found("wget $(id)x", [["wget", "$(id)x"], ["id"]], [["wget", "0y"], ["id"]])[0][:2] == ("missed", ("wget", "0y"))
    assert found("f() { id; }; f", [["id"], ["f"]], [["id"]]) == [("added", ("f",), None)]
    assert found("id && f() { id; }; f", [["id"], ["f"]], [["id"]])[0][2] is not None
    assert found("id -u", [["id"]], [["id", "-u"]])
