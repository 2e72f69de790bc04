#!/bin/sh
# Installs the Debian packages that are missing, and nothing when none is.
# Usage: packages.sh build|test
set -eu

packages="g++ binutils libnghttp2-dev libsqlite3-dev zlib1g-dev libyaml-dev libre2-dev"
if [ "${1:-build}" = test ]; then
    packages="$packages curl nghttp2-client chromium nodejs python3 python3-venv openssl"
fi

command -v swift > /dev/null || {
    echo "Loupe is built with Swift 6.3 or newer, which is not on the PATH. https://www.swift.org/install/linux/" >&2
    exit 1
}

missing=""
for package in $packages; do
    case "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null || true)" in
        installed) ;;
        # Node and curl may come from elsewhere than Debian.
        *) case "$package" in
            nodejs) command -v node > /dev/null || missing="$missing $package" ;;
            curl | openssl) command -v "$package" > /dev/null || missing="$missing $package" ;;
            *) missing="$missing $package" ;;
        esac ;;
    esac
done
[ -z "$missing" ] && exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=""
elif command -v sudo > /dev/null; then
    as_root="sudo"
else
    echo "These Debian packages are missing and there is no sudo; install them as root:$missing" >&2
    exit 1
fi
echo "Installing:$missing"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
# shellcheck disable=SC2086
$as_root apt-get install -y -qq --no-install-recommends $missing > /dev/null
