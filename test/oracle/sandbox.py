"""Shells in a sandbox: the programs that bash, dash and busybox run for a line.

Hostile lines run only in here: a user without rights, namespaces of its own without a network, a read-only root that holds nothing
but a staged copy of three shells, and limits. `Sandbox.probe` proves it before the first line.
"""

import os
import re
import shutil
import struct
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
USER = 61234
SHELLS = ["bash", "dash", "busybox"]
PATHS = {"bash": "/usr/bin/bash", "dash": "/usr/bin/dash", "busybox": "/usr/bin/busybox"}
# A stub stands behind each of these names.
NAMES = """wget curl nc ncat telnet ssh scp sftp ftp tftp crontab at chmod chown chattr rm cp mv ln dd mount umount insmod modprobe
systemctl service useradd usermod passwd chpasswd getent ps kill pkill killall w who last lastlog netstat ss ip ifconfig iptables ufw
nmap masscan ping hostname hostnamectl lscpu nproc free df uptime python python3 perl php ruby node lua openssl jq git make gcc tar
unzip gpg apt apt-get yum pip docker kubectl journalctl shred truncate ls date sleep history reboot sysctl arch lsb_release dmidecode
sudo doas nohup ionice stdbuf chroot taskset flock su script strace socat mail sync setenforce ftpget ftpput sshpass arp pidof mkfifo
mknod groups tshark base32 uuencode install rsync more less ed vi cat tr rev base64 xxd sed awk grep egrep head tail cut sort uniq wc
tee which basename dirname seq gunzip zcat gzip env expr timeout nice setsid xargs find printf echo test [ true false expr id uname
whoami mkdir touch od tac paste readlink time sh bash dash ash zsh busybox""".split()
WRITABLE = "/tmp /etc /root /var /home /w /opt /usr/local /run /mnt /dev/shm".split()

# What a line of the hostile kind would try; each prints a word that `probe` looks for.
PROBE = r"""
for d in / /usr /usr/bin /lib /lib/orc /lib64 /proc/sys/kernel /sys /dev /proc; do true 2>/dev/null > $d/PROBE && echo "WRITABLE $d"; done
while read -r a; do case $a in Cap*:*[1-9a-f]*) echo "CAPABILITY $a";; NoNewPrivs:*0) echo "PRIVILEGES";; esac; done < /proc/self/status
while read -r a b; do case $a in lo:|Inter*|face*) ;; *:) echo "NETWORK $a";; esac; done < /proc/net/dev
true 2>/dev/null > /proc/1/fd/1 && echo "DRIVER FD"; true 2>/dev/null </proc/1/mem && echo "DRIVER MEMORY"
/lib/orc/busybox unshare -Ur /lib/orc/busybox id 2>/dev/null && echo "NAMESPACE"
/lib/orc/busybox mount -t tmpfs x /mnt 2>/dev/null && echo "MOUNT"
/lib/orc/busybox mount -o remount,rw /usr/bin 2>/dev/null && echo "REMOUNT"
/lib/orc/busybox mknod /tmp/sda b 8 0 2>/dev/null && echo "DEVICE"
for f in /home/* /root/.[!.]* /work; do case $f in /home/user|*'*'*|/root/.ssh|/root/.bash*) ;; /work) [ -e /work ] 2>/dev/null; ;; *) echo "HOST FILE $f";; esac; done
echo "END"
"""
FORBIDDEN = re.compile(r"^(WRITABLE|CAPABILITY|PRIVILEGES|NETWORK|DRIVER|NAMESPACE|MOUNT|REMOUNT|DEVICE|HOST FILE).*", re.M)


class CannotRun(Exception):
    """This machine lacks what the sandbox needs."""


def missing():
    """What is not installed."""
    tools = ["bwrap", "setpriv", "gcc-12"]
    return [tool for tool in tools if shutil.which(tool) is None] + [path for path in PATHS.values() if not os.path.exists(path)]


def stage(folder):
    """Builds the stub and the driver, and copies all that lines may see into `folder`."""
    for name in ("bin", "lib/orc", "lib64", "lib/x86_64-linux-gnu"):
        os.makedirs(f"{folder}/{name}")
    for name in ("stub", "driver"):
        subprocess.run(["gcc-12", "-O1", "-static", "-w", "-o", f"{folder}/lib/orc/{name}", f"{HERE}/{name}.c"], check=True)
    for name in ("prelude.sh", "prelude.bash"):
        shutil.copy(f"{HERE}/{name}", f"{folder}/lib/orc/{name}")
    os.symlink("stub", f"{folder}/lib/orc/R")
    for name, source in PATHS.items():
        shutil.copy(source, f"{folder}/lib/orc/{name}")
        for library in re.findall(r"(/\S+)", subprocess.run(["ldd", source], capture_output=True, text=True).stdout):
            into = "lib64" if "ld-linux" in library else "lib/x86_64-linux-gnu"
            shutil.copy(library, f"{folder}/{into}/{os.path.basename(library)}")
    for name in dict.fromkeys(NAMES):
        os.symlink("/lib/orc/stub", f"{folder}/bin/{name}")
    for root, _, files in os.walk(folder):
        os.chmod(root, 0o755)
        for name in files:
            if not os.path.islink(os.path.join(root, name)):
                os.chmod(os.path.join(root, name), 0o755)


def arguments(folder):
    tmpfs = [word for name in WRITABLE for word in ("--size", str(16 << 20), "--tmpfs", name)]
    return ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--no-new-privs",
            "bwrap", "--unshare-all", "--unshare-user", "--disable-userns", "--uid", "0", "--gid", "0", "--cap-drop", "ALL",
            "--new-session", "--die-with-parent", "--as-pid-1", "--hostname", "box", "--clearenv", "--dir", "/usr",
            "--ro-bind", f"{folder}/bin", "/usr/bin", "--symlink", "usr/bin", "/bin", "--ro-bind", f"{folder}/lib", "/lib",
            "--ro-bind", f"{folder}/lib64", "/lib64", "--proc", "/proc", "--dev", "/dev", *tmpfs,
            "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/w", "--", "/lib/orc/driver"]


class Sandbox:
    """A driver as process 1 of a sandbox, which runs one line after the other."""

    def __init__(self, folder):
        self.folder = folder
        self.process = None

    def close(self):
        if self.process:
            self.process.stdin.close()
            self.process.wait(5)
            self.process = None

    def _take(self, size):
        data = self.process.stdout.read(size)
        if len(data) < size:
            self.process = None
            raise RuntimeError("the driver ended")
        return data

    def run(self, line, shell, mode=0, stubs=(), bare=False):
        """One run. Mode 0: all programs succeed, 1: all fail, even and odd ones from 2: by a bit of a hash of the words, and its opposite."""
        if not self.process:
            self.process = subprocess.Popen(arguments(self.folder), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=subprocess.DEVNULL, env={"PATH": "/usr/bin:/bin"})
        fields = (SHELLS.index(shell), mode, int(bare), line, *stubs)
        job = b"".join(str(field).encode("utf-8", "surrogateescape") + b"\0" for field in fields)
        self.process.stdin.write(struct.pack("<I", len(job)) + job)
        self.process.stdin.flush()
        answer = self._take(struct.unpack("<I", self._take(4))[0])
        result = {"argv": [], "err": [], "out": "", "timeout": 0}
        at = 0
        while at < len(answer):
            kind, size = chr(answer[at]), struct.unpack_from("<I", answer, at + 1)[0]
            data = answer[at + 5:at + 5 + size]
            at += 5 + size
            if kind == "R":
                fields = [field.decode("utf-8", "replace") for field in data.split(b"\0")[:-1]]
                if fields[0] != "S":
                    argv, executed = fields[8:], fields[4] or (fields[8:] + [""])[0]
                    result["argv"].append([fields[0], executed.rsplit("/", 1)[-1], *argv[1:]])
            elif kind == "E":
                result["err"] = [re.sub(r"^\S+: (line )?\d+: ", "", text)[:160] for text in data.decode("utf-8", "replace").splitlines()[:12]]
            elif kind == "O":
                result["out"] = data.decode("utf-8", "replace")
            elif kind == "X":
                result["timeout"] = int(data.split()[1])
        return result

    def probe(self):
        """Raises CannotRun when no sandbox can be made here; AssertionError when it leaks."""
        try:
            found = [self.run(PROBE, shell, bare=True)["out"] for shell in ("bash", "dash")]
        except (RuntimeError, OSError) as problem:
            raise CannotRun(f"no namespaces: {problem}") from problem
        for text in found:
            if "END" not in text:
                raise CannotRun("the probe did not run to its end")
            leak = FORBIDDEN.search(text)
            assert leak is None, f"the sandbox leaks: {leak.group()}"


def stubs_of(line):
    """Paths that the line runs though nothing made them: a stub is put there; never for a name that is only redirected to."""
    found = set()
    pattern = r"""(?:(?<=^)|(?<=[\s;&|('"`]))(\.{1,2}/[\w./+-]*[\w]|~/[\w./+-]*\w|/(?:tmp|var/tmp|dev/shm|root|opt|usr/local|home)/[\w./+-]*\w)"""
    for match in re.finditer(pattern, line):
        path = match[1].replace("~", "/root")
        if line[:match.start()].rstrip().endswith((">", "<")):
            continue
        found.add(os.path.normpath(path if path.startswith("/") else "/w/" + path))
        if not match[1].startswith(("/", "~")):
            name = os.path.basename(match[1])
            found.update({f"{folder}/{name}" for folder in ("/tmp", "/var/tmp", "/dev/shm", "/root")})
    return sorted(found)[:60]


def run_line(sandbox, line, shell):
    """The union of what the line runs when its programs succeed, when they fail, and when some do."""
    conditions = len(re.findall(r"&&|\|\||\b(?:if|elif|while|until|case)\b|!", line))
    stubs = stubs_of(line)
    argv, errors, late = set(), set(), False
    for mode in range(2 if conditions == 0 else 4 if conditions == 1 else 6):
        result = sandbox.run(line, shell, mode, stubs)
        argv |= {tuple(each) for each in result["argv"]}
        errors |= set(result["err"])
        late = late or result["timeout"] == 1
    return {"argv": sorted(argv), "err": sorted(errors)[:8], "late": late}
