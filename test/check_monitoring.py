#!/usr/bin/env python3
"""Checks the alerts and the dashboard: every metric exists, every expression parses, every alert is tested and explained.

usage: check_monitoring.py DIRECTORY        exits 1 with one line per violation, 3 without promtool
       check_monitoring.py --self-test      proves on samples that violations are found, and nothing else
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import yaml

FAMILY = re.compile(r'"(rulehost_\w+)",\s*(?:kind::(\w+),\s*)?"([^"]*)')
METRIC = re.compile(r"\brulehost_\w+")
LABEL_VALUES = re.compile(r"label_values\((.+),\s*\w+\)$")
VARIABLES = {"$__rate_interval": "5m", "$__range": "1h", "$instance": ".*"}


def metrics_of(root):
    """The series that /metrics has, but for former names."""
    found = set()
    for name, kind, about in FAMILY.findall((root / "src/observability/metrics_page.cpp").read_text(encoding="utf-8")):
        if about.startswith("Former name"):
            continue
        found.update([name + end for end in ("_bucket", "_sum", "_count")] if kind == "histogram" else [name])
    return found


def panels_of(board):
    for panel in board["panels"]:
        yield panel
        yield from panel.get("panels", [])


def expressions_of(board):
    """Pairs of the place and the PromQL of each query of a dashboard, with its variables filled in."""
    for panel in panels_of(board):
        for target in panel.get("targets", []):
            yield panel["title"], filled_in(target["expr"])
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            yield f"variable {variable['name']}", LABEL_VALUES.match(variable["definition"]).group(1)


def filled_in(expression):
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    return expression


def layout_violations(board):
    identifiers = [panel["id"] for panel in panels_of(board)]
    if len(identifiers) != len(set(identifiers)):
        yield "two panels have one id"
    taken = {}
    for panel in board["panels"]:
        place = panel["gridPos"]
        if place["x"] + place["w"] > 24:
            yield f"{panel['title']}: wider than the page"
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                if (x, y) in taken:
                    yield f"{panel['title']}: lies over {taken[x, y]}"
                    return
                taken[x, y] = panel["title"]


def unknown_metrics(expression, known):
    return sorted(set(METRIC.findall(expression)) - known)


def alert_violations(alerts, tests, page, known):
    """`alerts` and `tests` are the parsed files, `page` is the text of docs/alerts.md."""
    names = [rule["alert"] for group in alerts["groups"] for rule in group["rules"]]
    fires = {case["alertname"] for test in tests["tests"] for case in test["alert_rule_test"] if case.get("exp_alerts")}
    headings = re.findall(r"^## (Rulehost\w+)$", page, re.M)
    for group in alerts["groups"]:
        for rule in group["rules"]:
            for metric in unknown_metrics(rule["expr"], known):
                yield f"{rule['alert']}: there is no metric {metric}"
            if rule["annotations"].get("runbook") != f"docs/alerts.md#{rule['alert'].lower()}":
                yield f"{rule['alert']}: its runbook is not docs/alerts.md#{rule['alert'].lower()}"
    for name in names:
        if name not in fires:
            yield f"{name}: no test makes it fire"
        if name not in headings:
            yield f"{name}: docs/alerts.md does not explain it"
    for name in headings:
        if name not in names:
            yield f"docs/alerts.md: there is no alert {name}"


def promtool(*arguments):
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        yield f"promtool {' '.join(arguments)}: {(done.stdout + done.stderr).strip()}"


def violations_of(root):
    known = metrics_of(root)
    alerts = root / "config/prometheus/alerts.yaml"
    tests = root / "test/monitoring/alerts_test.yaml"
    yield from alert_violations(yaml.safe_load(alerts.read_text(encoding="utf-8")), yaml.safe_load(tests.read_text(encoding="utf-8")),
                                (root / "docs/alerts.md").read_text(encoding="utf-8"), known)
    yield from promtool("check", "rules", str(alerts))
    yield from promtool("test", "rules", str(tests))

    board = json.loads((root / "config/grafana/rulehost.json").read_text(encoding="utf-8"))
    expressions = list(expressions_of(board))
    for place, expression in expressions:
        for metric in unknown_metrics(expression, known):
            yield f"dashboard, {place}: there is no metric {metric}"
    yield from (f"dashboard, {each}" for each in layout_violations(board))
    rules = [{"record": f"query_{number}", "expr": expression} for number, (_, expression) in enumerate(expressions)]
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
        json.dump({"groups": [{"name": "dashboard", "rules": rules}]}, file)
        file.flush()
        yield from promtool("check", "rules", file.name)


def self_test():
    def alert(name, expression="rulehost_a > 0", **labels):
        return {"alert": name, "expr": expression, "annotations": {"runbook": f"docs/alerts.md#{name.lower()}", **labels}}

    def found(*rules, fires=("RulehostA",), page="## RulehostA\n"):
        tests = {"tests": [{"alert_rule_test": [{"alertname": name, "exp_alerts": [{}]} for name in fires]}]}
        return list(alert_violations({"groups": [{"rules": list(rules)}]}, tests, page, {"rulehost_a"}))

    assert found(alert("RulehostA")) == []
    assert len(found(alert("RulehostA", "rulehost_a > rulehost_b"))) == 1
    assert len(found(alert("RulehostA", runbook="elsewhere"))) == 1
    assert len(found(alert("RulehostA"), fires=())) == 1
    assert len(found(alert("RulehostA"), page="")) == 1
    assert len(found(alert("RulehostA"), page="## RulehostA\n## RulehostB\n")) == 1

    def panel(number, x, expression="up"):
        return {"id": number, "title": str(number), "gridPos": {"x": x, "y": 0, "w": 12, "h": 8}, "targets": [{"expr": expression}]}

    assert list(layout_violations({"panels": [panel(1, 0), panel(2, 12)]})) == []
    assert len(list(layout_violations({"panels": [panel(1, 0), panel(1, 12)]}))) == 1
    assert len(list(layout_violations({"panels": [panel(1, 0), panel(2, 6)]}))) == 1
    assert len(list(layout_violations({"panels": [panel(1, 13)]}))) == 1
    variable = {"type": "query", "name": "i", "definition": "label_values(rulehost_a, instance)"}
    board = {"panels": [panel(1, 0, 'rate(rulehost_b{instance=~"$instance"}[$__rate_interval])')], "templating": {"list": [variable]}}
    assert list(expressions_of(board)) == [("1", 'rate(rulehost_b{instance=~".*"}[5m])'), ("variable i", "rulehost_a")]
    assert unknown_metrics("rulehost_a + rulehost_b", {"rulehost_a"}) == ["rulehost_b"]


def main():
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        return 0
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    if shutil.which("promtool") is None:
        print("check_monitoring: promtool is missing (Debian package prometheus)", file=sys.stderr)
        return 3
    violations = list(violations_of(pathlib.Path(sys.argv[1])))
    print("\n".join(violations), end="\n" if violations else "")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
