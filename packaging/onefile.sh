#!/bin/sh
# metricbox @VERSION@ in one file: this text, and after it the folder of the program as an archive.
#
# The first start unpacks the archive, later ones use what is there, and the program takes this shell's place: one
# process, its own signals, nothing to clean up at its end. It is unpacked where files stay and programs may run: /tmp is
# emptied under long runs on some systems and mounted noexec on others, so it comes last. Each folder is tried:
#   METRICBOX_UNPACK_DIR alone, when it is set; the cache or state directory that systemd gives a service; the user's
#   cache; the data folder (--data or METRICBOX_DATA); /var/cache; beside this file; /var/tmp; TMPDIR; /tmp.

key=@KEY@
name=@NAME@
files=@FILES@
size_mb=@SIZE_MB@
offset=@OFFSET@

self=$0
[ -f "$self" ] || self=$(command -v -- "$0")
case $self in
/*) ;;
*) self=$PWD/$self ;;
esac

# What the settings of the program say about its data folder; it reads them itself later.
data=${METRICBOX_DATA:-}
previous=
for argument do
    case $argument in
    --data=*) data=${argument#--data=} ;;
    *) if [ "$previous" = --data ]; then data=$argument; fi ;;
    esac
    previous=$argument
done

# The folder $1 is this user's, and nobody else may write to it: what lies in it will be run.
is_own() {
    [ -d "$1" ] && [ ! -L "$1" ] && [ -O "$1" ] || return 1
    case $(ls -ld -- "$1") in
    d????-??-*) return 0 ;;
    esac
    return 1
}

# Programs run from the folder $1: it is writable, and not on a file system mounted noexec.
runs_programs() {
    printf '#!/bin/sh\nexit 0\n' >"$1/probe.$$" && chmod 700 "$1/probe.$$" && "$1/probe.$$"
    result=$?
    rm -f -- "$1/probe.$$"
    return $result
}

# The program in the folder $1 has all its files, none of them empty as a power cut leaves them.
is_complete() {
    is_own "$1" && [ -x "$1/metricbox" ] && [ "$(find "$1" -type f -size +0 | wc -l)" -eq "$files" ]
}

unpack() {
    part=$1/part.$$
    trap 'rm -rf -- "$part"' EXIT
    trap 'exit 130' INT TERM HUP
    rm -rf -- "$part"
    mkdir -- "$part" && tail -c "+$offset" -- "$self" | tar -xzf - -C "$part" && is_complete "$part/$name" || return 1
    # Another start may have been quicker. What is there and incomplete makes way.
    is_complete "$2" && return 0
    if [ -e "$2" ]; then mv -- "$2" "$part/old"; fi
    mv -- "$part/$name" "$2" && rm -rf -- "$2/$name"
}

# Prints the folder of the program in the folder $1, unpacking it when need be.
try() (
    umask 077
    mkdir -p -- "$1" && is_own "$1" || exit 1
    target=$1/$name-$key
    if ! is_complete "$target"; then
        runs_programs "$1" && unpack "$1" "$target" && is_complete "$target" || exit 1
    fi
    printf '%s\n' "$target"
)

find_program() {
    # For the few programs used here; the environment of metricbox stays as it is.
    PATH=${PATH:+$PATH:}/usr/local/bin:/usr/bin:/bin
    if [ -n "${METRICBOX_UNPACK_DIR:-}" ]; then
        try "$METRICBOX_UNPACK_DIR"
        return
    fi
    user=$(id -u)
    cache=${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}
    service=${CACHE_DIRECTORY:-${STATE_DIRECTORY:-}}
    if [ "$user" -eq 0 ]; then var=/var/cache; else var=; fi
    for folder in \
        "${service:+${service%%:*}/unpacked}" "${cache:+$cache/metricbox}" "${data:+$data/unpacked}" \
        "${var:+$var/metricbox}" "${self%/*}/.metricbox-unpacked"; do
        [ -n "$folder" ] && try "$folder" && return
    done
    for folder in /var/tmp "${TMPDIR:-}" /tmp; do
        [ -n "$folder" ] && try "$folder/metricbox-$user" && return
    done
    return 1
}

if ! program=$(find_program 2>/dev/null); then
    if [ -n "${METRICBOX_UNPACK_DIR:-}" ]; then
        echo "metricbox: $METRICBOX_UNPACK_DIR (METRICBOX_UNPACK_DIR) is no folder of this user alone in which programs may run and $size_mb MB fit" >&2
    else
        echo "metricbox: no folder was found in which programs may run and $size_mb MB fit; name one of this user alone by METRICBOX_UNPACK_DIR, or use the one-folder archive" >&2
    fi
    exit 1
fi
case $program in
/*) ;;
*) program=$PWD/$program ;;
esac
unset METRICBOX_UNPACK_DIR
_METRICBOX_FILE=$self
export _METRICBOX_FILE
exec "$program/metricbox" "$@"
# The archive begins after the next line.
