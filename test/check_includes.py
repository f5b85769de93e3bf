#!/usr/bin/env python3
"""Checks who includes whom: the arrows between the modules of src/, and where each library may be used; and how long a
source and a folder are.

usage: check_includes.py SOURCE_DIRECTORY     exits 1 with one line a violation
       check_includes.py --self-test          proves on made-up trees that violations are found
"""
import collections
import pathlib
import re
import sys
import tempfile

# Values that every module above their own speaks; they include only each other, the standard library and Boost.
VOCABULARY = {
    "version": "text", "time_point": "time", "json_text": "text", "topic": "text",
    "diagnostic": "yaml", "rule_definition": "rule", "rule_lists": "rule", "command_condition": "rule", "rule_state": "rule", "decision": "rule", "rule_pin": "rule", "compiled_rule": "rule",
    "rule_change": "rule", "expiry_clock": "rule", "event": "event", "tag": "event", "database_access": "sql/session",
}

# The module behind each other public header.
OWNER = {
    "time_source": "time", "virtual_time": "time",
    "blocking_executors": "async", "task_group": "async", "worker_threads": "async",
    "attack_table": "rule", "list_reader": "rule", "rule_reader": "rule",
    "adapter_counts": "event", "adapter_table": "event", "event_reader": "event",
    "directory_reader": "directory",
    "engine": "engine", "rule_tests": "engine",
    "database_faults": "sql", "lease": "sql", "worker_row": "sql",
    "change_subscription": "store", "rule_store": "store",
    "database_rule_store": "store/database", "filesystem_rule_store": "store/filesystem", "rule_sync": "store/sync",
    "bus": "bus",
    "duration_histogram": "observability", "host_statistics": "observability", "tracer": "observability",
    "tag_sink": "delivery",
    "outputs": "host",
    "host": "host", "rule_follower": "host",
}

# From the bottom to the top: each module with those that it may include. An arrow goes down this list, never up.
# A module may have rooms, `house/room`: an arrow from outside to the house opens all of them.
ARROWS = {
    "text": set(),
    "uuid": set(),
    "time": {"text"},
    "async": {"text", "time"},
    "file": {"text", "async"},
    "yaml": {"text"},
    "shell/text": {"text"},
    "shell": {"shell/text"},
    "shell/syntax": {"shell", "shell/text"},
    "shell/programs": {"shell", "shell/text", "text", "yaml"},
    "shell/walk": {"shell", "shell/programs", "shell/syntax", "shell/text", "text"},
    "regex": {"text"},
    "rule": {"regex", "shell", "text", "uuid", "yaml"},
    "event": {"text", "uuid", "yaml"},
    "match/value": {"regex", "rule", "text"},
    "match/command": {"match/value", "regex", "rule", "shell", "text"},
    "match": {"match/command", "match/value", "regex", "shell", "text"},
    "engine": {"match", "regex", "rule", "text", "uuid"},
    "directory": {"async", "file", "rule", "text", "yaml"},
    "sql/session": {"text", "time"},
    "sql": {"event", "sql/session", "text", "time"},
    "store": {"async", "rule", "text", "time"},
    "store/filesystem": {"async", "directory", "file", "rule", "store", "text", "time"},
    "store/database": {"async", "file", "rule", "sql", "store", "text", "time"},
    "store/sync": {"async", "directory", "rule", "sql", "store/database", "store/filesystem", "text", "time"},
    "bus": {"async", "text"},
    "nats": {"async", "bus", "text", "time"},
    "http": {"async", "text", "time"},
    "observability": {"async", "engine", "event", "http", "text", "time"},
    "input": {"async", "event", "file", "nats", "text", "time"},
    "report": {"event", "rule", "text", "time", "uuid"},
    "output": {"async", "bus", "event", "file", "http", "text", "time"},
    "delivery": {"async", "bus", "event", "file", "observability", "sql", "text", "time"},
    "host": {"async", "bus", "delivery", "engine", "event", "input", "nats", "observability", "output", "sql", "store", "text", "time"},
    "cli": {"async", "delivery", "directory", "engine", "event", "file", "host", "http", "input", "nats", "observability", "output", "regex", "report", "rule",
            "shell", "sql", "store", "text", "time", "yaml"},
}

# What is used only in certain modules.
ONLY_IN = [
    (re.compile(r"#include <soci/"), {"sql"}, "SOCI"),
    (re.compile(r"#include <yaml-cpp/"), {"yaml"}, "yaml-cpp"),
    (re.compile(r"#include <spdlog/"), {"cli"}, "spdlog"),
    (re.compile(r"#include <boost/beast"), {"http", "observability"}, "Beast"),
    (re.compile(r"#include <openssl/"), {"http"}, "OpenSSL"),
    (re.compile(r"#include <CLI/"), {"cli"}, "CLI11"),
    (re.compile(r"#include <(hs|hs/[a-z_]+)\.h>"), {"match"}, "Vectorscan"),
    (re.compile(r"#include <nats/"), {"nats"}, "nats.c"),
    (re.compile(r"#include <pcre2\.h>"), {"regex"}, "PCRE2"),
    (re.compile(r"#include <boost/asio"), set(ARROWS) - {"text", "uuid", "yaml", "regex", "rule", "shell", "match", "engine"}, "Asio"),
    (re.compile(r"::(fsync|fdatasync|flock)\(|(?<!filesystem)::rename\("), {"file"}, "a durable file"),
    (re.compile(r"system_clock::now"), {"time"}, "the clock"),
    (re.compile(r"\bdetached\b"), set(), "a detached coroutine"),
]
# Headers that only Linux has, each with the files that may use it.
LINUX_ONLY = {
    "linux/magic.h": {"src/file/byte_stream.cpp"},
    "sys/inotify.h": {"src/store/filesystem/directory_watch.cpp"},
    "sys/sysmacros.h": {"src/input/log_file.cpp"},
    "sys/vfs.h": {"src/file/byte_stream.cpp"},
    "systemd/sd-daemon.h": {"src/host/systemd.cpp"},
}
LINUX_HEADER = re.compile(
    r"#include <((?:linux|systemd|asm)/[\w/.-]+|malloc\.h|sys/(?:epoll|eventfd|fanotify|inotify|prctl|random|sendfile|signalfd"
    r"|statfs|sysinfo|sysmacros|timerfd|vfs)\.h)>")

# A source that someone reads in one go; generated tables and dialects aside. A folder that someone knows after a day.
MAX_SOURCE_LINES = 450
MAX_FOLDER_LINES = 4500

HEIGHT = {module: height for height, module in enumerate(ARROWS)}
FORBIDDEN_NAMES = re.compile(r"(^|_)(utils?|common|helpers?|managers?)(_|\.|$)")


def included(line):
    """The module that an include line names and whether it is vocabulary, or None for anything from outside the project."""
    public = re.match(r"\s*#include <rulehost/([a-z_]+)\.hpp>", line)
    if public:
        name = public.group(1)
        return VOCABULARY.get(name) or OWNER.get(name, f"unknown public header {name}.hpp"), name in VOCABULARY
    private = re.match(r"\s*#include \"([a-z_/]+)/[a-z_0-9]+\.", line)
    return (room(private[1]), False) if private else None


def room(folder):
    """The module of a folder of src/: the folder itself where ARROWS names it, else the one above all others."""
    return folder if folder in ARROWS else folder.split("/")[0]


def may_include(module, target, vocabulary):
    arrows = ARROWS.get(module, ())
    if module == target or target in arrows:
        return True
    house = target.split("/")[0]
    if house in arrows and house != module.split("/")[0]:
        return True
    return vocabulary and module in HEIGHT and HEIGHT[target] < HEIGHT[module]


def violations(root):
    for module, targets in ARROWS.items():
        for target in targets:
            rooms = [room for room in ARROWS if room.startswith(target + "/") and not module.startswith(target + "/")]
            if any(HEIGHT[below] >= HEIGHT[module] for below in [target, *rooms]):
                yield f"{target} stands above {module} in ARROWS"
    files = [(path, room(str(path.parent.relative_to(root / "src")))) for path in sorted((root / "src").rglob("*.[ch]pp"))]
    folders = collections.Counter()
    for path in sorted((root / "test" / "unit").rglob("*.cpp")):
        if not path.stem.endswith("_test"):
            yield f"{path}: a unit test is called x_test.cpp"
    for path in sorted((root / "include" / "rulehost").glob("*.hpp")):
        if path.stem in VOCABULARY or path.stem in OWNER:
            files.append((path, VOCABULARY.get(path.stem) or OWNER[path.stem]))
        else:
            yield f"{path}: public header without a module: add it to OWNER in check_includes.py"
    for path, module in files:
        if FORBIDDEN_NAMES.search(path.name):
            yield f"{path}: a name that says nothing"
        lines = path.read_text().splitlines()
        folders[path.parent] += len(lines)
        if len(lines) > MAX_SOURCE_LINES:
            yield f"{path}: {len(lines)} lines; a source has at most {MAX_SOURCE_LINES}"
        for number, line in enumerate(lines, 1):
            place = f"{path}:{number}"
            target = included(line)
            vocabulary = path.stem in VOCABULARY and path.suffix == ".hpp" and path.is_relative_to(root / "include")
            if target and (vocabulary and not target[1] or not may_include(module, *target)):
                yield f"{place}: {'vocabulary' if vocabulary else module} may not include {target[0]}"
            header = LINUX_HEADER.match(line)
            if header and str(path.relative_to(root)) not in LINUX_ONLY.get(header[1], ()):
                yield f"{place}: <{header[1]}> is Linux's alone: list the file in LINUX_ONLY, or do without"
            for pattern, modules, what in ONLY_IN:
                if module.split("/")[0] not in modules and pattern.search(line.split("//")[0]):
                    yield f"{place}: {what} is not for {module}"
    for folder, lines in folders.items():
        if lines > MAX_FOLDER_LINES:
            yield f"{folder}: {lines} lines; a folder has at most {MAX_FOLDER_LINES}"


def self_test():
    cases = [
        ({"src/rule/a.cpp": "#include <rulehost/rule_definition.hpp>\n#include \"rule/a.hpp\"\n"}, 0),
        ({"src/rule/a.cpp": "#include \"engine/a.hpp\"\n"}, 1),
        ({"src/match/a.hpp": "#include \"regex/regex.hpp\"\n"}, 0),
        ({"src/rule/a.cpp": "#include \"yaml/findings.hpp\"\n"}, 0),
        ({"src/yaml/a.cpp": "#include \"rule/rule_id.hpp\"\n"}, 1),
        ({"src/shell/walk/a.cpp": "#include \"shell/syntax/parser.hpp\"\n"}, 0),
        ({"src/shell/syntax/a.cpp": "#include \"shell/walk/walker.hpp\"\n"}, 1),
        ({"src/rule/a.cpp": "#include \"shell/programs/a.hpp\"\n"}, 0),
        ({"src/store/a.cpp": "#include \"store/sync/a.hpp\"\n"}, 1),
        ({"src/cli/rules/a.cpp": "#include \"cli/service/a.hpp\"\n"}, 0),
        ({"src/sql/session/a.cpp": "#include <soci/soci.h>\n"}, 0),
        ({"src/rule/a.cpp": "\n" * 451}, 1),
        ({f"src/rule/a{number}.cpp": "\n" * 450 for number in range(11)}, 1),
        ({"src/cli/a.cpp": "#include <yaml-cpp/yaml.h>\n"}, 1),
        ({"src/engine/a.cpp": "#include <boost/asio.hpp>\n"}, 1),
        ({"src/store/a.cpp": "#include <soci/soci.h>\n"}, 1),
        ({"src/cli/a.cpp": "#include <boost/beast/http.hpp>\n"}, 1),
        ({"src/output/a.cpp": "#include <openssl/ssl.h>\n"}, 1),
        ({"src/host/a.cpp": "auto now = std::chrono::system_clock::now();\n"}, 1),
        ({"include/rulehost/event.hpp": "#include <rulehost/engine.hpp>\n"}, 1),
        ({"include/rulehost/event.hpp": "#include <rulehost/time_point.hpp>\n"}, 0),
        ({"src/sql/a.cpp": "#include <rulehost/rule_state.hpp>\n"}, 0),
        ({"src/yaml/a.cpp": "#include <rulehost/rule_state.hpp>\n"}, 1),
        ({"src/nats/a.cpp": "#include \"input/a.hpp\"\n"}, 1),
        ({"include/rulehost/novelty.hpp": ""}, 1),
        ({"src/store/a.cpp": "::fsync(3);\n"}, 1),
        ({"src/store/filesystem/directory_watch.cpp": "#include <sys/inotify.h>\n"}, 0),
        ({"src/input/directory_watch.cpp": "#include <sys/inotify.h>\n"}, 1),
        ({"src/store/a.cpp": "#include <sys/epoll.h>\n"}, 1),
        ({"src/store/string_utils.cpp": ""}, 1),
        ({"test/unit/store/a_test.cpp": ""}, 0),
        ({"test/unit/store/test_a.cpp": ""}, 1),
    ]
    for tree, expected in cases:
        with tempfile.TemporaryDirectory() as root:
            for name, text in tree.items():
                path = pathlib.Path(root, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            found = list(violations(pathlib.Path(root)))
            assert len(found) == expected, (tree, found)


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        sys.exit(0)
    found = list(violations(pathlib.Path(sys.argv[1])))
    print("\n".join(found))
    sys.exit(1 if found else 0)
