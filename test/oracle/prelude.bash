# Recorders in front of the builtins that no stub can stand in for; read by bash before each line.
echo() { /lib/orc/R echo "$@"; builtin echo "$@"; }
printf() { /lib/orc/R printf "$@"; builtin printf "$@"; }
cd() { builtin cd "$@" 2>/dev/null; /lib/orc/R cd "$@"; }
test() { /lib/orc/R test "$@"; }
true() { /lib/orc/R true "$@"; }
false() { /lib/orc/R false "$@"; }
pwd() { /lib/orc/R pwd "$@"; builtin pwd "$@"; }
kill() { /lib/orc/R kill "$@"; }
type() { /lib/orc/R type "$@"; builtin type "$@"; }
umask() { /lib/orc/R umask "$@"; builtin umask "$@"; }
ulimit() { /lib/orc/R ulimit "$@"; }
hash() { /lib/orc/R hash "$@"; }
[() { /lib/orc/R [ "$@"; }
history() { /lib/orc/R history "$@"; }
disown() { /lib/orc/R disown "$@"; }
