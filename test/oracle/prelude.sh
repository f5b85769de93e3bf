# As prelude.bash, for dash and busybox.
echo() { /lib/orc/R echo "$@"; command echo "$@"; }
printf() { /lib/orc/R printf "$@"; command printf "$@"; }
cd() { command cd "$@" 2>/dev/null; /lib/orc/R cd "$@"; }
test() { /lib/orc/R test "$@"; }
true() { /lib/orc/R true "$@"; }
false() { /lib/orc/R false "$@"; }
pwd() { /lib/orc/R pwd "$@"; command pwd "$@"; }
kill() { /lib/orc/R kill "$@"; }
type() { /lib/orc/R type "$@"; command type "$@"; }
umask() { /lib/orc/R umask "$@"; command umask "$@"; }
ulimit() { /lib/orc/R ulimit "$@"; }
hash() { /lib/orc/R hash "$@"; }
alias [=__br
__br() { /lib/orc/R [ "$@"; }
