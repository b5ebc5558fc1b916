#!/bin/sh
# Installs packages of Debian that tests use: install-debian.sh COMMAND... (chromium, promtool, prometheus, vmagent,
# prometheus-alertmanager, prometheus-node-exporter, collectd).
# Without apt or the right to use it, the tests say why they skip. No service is started.
set -u
missing=""
# Without what Debian recommends beside them, which is much.
lean=""
for command in "$@"; do
    command -v "$command" >/dev/null && continue
    case $command in
        promtool) missing="$missing prometheus" ;;
        vmagent) missing="$missing victoria-metrics" ;;
        collectd) command -v /usr/sbin/collectd >/dev/null || lean="collectd-core libyajl2 libcurl3-gnutls" ;;
        *) missing="$missing $command" ;;
    esac
done
[ -n "$missing$lean" ] || exit 0
if ! command -v apt-get >/dev/null; then
    echo "missing, and there is no apt-get:$missing $lean; their tests will be skipped" >&2
    exit 0
fi
if [ "$(id -u)" = 0 ]; then as_root=""; elif command -v sudo >/dev/null; then as_root="sudo -n"; else
    echo "missing, and only root can install:$missing $lean; their tests will be skipped" >&2
    exit 0
fi
# RUNLEVEL=1 keeps Debian's scripts from starting what they install.
# shellcheck disable=SC2086
$as_root apt-get update -qq \
    && { [ -z "$missing" ] || $as_root env RUNLEVEL=1 apt-get install -y -qq $missing >/dev/null; } \
    && { [ -z "$lean" ] || $as_root env RUNLEVEL=1 apt-get install -y -qq --no-install-recommends $lean >/dev/null; } \
    || echo "could not be installed:$missing $lean; their tests will be skipped" >&2
exit 0
