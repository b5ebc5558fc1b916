#!/bin/sh
# Installs Debian's Chromium for the browser tests. Without apt or the right to use it, the tests say why they skip.
set -u
if ! command -v apt-get >/dev/null; then
    echo "chromium is missing and there is no apt-get: the browser tests will be skipped" >&2
    exit 0
fi
if [ "$(id -u)" = 0 ]; then as_root=""; elif command -v sudo >/dev/null; then as_root="sudo -n"; else
    echo "chromium is missing and only root can install it: the browser tests will be skipped" >&2
    exit 0
fi
$as_root apt-get update -qq && $as_root apt-get install -y -qq chromium >/dev/null \
    || echo "chromium could not be installed: the browser tests will be skipped" >&2
