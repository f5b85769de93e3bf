// pid 1 of the sandbox. Reads jobs on fd 0, answers on fd 1. For every job: fresh tree, limits, one shell run, collect datagrams,
// kill all.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
static char *out;
static size_t on, oc;
static void emit(char t, const void *p, unsigned l) {
    if (on + l + 5 > oc) {
        oc = (on + l + 5) * 2;
        out = realloc(out, oc);
    }
    out[on] = t;
    memcpy(out + on + 1, &l, 4);
    memcpy(out + on + 5, p, l);
    on += l + 5;
}
static int rd(void *p, size_t l) {
    char *c = p;
    while (l) {
        ssize_t r = read(0, c, l);
        if (r <= 0)
            return 0;
        c += r;
        l -= r;
    }
    return 1;
}
static void wr(const void *p, size_t l) {
    const char *c = p;
    while (l) {
        ssize_t r = write(1, c, l);
        if (r <= 0)
            _exit(3);
        c += r;
        l -= r;
    }
}
static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}
static const char *DIRS[] = {"/tmp", "/etc", "/root", "/var", "/home", "/w", "/opt", "/usr/local", "/run", "/mnt", 0};
static const char *FILES[] = {"/etc/passwd",
                              "/etc/shadow",
                              "/etc/hosts",
                              "/etc/crontab",
                              "/etc/ssh/sshd_config",
                              "/etc/cron.d/x",
                              "/root/.ssh/authorized_keys",
                              "/root/.bashrc",
                              "/root/.bash_history",
                              "/var/log/auth.log",
                              "/var/log/wtmp",
                              "/var/log/syslog",
                              "/var/spool/cron/crontabs/root",
                              "/var/tmp/.keep",
                              "/home/user/.profile",
                              "/w/a.txt",
                              "/w/b.txt",
                              "/w/c.log",
                              "/w/dir/d.txt",
                              "/w/x y.txt",
                              "/opt/app/run.cfg",
                              0};
static void mkparents(const char *p) {
    char t[512];
    snprintf(t, sizeof t, "%s", p);
    for (char *c = t + 1; *c; c++)
        if (*c == '/') {
            *c = 0;
            mkdir(t, 0777);
            *c = '/';
        }
}
static void put(const char *p, const char *text, int mode) {
    mkparents(p);
    int fd = open(p, O_CREAT | O_WRONLY | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd >= 0) {
        if (write(fd, text, strlen(text))) {
        };
        close(fd);
    }
}
static void wipe(int dfd, const char *name) { // recursive, never follows links
    int fd = openat(dfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return;
    fchmod(fd, 0777);
    int d2 = dup(fd);
    lseek(d2, 0, SEEK_SET);
    DIR *d = fdopendir(fd);
    struct dirent *e;
    while (d && (e = readdir(d))) {
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
            continue;
        if (unlinkat(d2, e->d_name, 0) < 0) {
            wipe(d2, e->d_name);
            unlinkat(d2, e->d_name, AT_REMOVEDIR);
        }
    }
    if (d)
        closedir(d);
    close(d2);
}
static char *stubs[64];
static int nstubs;
static int known(const char *p) {
    for (int i = 0; FILES[i]; i++)
        if (!strcmp(FILES[i], p))
            return 1;
    for (int i = 0; i < nstubs; i++)
        if (!strcmp(stubs[i], p))
            return 2;
    return 0;
}
static int seenfiles;
static void walk(const char *dir, int depth) {
    if (depth > 6 || seenfiles > 400)
        return;
    DIR *d = opendir(dir);
    if (!d)
        return;
    struct dirent *e;
    char p[1024];
    while ((e = readdir(d))) {
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
            continue;
        snprintf(p, sizeof p, "%s/%s", dir, e->d_name);
        struct stat s;
        if (lstat(p, &s))
            continue;
        seenfiles++;
        if (S_ISDIR(s.st_mode))
            walk(p, depth + 1);
        else {
            int k = known(p);
            char t[1200];
            if (!k) {
                snprintf(t, sizeof t, "new %s %lld", p, (long long)s.st_size);
                emit('F', t, strlen(t));
            } else {
                char b[8] = {0};
                int fd = open(p, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
                int r = fd < 0 ? -1 : (int)read(fd, b, 7);
                close(fd);
                int want = k == 1 ? 5 : 16;
                if (s.st_size != want || strncmp(b, k == 1 ? "data\n" : "#!/lib/", k == 1 ? 5 : 7) || r < 0) {
                    snprintf(t, sizeof t, "changed %s %lld", p, (long long)s.st_size);
                    emit('F', t, strlen(t));
                }
            }
        }
    }
    closedir(d);
}
int main(void) {
    prctl(PR_SET_DUMPABLE, 0);
    signal(SIGPIPE, SIG_IGN);
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    memcpy(a.sun_path, "\0orc", 4);
    int s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (bind(s, (void *)&a, offsetof(struct sockaddr_un, sun_path) + 4)) {
        perror("bind");
        return 1;
    }
    int big = 4 << 20;
    setsockopt(s, SOL_SOCKET, SO_RCVBUF, &big, sizeof big);
    static char job[1 << 17], msg[65536];
    unsigned len;
    while (rd(&len, 4)) {
        if (len >= sizeof job || !rd(job, len))
            return 2;
        job[len] = 0;
        on = 0;
        // fields: shell mode env line stubs... (each ends in NUL)
        char *f[80];
        int nf = 0;
        for (char *p = job; p < job + len && nf < 79; p += strlen(p) + 1)
            f[nf++] = p;
        if (nf < 4)
            return 4;
        int sh = atoi(f[0]), mode = atoi(f[1]), nopre = atoi(f[2]);
        char *line = f[3];
        nstubs = 0;
        for (int i = 4; i < nf && nstubs < 64; i++)
            stubs[nstubs++] = f[i];
        double t0 = now();
        for (int i = 0; DIRS[i]; i++) {
            mkdir(DIRS[i], 0777);
            wipe(AT_FDCWD, DIRS[i]);
        }
        wipe(AT_FDCWD, "/dev/shm");
        umask(0);
        for (int i = 0; FILES[i]; i++)
            put(FILES[i], "data\n", 0644);
        for (int i = 0; i < nstubs; i++)
            put(stubs[i], "#!/lib/orc/stub\n", 0755);
        double t1 = now();
        int e2 = memfd_create("err", MFD_CLOEXEC), e1 = memfd_create("out", MFD_CLOEXEC);
        pid_t pid = fork();
        if (!pid) {
            setsid();
            struct rlimit r;
#define L(k, v)                                                                                                                  \
    r.rlim_cur = r.rlim_max = (v);                                                                                               \
    setrlimit(k, &r)
            L(RLIMIT_CPU, 2);
            L(RLIMIT_AS, 256 << 20);
            L(RLIMIT_FSIZE, 1 << 20);
            L(RLIMIT_NPROC, 150);
            L(RLIMIT_NOFILE, 128);
            L(RLIMIT_CORE, 0);
            L(RLIMIT_MSGQUEUE, 1000 + sh * 10 + mode);
            int nul = open("/dev/null", O_RDONLY);
            dup2(nul, 0);
            dup2(e1, 1);
            dup2(e2, 2);
            if (nul > 2)
                close(nul);
            if (chdir("/w"))
                _exit(125);
            signal(SIGPIPE, SIG_DFL);
            char *env[] = {"PATH=/usr/local/bin:/usr/bin:/bin",
                           "HOME=/root",
                           "USER=root",
                           "SHELL=/bin/bash",
                           "PWD=/w",
                           "LC_ALL=C",
                           "BASH_ENV=/lib/orc/prelude.bash",
                           "TERM=dumb",
                           0};
            if (nopre)
                env[6] = "X_=1";
            char *t;
            if (asprintf(&t, "%s%s", sh == 0 || nopre ? "" : ". /lib/orc/prelude.sh\n", line) < 0)
                _exit(125);
            char *v0[] = {"bash", "-c", t, 0}, *v1[] = {"dash", "-c", t, 0}, *v2[] = {"sh", "-c", t, 0};
            if (sh == 0)
                execve("/lib/orc/bash", v0, env);
            else if (sh == 1)
                execve("/lib/orc/dash", v1, env);
            else
                execve("/lib/orc/busybox", v2, env);
            _exit(125);
        }
        int st = -1, mainst = -1, timeout = 0, nrec = 0;
        double t_end = 0;
        for (;;) {
            struct pollfd pf = {s, POLLIN, 0};
            int got = poll(&pf, 1, 1);
            ssize_t k;
            while ((k = recv(s, msg, sizeof msg, 0)) >= 0) {
                if (nrec++ < 600)
                    emit('R', msg, k);
            }
            (void)got;
            pid_t w;
            int none = 0;
            while ((w = waitpid(-1, &st, WNOHANG)) != 0) {
                if (w < 0) {
                    none = 1;
                    break;
                }
                if (w == pid) {
                    mainst = st;
                    t_end = now();
                }
            }
            if (none)
                break;
            double t = now();
            if (t - t0 > 3.0) {
                timeout = 1;
                break;
            }
            if (t_end && t - t_end > 0.7) {
                timeout = 2;
                break;
            }
        }
        kill(-1, SIGKILL);
        while (waitpid(-1, &st, 0) > 0 || errno == EINTR)
            if (errno == ECHILD)
                break;
        ssize_t k;
        while ((k = recv(s, msg, sizeof msg, 0)) >= 0) {
            if (nrec++ < 600)
                emit('R', msg, k);
        }
        seenfiles = 0;
        for (int i = 0; DIRS[i]; i++)
            walk(DIRS[i], 0);
        walk("/dev/shm", 0);
        static char eb[4096];
        k = pread(e2, eb, sizeof eb, 0);
        if (k > 0)
            emit('E', eb, k);
        k = pread(e1, eb, sizeof eb, 0);
        if (k > 0)
            emit('O', eb, k);
        close(e1);
        close(e2);
        char x[128];
        snprintf(x, sizeof x, "%d %d %d %.6f %.6f", WIFEXITED(mainst) ? WEXITSTATUS(mainst) : -1, timeout, nrec, t1 - t0,
                 now() - t0);
        emit('X', x, strlen(x));
        unsigned l = on;
        wr(&l, 4);
        wr(out, on);
    }
    return 0;
}
