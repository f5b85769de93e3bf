#!/usr/bin/env python3
"""agreement.py READINGS [--lines COUNT] [--seed SEED] [--shells NAME,...] [--record FILE]

Compares the readings of generated lines with what shells run. READINGS is the program oracle_readings. Fails when bash and the
reader agree in less than 99.5 % of the lines that bash accepts. Without a sandbox it says so, and fails under RULEHOST_NIGHTLY.
"""

import argparse
import collections
import json
import os
import subprocess
import sys
import tempfile

from compare import disagreements, is_rejected, self_test
from grammar import Grammar
from sandbox import NAMES, SHELLS, CannotRun, Sandbox, missing, run_line, stage

BAR = 99.5
# dash and busybox lack what bash has (`[[`, arrays, `<( )`); the reader reads as bash does.
OTHER_BAR = 85.0


def cannot_run(why):
    print(f"not run: {why}", flush=True)
    sys.exit(1 if os.environ.get("RULEHOST_NIGHTLY") else 0)


def readings_of(program, lines):
    text = "".join(json.dumps(line) + "\n" for line in lines)
    done = subprocess.run([program], input=text, capture_output=True, text=True, check=True)
    return [json.loads(each) for each in done.stdout.splitlines()]


def compare(shell, rows):
    """Rows are (constructs, line, reading, result). Prints the figures; the share of the lines that agree, in percent."""
    counts, reasons, wrong = collections.Counter(), collections.Counter(), []
    for constructs, line, reading, result in rows:
        if result["late"]:  # the machine is too busy, or the line loops: it is no witness
            counts["late"] += 1
            continue
        if is_rejected(result):
            counts["rejected"] += 1
            continue
        counts["accepted"] += 1
        found = disagreements(line, reading, result, set(NAMES))
        if not found:
            counts["equal"] += 1
        elif all(reason for _, _, reason in found):
            counts["by design"] += 1
            reasons.update({reason for _, _, reason in found})
        else:
            wrong.append((constructs, line, [(kind, command) for kind, command, reason in found if not reason]))
    if counts["late"] * 10 > len(rows):
        print(f"{shell}: {counts['late']} of {len(rows)} lines did not end in time")
        return 0.0
    agreed = 100 * (counts["equal"] + counts["by design"]) / max(1, counts["accepted"])
    print(f"{shell}: {counts['accepted']} lines accepted, {counts['rejected']} rejected, {counts['late']} late; equal {counts['equal']}, otherwise by design"
          f" {counts['by design']}, wrong {len(wrong)}: {agreed:.2f} % agree")
    for reason, count in reasons.most_common():
        print(f"    {count:6} {reason}")
    for constructs, line, found in wrong[:20]:
        print(f"    {constructs}: {line!r}\n        {found}")
    return agreed


def main():
    options = argparse.ArgumentParser()
    options.add_argument("readings")
    options.add_argument("--lines", type=int, default=400)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--shells", default=",".join(SHELLS))
    options.add_argument("--record", help="a file for the lines and what the shells ran")
    options = options.parse_args()
    self_test()
    if os.geteuid() != 0:
        cannot_run("setpriv needs root")
    if absent := missing():
        cannot_run("not installed: " + ", ".join(absent))
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        stage(folder)
        sandbox = Sandbox(folder)
        try:
            sandbox.probe()
        except CannotRun as why:
            cannot_run(str(why))
        lines = list(Grammar(options.seed).lines(options.lines))
        readings = readings_of(options.readings, [line for _, line in lines])
        good = True
        for shell in options.shells.split(","):
            # The other shells are asked less often: they answer the same for most lines.
            asked = [(names, line, reading) for i, ((names, line), reading) in enumerate(zip(lines, readings)) if shell == "bash" or i % 4 == 0]
            rows = [(names, line, reading, run_line(sandbox, line, shell)) for names, line, reading in asked]
            if options.record:
                with open(options.record, "a", encoding="utf-8") as file:
                    for names, line, _, result in rows:
                        file.write(json.dumps({"shell": shell, "constructs": names, "line": line, "result": result}) + "\n")
            agreed = compare(shell, rows)
            good = good and agreed >= (BAR if shell == "bash" else OTHER_BAR)
        sandbox.close()
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
