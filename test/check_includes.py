#!/usr/bin/env python3
"""Checks who includes whom: the arrows between the modules of src/, and where each library may be used.

usage: check_includes.py SOURCE_DIRECTORY     exits 1 with one line a violation
       check_includes.py --self-test          proves on made-up trees that violations are found
"""
import pathlib
import re
import sys
import tempfile

# Values that every module speaks; they include only each other, the standard library and Boost.
VOCABULARY = {"time_point", "diagnostic", "rule_state", "rule_definition", "compiled_rule", "rule_change", "event", "tag",
              "json_text", "topic", "expiry_clock", "rule_lists"}

# The module behind each other public header.
OWNER = {
    "time_source": "time", "virtual_time": "time", "task_group": "time", "worker_threads": "time",
    "attack_table": "rule", "rule_reader": "rule", "list_reader": "rule",
    "engine": "engine", "rule_tests": "engine",
    "database_faults": "sql", "lease": "sql",
    "rule_store": "store", "change_subscription": "store", "filesystem_rule_store": "store", "database_rule_store": "store",
    "rule_sync": "store",
    "bus": "bus",
    "event_reader": "event", "adapter_counts": "event", "adapter_table": "event",
    "rule_follower": "host", "host": "host", "duration_histogram": "host", "host_statistics": "host", "tag_sink": "host",
    "tracer": "host", "blocking_executors": "host",
}

# a may include b.
ARROWS = {
    "text": set(),
    "time": {"text"},
    "uuid": set(),
    "yaml": {"text"},
    "rule": {"text", "uuid", "yaml"},
    "shell": {"text", "yaml"},
    "match": {"rule", "text"},
    "engine": {"match", "rule", "text", "uuid"},
    "event": {"text", "uuid", "yaml"},
    "sql": {"text", "time"},
    "store": {"rule", "sql", "text", "time", "yaml"},
    "bus": {"text", "time"},
    "host": {"engine", "store", "bus", "event", "time", "rule", "sql", "text"},
    "cli": {"host", "engine", "store", "bus", "event", "time", "rule", "shell", "sql", "text", "yaml"},
}

# What is used only in certain modules.
ONLY_IN = [
    (re.compile(r"#include <soci/"), {"sql"}, "SOCI"),
    (re.compile(r"#include <yaml-cpp/"), {"yaml"}, "yaml-cpp"),
    (re.compile(r"#include <sys/inotify\.h>"), {"store"}, "inotify"),
    (re.compile(r"#include <spdlog/"), {"host", "cli"}, "spdlog"),
    (re.compile(r"#include <boost/beast"), {"host"}, "Beast"),
    (re.compile(r"#include <systemd/"), {"host"}, "libsystemd"),
    (re.compile(r"#include <CLI/"), {"cli"}, "CLI11"),
    (re.compile(r"#include <(hs|hs/[a-z_]+)\.h>"), {"match"}, "Vectorscan"),
    (re.compile(r"#include <nats/"), {"bus"}, "nats.c"),
    (re.compile(r"#include <pcre2\.h>"), {"rule"}, "PCRE2"),
    (re.compile(r"#include <boost/asio"), set(ARROWS) - {"text", "yaml", "rule", "shell", "match", "engine"}, "Asio"),
    (re.compile(r"system_clock::now"), {"time"}, "the clock"),
    (re.compile(r"\bdetached\b"), set(), "a detached coroutine"),
]
FORBIDDEN_NAMES = re.compile(r"(^|_)(utils?|common|helpers?|managers?)(_|\.|$)")


def included(line):
    """The module that an include line names, "vocabulary", or None for anything from outside the project."""
    public = re.match(r"\s*#include <rulehost/([a-z_]+)\.hpp>", line)
    if public:
        name = public.group(1)
        return "vocabulary" if name in VOCABULARY else OWNER.get(name, f"unknown public header {name}.hpp")
    private = re.match(r"\s*#include \"([a-z_]+)/", line)
    return private.group(1) if private else None


def violations(root):
    files = [(path, path.relative_to(root / "src").parts[0]) for path in sorted((root / "src").rglob("*.[ch]pp"))]
    for path in sorted((root / "include" / "rulehost").glob("*.hpp")):
        if path.stem in VOCABULARY:
            files.append((path, "vocabulary"))
        elif path.stem in OWNER:
            files.append((path, OWNER[path.stem]))
        else:
            yield f"{path}: public header without a module: add it to OWNER in check_includes.py"
    for path, module in files:
        if FORBIDDEN_NAMES.search(path.name):
            yield f"{path}: a name that says nothing"
        for number, line in enumerate(path.read_text().splitlines(), 1):
            place = f"{path}:{number}"
            target = included(line)
            if target and target not in (module, "vocabulary") and target not in ARROWS.get(module, set()):
                yield f"{place}: {module} may not include {target}"
            for pattern, modules, what in ONLY_IN:
                if module not in modules and pattern.search(line.split("//")[0]):
                    yield f"{place}: {what} is not for {module}"


def self_test():
    cases = [
        ({"src/rule/a.cpp": "#include <rulehost/rule_definition.hpp>\n#include \"rule/a.hpp\"\n"}, 0),
        ({"src/rule/a.cpp": "#include \"engine/a.hpp\"\n"}, 1),
        ({"src/match/a.hpp": "#include \"rule/regex.hpp\"\n"}, 0),
        ({"src/rule/a.cpp": "#include \"yaml/findings.hpp\"\n"}, 0),
        ({"src/yaml/a.cpp": "#include \"rule/rule_id.hpp\"\n"}, 1),
        ({"src/cli/a.cpp": "#include <yaml-cpp/yaml.h>\n"}, 1),
        ({"src/engine/a.cpp": "#include <boost/asio.hpp>\n"}, 1),
        ({"src/store/a.cpp": "#include <soci/soci.h>\n"}, 1),
        ({"src/cli/a.cpp": "#include <boost/beast/http.hpp>\n"}, 1),
        ({"src/host/a.cpp": "auto now = std::chrono::system_clock::now();\n"}, 1),
        ({"include/rulehost/event.hpp": "#include <rulehost/engine.hpp>\n"}, 1),
        ({"include/rulehost/novelty.hpp": ""}, 1),
        ({"src/store/string_utils.cpp": ""}, 1),
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
