// swift-tools-version: 6.2
import PackageDescription

/// Rules every room is compiled under.
let rules: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableExperimentalFeature("Lifetimes"),
    .treatAllWarnings(as: .error),
]

/// For the rooms whose inner loops own their memory: run-time exclusivity checks double the cost of building columns.
let hotRules = rules + [.unsafeFlags(["-enforce-exclusivity=unchecked"])]

/// The C libraries are linked statically, so that one file needs nothing but glibc. RE2 is C++, whose library has to follow it.
let archives: [LinkerSetting] = [
    .linkedLibrary(":libnghttp2.a"), .linkedLibrary(":libsqlite3.a"), .linkedLibrary(":libyaml.a"),
    .linkedLibrary(":libre2.a"), .linkedLibrary("stdc++"), .linkedLibrary(":libz.a"), .linkedLibrary("m"),
]

let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
    .product(name: "NIOSSL", package: "swift-nio-ssl"),
]
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")

func tests(_ room: String, _ more: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .testTarget(name: "\(room)Tests", dependencies: [.byName(name: room)] + more,
                resources: resources, swiftSettings: rules, linkerSettings: archives)
}

let package = Package(
    name: "loupe",
    products: [.executable(name: "loupe", targets: ["loupe"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.0"),
    ],
    targets: [
        .systemLibrary(name: "CNGHTTP2"),
        .systemLibrary(name: "CSQLite"),
        .systemLibrary(name: "CZlib"),
        .systemLibrary(name: "CYAML"),
        .target(name: "CShims"),
        .target(name: "CWebAssets"),
        .target(name: "CRE2"),

        // What needs nothing of ours.
        .target(name: "Zlib", dependencies: ["CZlib"], swiftSettings: rules),
        .target(name: "SelfStats", swiftSettings: rules),
        .target(name: "Settings", dependencies: ["CYAML"], swiftSettings: rules),
        .target(name: "Trace", swiftSettings: hotRules),
        .target(name: "Patterns", dependencies: ["CRE2"], swiftSettings: rules),
        .target(name: "TraceQL", dependencies: ["Patterns"], swiftSettings: rules),
        .target(name: "PromQL", dependencies: ["Patterns"], swiftSettings: hotRules),

        // The path of a span, in order.
        .target(name: "Wire", dependencies: nio + [logging, "CNGHTTP2", "CShims", "Zlib", "SelfStats"], swiftSettings: hotRules),
        .target(name: "OTLP", dependencies: ["Trace"], swiftSettings: hotRules),
        .target(name: "Ingest", dependencies: ["OTLP", "Trace", "TraceQL", "Patterns", "Settings", "SelfStats"], swiftSettings: hotRules),
        .target(name: "Store", dependencies: ["Trace", "Zlib", "SelfStats", "CSQLite", "CShims", logging], swiftSettings: hotRules),
        .target(name: "SpanMetrics", dependencies: ["Trace", "SelfStats", "Patterns"], swiftSettings: hotRules),
        .target(name: "Query", dependencies: ["Store", "TraceQL", "Patterns", "Trace", "SelfStats", logging], swiftSettings: hotRules),
        .target(name: "Receiver", dependencies: ["Wire", "OTLP", "Trace", "SelfStats", "Zlib", logging], swiftSettings: rules),
        .target(name: "API", dependencies: ["Wire", "OTLP", "Trace", "TraceQL", "PromQL", "Query", "Store", "SelfStats", "Zlib", "CZlib", "CShims", "CWebAssets"], swiftSettings: hotRules),
        .executableTarget(
            name: "loupe",
            dependencies: ["API", "Receiver", "OTLP", "Trace", "TraceQL", "PromQL", "SpanMetrics", "Query", "Store", "Wire", "SelfStats", "Settings", "Zlib", "CShims", logging],
            swiftSettings: rules, linkerSettings: archives),

        .executableTarget(name: "bench-decode", dependencies: ["OTLP", "Trace"], path: "Tests/Benchmarks/Decode", swiftSettings: hotRules),
        .executableTarget(name: "bench-ingest", dependencies: ["Ingest", "OTLP", "Trace", "Settings"], path: "Tests/Benchmarks/Ingest", swiftSettings: hotRules,
                          linkerSettings: archives),
        .executableTarget(name: "otlp-roundtrip", dependencies: ["OTLP", "Trace"], path: "Tests/OTLPRoundtrip", exclude: ["compare.py"],
                          swiftSettings: rules),

        .executableTarget(name: "bench-store", dependencies: ["Store", "OTLP", "Trace", "Zlib"], path: "Tests/Benchmarks/Store",
                          swiftSettings: [.unsafeFlags(["-enable-testing"], .when(configuration: .debug))], linkerSettings: archives),

        .executableTarget(name: "bench-query", dependencies: ["Query", "TraceQL", "Store", "OTLP", logging], path: "Tests/Benchmarks/Query",
                          swiftSettings: rules, linkerSettings: archives),
        .executableTarget(name: "bench-span-metrics", dependencies: ["SpanMetrics", "SelfStats", "OTLP", "Trace"], path: "Tests/Benchmarks/SpanMetrics",
                          swiftSettings: rules, linkerSettings: archives),
        .executableTarget(name: "bench-sources", dependencies: ["Store", "OTLP", "Trace", "SelfStats", logging], path: "Tests/Benchmarks/Sources",
                          swiftSettings: [.unsafeFlags(["-enable-testing"], .when(configuration: .debug))], linkerSettings: archives),

        tests("Zlib"), tests("SelfStats"), tests("Settings"), tests("Trace"), tests("Patterns"), tests("TraceQL"), tests("PromQL"), tests("Wire", nio + ["CNGHTTP2", "Zlib"]), tests("OTLP", ["Trace"]),
        tests("Ingest", ["OTLP", "Trace", "TraceQL", "Settings", "SelfStats"]),
        tests("Store", ["Trace", "Zlib", "CShims", "OTLP", "SelfStats"]), tests("Query", ["TraceQL", "Store", "Trace", "OTLP", "SelfStats", "Ingest", "Settings", logging]),
        tests("SpanMetrics", ["Trace", "OTLP", "SelfStats"]),
        tests("Receiver", ["Wire", "Trace", "OTLP", "Zlib", "SelfStats"]),
        tests("API", ["Wire", "Trace", "TraceQL", "PromQL", "Query", "OTLP", "Store", "SelfStats", "Zlib", logging]),
    ],
    cLanguageStandard: .gnu2x,
    cxxLanguageStandard: .cxx17
)
