#!/bin/sh -e
# Builds one fuzzer: Tests/Fuzz/build.sh Protobuf|JSON
cd "$(dirname "$0")/../.."
out=.build/fuzz
mkdir -p "$out"
common="-O -g -swift-version 6 -enforce-exclusivity=unchecked -enable-upcoming-feature ExistentialAny
    -enable-upcoming-feature MemberImportVisibility -enable-upcoming-feature InternalImportsByDefault -sanitize=fuzzer,address"
for room in Trace OTLP; do
    swiftc $common -parse-as-library -wmo -emit-module -emit-module-path "$out/$room.swiftmodule" -module-name "$room" -I "$out" \
        -emit-object -o "$out/$room.o" Sources/$room/*.swift
done
swiftc $common -parse-as-library -I "$out" -o "$out/$1" "Tests/Fuzz/Fuzz$1.swift" "$out/Trace.o" "$out/OTLP.o"
