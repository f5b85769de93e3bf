#!/usr/bin/env python3
"""Looks into the unpacked Debian packages and runs the program from there, on what was packed with it.

usage: check_package.py ROOT DEB [unittest arguments]
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = None
DEB = None
DEADLINE = 60.0  # seconds; only a broken package needs them


class Package(unittest.TestCase):
    def run_command(self, *command, stdin=b"", code=0):
        done = subprocess.run([*map(str, command)], input=stdin, capture_output=True, timeout=DEADLINE)
        self.assertEqual(done.returncode, code, (command, done.stdout, done.stderr))
        return done.stdout.decode()

    def program(self, *arguments, **how):
        return self.run_command(ROOT / "usr/bin/rulehost", *arguments, **how)

    def test_packed_rules_are_good_and_give_tags(self):
        rules = ROOT / "usr/share/rulehost/rules"
        self.program("check", "--strict", rules)
        tags = self.program("eval", "--rules", rules, "--format", "text", "-", stdin=b"find / -perm -4000\n")
        self.assertIn("T1548.001", [json.loads(line)["sub_technique_id"] for line in tags.splitlines()])

    def test_packed_settings_are_good(self):
        self.program("check", "--config", ROOT / "etc/rulehost/rulehost.yaml")

    def test_everything_is_in_its_place(self):
        for path in ("usr/share/man/man1/rulehost.1.gz", "usr/share/man/man5/rulehost.yaml.5.gz",
                     "usr/share/rulehost/config/attack/NOTICE.md", "usr/share/doc/rulehost/copyright",
                     "usr/share/doc/rulehost/README.md", "usr/share/doc/rulehost/docs/rules.md",
                     "usr/include/rulehost/engine.hpp", "usr/lib/sysusers.d/rulehost.conf"):
            self.assertTrue((ROOT / path).is_file(), path)
        self.assertTrue(list(ROOT.glob("usr/lib/**/librulehost.a")))
        self.assertTrue(list(ROOT.glob("usr/lib/**/librulehost_engine.a")))
        self.assertTrue(list(ROOT.glob("usr/lib/**/librulehost_engine.so.*.*.*")))
        self.assertTrue(list(ROOT.glob("usr/lib/**/pkgconfig/rulehost-engine.pc")))
        self.assertEqual(sorted(path.name for path in ROOT.iterdir()), ["etc", "lib", "usr"])

    def test_package_names_what_it_depends_on_and_keeps_edited_settings(self):
        depends = self.run_command("dpkg-deb", "--field", DEB, "Depends")
        for library in ("libsoci-core4.0", "libpcre2-8-0", "libyaml-cpp0.7", "libc6", "libsystemd0"):
            self.assertIn(library, depends)
        with tempfile.TemporaryDirectory() as control:
            self.run_command("dpkg-deb", "--control", DEB, control)
            self.assertEqual(pathlib.Path(control, "conffiles").read_text(), "/etc/rulehost/rulehost.yaml\n")
            for script in ("postinst", "prerm", "postrm"):
                self.run_command("sh", "-n", pathlib.Path(control, script))
                self.assertNotRegex(pathlib.Path(control, script).read_text(), r"systemctl (start|enable)")

    def test_unit_is_good_and_hardened(self):
        unit = (ROOT / "lib/systemd/system/rulehost.service").read_text()
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory, "rulehost.service")
            path.write_text(unit.replace("ExecStart=/usr/bin/rulehost", f"ExecStart={ROOT}/usr/bin/rulehost"))
            self.assertEqual(self.run_command("systemd-analyze", "verify", "--man=no", path), "")
            self.run_command("systemd-analyze", "security", "--offline=yes", "--threshold=20", path)
            drop_in = pathlib.Path(directory, "rulehost.service.d/cowrie-home.conf")
            drop_in.parent.mkdir()
            drop_in.write_text((ROOT / "usr/share/doc/rulehost/examples/cowrie-home.conf").read_text())
            self.assertEqual(self.run_command("systemd-analyze", "verify", "--man=no", path), "")
            self.run_command("systemd-analyze", "security", "--offline=yes", "--threshold=20", path)

    def test_manual_page_is_good_and_names_every_command(self):
        page = ROOT / "usr/share/man/man1/rulehost.1.gz"
        self.run_command("mandoc", "-T", "lint", "-W", "warning", page)
        text = re.sub(r".\x08", "", self.run_command("mandoc", "-T", "utf8", page))
        commands = re.findall(r"^  (\w+) +\S", self.program("--help").split("Subcommands:")[1], re.MULTILINE)
        self.assertGreater(len(commands), 8)
        for command in commands:
            self.assertRegex(text, rf"(?m)^ +{command}$", command)
            for option in re.findall(r"^  (?:-\w,)?(--[\w-]+)", self.program(command, "--help"), re.MULTILINE):
                if option != "--help":
                    self.assertIn(option, text)

    def test_manual_page_of_the_configuration_is_good_and_names_every_key(self):
        page = ROOT / "usr/share/man/man5/rulehost.yaml.5.gz"
        self.run_command("mandoc", "-T", "lint", "-W", "warning", page)
        text = re.sub(r".\x08", "", self.run_command("mandoc", "-T", "utf8", page))
        keys = re.findall(r"^[# -]*(\w+):", (ROOT / "etc/rulehost/rulehost.yaml").read_text(), re.MULTILINE)
        self.assertGreater(len(keys), 30)
        for key in keys:
            self.assertRegex(text, rf"(?m)^[ -]+{key}:", key)


if __name__ == "__main__":
    ROOT, DEB = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
