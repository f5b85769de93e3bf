// One static binary behind every program name. It sends its argv as a datagram to the abstract socket "orc"
// (no path, no fd: a line can neither close nor overwrite it), then behaves: pure stub / real busybox applet / wrapper / shell.
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
static char buf[61000];
static size_t n;
static int sock = -1;
static void add(const char *s) {
    size_t l = strlen(s) + 1;
    if (n + l < sizeof buf) {
        memcpy(buf + n, s, l);
        n += l;
    }
}
static void tx(void) {
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    memcpy(a.sun_path, "\0orc", 4);
    if (sock < 0)
        sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sendto(sock, buf, n, MSG_NOSIGNAL, (void *)&a, offsetof(struct sockaddr_un, sun_path) + 4);
}
static void fdinfo(int fd) {
    char p[64], l[512], o[640];
    snprintf(p, sizeof p, "/proc/self/fd/%d", fd);
    ssize_t k = readlink(p, l, sizeof l - 1);
    if (k < 0) {
        add("-");
        return;
    }
    l[k] = 0;
    int fl = fcntl(fd, F_GETFL);
    snprintf(o, sizeof o, "%s%s%s",
             (fl & O_ACCMODE) == O_RDONLY   ? "r"
             : (fl & O_ACCMODE) == O_WRONLY ? "w"
                                            : "u",
             (fl & O_APPEND) ? "a:" : ":", l);
    add(o);
}
static void record(const char *kind, const char *execfn, int argc, char **argv) {
    char t[1024];
    n = 0;
    add(kind);
    snprintf(t, sizeof t, "%d", getpid());
    add(t);
    snprintf(t, sizeof t, "%d", getppid());
    add(t);
    if (!getcwd(t, sizeof t))
        strcpy(t, "?");
    add(t);
    add(execfn);
    for (int i = 0; i < 3; i++)
        fdinfo(i);
    for (int i = 0; i < argc; i++)
        add(argv[i]);
    tx();
}
static int in(const char *list, const char *w) {
    size_t l = strlen(w);
    for (const char *p = list; (p = strstr(p, w)); p += l)
        if (p[-1] == ' ' && p[l] == ' ')
            return 1;
    return 0;
}
static const char REAL[] =
    " cat tr rev base64 xxd sed awk grep egrep head tail cut sort uniq wc tee which basename dirname seq gunzip zcat gzip env "
    "xargs find printf echo test [ true false expr id uname whoami mkdir touch ls od hexdump tac paste readlink time ";
static const char STDIN[] = " crontab at batch ssh mail nc ncat telnet chpasswd passwd python python3 perl php ruby node lua "
                            "openssl jq sendmail ed ftp mysql socat ";
static char *slurp(int fd, size_t *len) {
    char *b = malloc(1 << 17);
    size_t k = 0;
    ssize_t r;
    while (k < (1 << 17) - 1 && (r = read(fd, b + k, (1 << 17) - 1 - k)) > 0)
        k += r;
    b[k] = 0;
    *len = k;
    return b;
}
struct W {
    const char *name, *takes;
    int own;
};
static const struct W WR[] = {{"sudo", "ugpCTUrth", 0},
                              {"doas", "uC", 0},
                              {"nohup", "", 0},
                              {"ionice", "cnp", 0},
                              {"stdbuf", "ioe", 0},
                              {"chroot", "", 1},
                              {"taskset", "", 1},
                              {"flock", "wE", 1},
                              {"timeout", "ks", 1},
                              {"nice", "n", 0},
                              {"setsid", "", 0},
                              {"chrt", "", 1},
                              {"unshare", "", 0},
                              {"proot", "", 0},
                              {"strace", "eopsEPu", 0},
                              {"script", "", 0},
                              {0}};
static int code(void) {
    struct rlimit r;
    getrlimit(RLIMIT_MSGQUEUE, &r);
    return r.rlim_cur;
}
static int status(int m, const char *base, int argc, char **argv) {
    m %= 10;
    if (m < 2)
        return m;
    int bit = 9 + 3 * (m / 2);
    unsigned h = 2166136261u;
    const char *p;
    for (p = base; *p; p++)
        h = (h ^ (unsigned char)*p) * 16777619u;
    for (int i = 1; i < argc; i++) {
        for (p = argv[i]; *p; p++)
            h = (h ^ (unsigned char)*p) * 16777619u;
        h = (h ^ 7) * 16777619u;
    }
    h ^= h >> 15;
    h *= 2246822519u;
    h ^= h >> 13;
    return ((h >> bit) & 1) ^ (m & 1);
}
static const char *SH[] = {"/lib/orc/bash", "/lib/orc/dash", "/lib/orc/busybox"};
static void shell(const char *base, int m, int argc,
                  char **argv) { // put the prelude in front of whatever the shell is going to read
    int which = (m / 10) % 10;
    if (!strcmp(base, "bash"))
        which = 0;
    else if (!strcmp(base, "dash"))
        which = 1;
    char **v = calloc(argc + 8, sizeof *v);
    int k = 0;
    v[k++] = (char *)(which == 2 ? "sh" : which == 0 ? "bash" : base);
    int i = 1, done = 0;
    setenv("BASH_ENV", "/lib/orc/prelude.bash", 1);
    for (; i < argc && (argv[i][0] == '-' || argv[i][0] == '+') && argv[i][1]; i++) {
        char *o = argv[i];
        v[k++] = o;
        if (!strcmp(o, "--")) {
            i++;
            break;
        }
        if (o[1] != '-' && strchr(o, 'o') && i + 1 < argc) {
            v[k++] = argv[++i];
            continue;
        }
        if (o[1] != '-' && strchr(o, 'c'))
            done = 1;
        if (o[1] != '-' && strchr(o, 's'))
            done = 2;
    }
    if (which != 0 || 1) {
        const char *pre = which == 0 ? "" : ". /lib/orc/prelude.sh\n";
        if (done == 1 && i < argc) {
            char *t;
            if (asprintf(&t, "%s%s", pre, argv[i]) < 0)
                _exit(1);
            v[k++] = t;
            i++;
        } else if (done != 1) {
            int fd = -1;
            if (i < argc && done != 2) {
                fd = open(argv[i], O_RDONLY);
            } else
                fd = 0;
            if (fd >= 0 && !isatty(fd)) {
                size_t l;
                char *b = slurp(fd, &l);
                int mf = memfd_create("script", 0);
                if (write(mf, pre, strlen(pre)) < 0 || write(mf, b, l) < 0)
                    _exit(1);
                lseek(mf, 0, SEEK_SET);
                if (i < argc && done != 2) {
                    int g = fcntl(mf, F_DUPFD, 60);
                    close(mf);
                    char *t;
                    if (asprintf(&t, "/proc/self/fd/%d", g) < 0)
                        _exit(1);
                    v[k++] = t;
                    i++;
                } else {
                    dup2(mf, 0);
                    close(mf);
                }
            }
        }
    }
    for (; i < argc; i++)
        v[k++] = argv[i];
    v[k] = 0;
    execv(SH[which], v);
    _exit(126);
}
static int run(const char *execfn, const char *base, int argc, char **argv, int depth);
static int real(const char *base, int m, int argc, char **argv) {
    char *v[argc + 2];
    v[0] = (char *)base;
    for (int i = 1; i < argc; i++)
        v[i] = argv[i];
    v[argc] = 0;
    if (m % 10 == 0 || in(" env xargs find time ", base)) {
        execv("/lib/orc/busybox", v);
        _exit(126);
    }
    pid_t p = fork();
    if (!p) {
        execv("/lib/orc/busybox", v);
        _exit(126);
    }
    int st;
    waitpid(p, &st, 0);
    return status(m, base, argc, argv);
}
static int run(const char *execfn, const char *base, int argc, char **argv, int depth) {
    int m = code();
    const char *b = strrchr(base, '/');
    if (b)
        base = b + 1;
    if (!strcmp(base, "R")) {
        record("B", argc > 1 ? argv[1] : "", argc - 1, argv + 1);
        if (argc > 1 && in(" echo printf type pwd read umask ulimit wait hash kill ", argv[1]))
            return 0;
        return status(m, argc > 1 ? argv[1] : "", argc - 1, argv + 1);
    }
    record("P", execfn, argc, argv);
    if (!strcmp(base, "busybox")) {
        if (argc < 2)
            return 0;
        if (depth < 8)
            return run(argv[1], argv[1], argc - 1, argv + 1, depth + 1);
        return 1;
    }
    if (in(" sh bash dash ash rbash zsh ksh ", base))
        shell(base, m, argc, argv);
    for (const struct W *w = WR; w->name; w++)
        if (!strcmp(base, w->name)) {
            int i = 1;
            while (i < argc) {
                if (!strcmp(argv[i], "--")) {
                    i++;
                    break;
                }
                if (in(" --user --group --host --prompt --chroot --close-from --adjustment --signal --kill-after ", argv[i])) {
                    i += 2;
                } else if (argv[i][0] == '-' && argv[i][1]) {
                    int t = argv[i][1] != '-' && argv[i][2] == 0 && strchr(w->takes, argv[i][1]);
                    i += 1 + t;
                } else if (!strcmp(w->name, "sudo") && strchr(argv[i], '=')) {
                    i++;
                } else
                    break;
            }
            i += w->own;
            if (i < argc) {
                execvp(argv[i], argv + i);
                return 127;
            }
            return status(m, base, argc, argv);
        }
    if (in(REAL, base))
        return real(base, m, argc, argv);
    if (!strcmp(base, "su")) {
        for (int i = 1; i < argc - 1; i++)
            if (!strcmp(argv[i], "-c")) {
                char *v[] = {"sh", "-c", argv[i + 1], 0};
                execvp("sh", v);
            }
        return status(m, base, argc, argv);
    }
    if (in(STDIN, base)) {
        struct stat s;
        if (!fstat(0, &s) && (S_ISFIFO(s.st_mode) || S_ISREG(s.st_mode))) {
            size_t l;
            char *t = slurp(0, &l);
            if (l > 2000)
                l = 2000;
            t[l] = 0;
            char *v[] = {(char *)base, t};
            record("S", execfn, 2, v);
        }
    }
    if (!strcmp(base, "rm")) {
        int i;
        for (i = 1; i < argc; i++)
            if (argv[i][0] != '-')
                unlink(argv[i]);
        return status(m, base, argc, argv);
    }
    return status(m, base, argc, argv);
}
int main(int argc, char **argv) {
    const char *e = (char *)getauxval(AT_EXECFN);
    if (!e)
        e = argv[0];
    const char *b = strrchr(e, '/');
    b = b ? b + 1 : e;
    if (!strcmp(b, "stub") && argc > 1) { // started through "#!/lib/orc/stub": argv = stub PATH args
        return run(argv[1], argv[1], argc - 1, argv + 1, 0);
    }
    if (argc > 1 && !strcmp(argv[0], "/lib/orc/stub"))
        return run(e, b, argc - 1, argv + 1, 0); // started through "#!/lib/orc/stub"
    return run(e, b, argc, argv, 0);
}
