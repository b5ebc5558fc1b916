#!/bin/sh
# Installs packages of Debian that tests use: install-debian.sh COMMAND... (chromium, promtool, prometheus-alertmanager).
# Without apt or the right to use it, the tests say why they skip. No service is started.
set -u
missing=""
for command in "$@"; do
    command -v "$command" >/dev/null && continue
    case $command in
        promtool) missing="$missing prometheus" ;;
        *) missing="$missing $command" ;;
    esac
done
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null; then
    echo "missing, and there is no apt-get:$missing; their tests will be skipped" >&2
    exit 0
fi
if [ "$(id -u)" = 0 ]; then as_root=""; elif command -v sudo >/dev/null; then as_root="sudo -n"; else
    echo "missing, and only root can install:$missing; their tests will be skipped" >&2
    exit 0
fi
# RUNLEVEL=1 keeps Debian's scripts from starting what they install.
# shellcheck disable=SC2086
$as_root apt-get update -qq && $as_root env RUNLEVEL=1 apt-get install -y -qq $missing >/dev/null \
    || echo "could not be installed:$missing; their tests will be skipped" >&2
exit 0
