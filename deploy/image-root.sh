#!/bin/sh
# Lays out the files of a container image in build/image: the binary, the glibc it was built with, and
# a data directory, apart because it has another owner.
set -eu
cd "$(dirname "$0")/.."
root=build/image/root
rm -rf build/image
mkdir -p build/image/data
mkdir -p "$root/usr/bin" "$root/etc" "$root/tmp"
cp build/loupe "$root/usr/bin/loupe"
# What ldd names: libc, libm and the loader, at the paths where the loader looks for them.
for library in $(ldd build/loupe | grep -oE '/[^ ]+'); do
    mkdir -p "$root$(dirname "$library")"
    cp -L "$library" "$root$library"
done
echo 'loupe:x:10001:10001::/var/lib/loupe:/sbin/nologin' > "$root/etc/passwd"
echo 'loupe:x:10001:' > "$root/etc/group"
echo 'hosts: files dns' > "$root/etc/nsswitch.conf"
chmod 1777 "$root/tmp"
