#!/bin/sh -e
# Builds one fuzzer: Tests/Fuzz/build.sh Protobuf|JSON|TraceQL|PromQL|HTTP2|GRPC|Inflate
cd "$(dirname "$0")/../.."
out=.build/fuzz
mkdir -p "$out"
common="-O -g -swift-version 6 -enforce-exclusivity=unchecked -enable-upcoming-feature ExistentialAny
    -enable-upcoming-feature MemberImportVisibility -enable-upcoming-feature InternalImportsByDefault
    -enable-experimental-feature Lifetimes -sanitize=fuzzer,address"

decoders() {
    for room in Trace OTLP; do
        swiftc $common -parse-as-library -wmo -emit-module -emit-module-path "$out/$room.swiftmodule" -module-name "$room" -I "$out" \
            -emit-object -o "$out/$room.o" Sources/$room/*.swift
    done
    swiftc $common -parse-as-library -I "$out" -o "$out/$1" "Tests/Fuzz/Fuzz$1.swift" "$out/Trace.o" "$out/OTLP.o"
}

language() {
    g++ -O2 -std=c++17 -c -I Sources/CRE2/include -o "$out/cre2.o" Sources/CRE2/cre2.cc
    mkdir -p "$out/cre2"
    printf 'module CRE2 { header "%s" export * }\n' "$PWD/Sources/CRE2/include/cre2.h" > "$out/cre2/module.modulemap"
    map="-Xcc -fmodule-map-file=$out/cre2/module.modulemap"
    for room in Patterns "$1"; do
        swiftc $common -parse-as-library -wmo -emit-module -emit-module-path "$out/$room.swiftmodule" -module-name "$room" -I "$out" $map \
            -emit-object -o "$out/$room.o" $(find Sources/$room -name '*.swift')
    done
    swiftc $common -parse-as-library -module-name Fuzz -I "$out" $map -o "$out/$1" "Tests/Fuzz/Fuzz$1.swift" \
        "$out/Patterns.o" "$out/$1.o" "$out/cre2.o" -l:libre2.a -lstdc++
}

# Wire's fuzzers look inside it, so they are compiled with its sources as one module; NIO comes from the release build as it is.
wire() {
    swift build -c release --target Wire ${SCRATCH:+--scratch-path "$SCRATCH"}
    built="$(swift build -c release --show-bin-path ${SCRATCH:+--scratch-path "$SCRATCH"})"
    maps="-Xcc -fmodule-map-file=Sources/CNGHTTP2/module.modulemap -Xcc -fmodule-map-file=Sources/CZlib/module.modulemap"
    for folder in "${SCRATCH:-.build}"/checkouts/*/Sources/*/include; do
        maps="$maps -Xcc -I$folder"
        [ -f "$folder/module.modulemap" ] && maps="$maps -Xcc -fmodule-map-file=$folder/module.modulemap"
    done
    for map in "$built"/*.build/module.modulemap; do [ -f "$map" ] && maps="$maps -Xcc -fmodule-map-file=$map"; done
    swiftc $common -parse-as-library -wmo -emit-module -emit-module-path "$out/Zlib.swiftmodule" -module-name Zlib $maps \
        -emit-object -o "$out/Zlib.o" Sources/Zlib/*.swift
    rm -f "$out/nio.a"
    find "$built"/NIOCore.build "$built"/NIOPosix.build "$built"/NIOHTTP1.build "$built"/NIOSSL.build "$built"/NIOTLS.build \
        "$built"/NIOConcurrencyHelpers.build "$built"/_NIO*.build "$built"/CNIO*.build "$built"/*Atomics*.build \
        "$built"/DequeModule.build "$built"/InternalCollectionsUtilities.build "$built"/ContainersPreview.build \
        "$built"/BasicContainers.build "$built"/Logging.build -name '*.o' -not -path '*FileSystem*' -not -path '*FoundationE*' \
        -print0 | xargs -0 ar rcs "$out/nio.a"
    swiftc $common -parse-as-library -wmo -module-name Wire -I "$out" -I "$built/Modules" $maps -o "$out/$1" \
        "Tests/Fuzz/Fuzz$1.swift" $(find Sources/Wire -name '*.swift') "$out/Zlib.o" -Xlinker "$out/nio.a" -l:libnghttp2.a -l:libz.a -lm -lstdc++ -ldispatch -lBlocksRuntime
    rm -f Wire-?.swift*                  # -g leaves the module's interface where it runs
}

case "$1" in
    HTTP2 | GRPC | Inflate) wire "$1" ;;
    TraceQL | PromQL) language "$1" ;;
    *) decoders "$1" ;;
esac
