@testable import Settings
import Testing

@Suite struct FileTests {
    @Test("a file with something of everything")
    func whole() throws {
        let settings = try configuration("--config loupe.yaml", file: """
            # how the shop runs it
            otlp-grpc: ":4317"
            metrics: off
            retention: 30d
            memory: 1GiB
            fsync: no
            log-level: debug
            cors-origins:
              - https://shop.example
              - https://*.shop.example
            """)
        #expect(settings.config == "loupe.yaml")
        #expect(settings.otlpGRPC == Endpoint(host: "", port: 4317))
        #expect(settings.metrics == nil)
        #expect(settings.retention == .seconds(30 * 86400))
        #expect(settings.fsync == false)
        #expect(settings.logLevel == .debug)
        #expect(settings.corsOrigins == ["https://shop.example", "https://*.shop.example"])
    }

    @Test("an empty file and an empty list are fine", arguments: ["", "# nothing\n", "---\n", "cors-origins: []"])
    func empty(_ text: String) throws {
        #expect(try configuration("--config loupe.yaml", file: text).memoryBytes == 512 << 20)
    }

    @Test("what is wrong with a file, and where", arguments: [
        ("memory: 12x", "memory: \"12x\" has the unit \"x\" (from loupe.yaml:1:9); the units are B kB MB GB TB and KiB MiB GiB TiB"),
        ("\nmemroy: 1GiB", "loupe.yaml:2:1: no setting is called memroy (did you mean memory?); loupe help lists them all"),
        ("otlp_grpc: off", "loupe.yaml:1:1: no setting is called otlp_grpc (did you mean otlp-grpc?); loupe help lists them all"),
        ("config: x", "loupe.yaml:1:1: config cannot be set in the file; use --config or LOUPE_CONFIG"),
        ("memory:", "loupe.yaml:1:1: memory has no value; write one, or remove the line for the default 512MiB"),
        ("memory: [1GiB]", "loupe.yaml:1:1: memory takes a single value; write memory: SIZE"),
        ("cors-origins:\n- a: b", "loupe.yaml:2:3: cors-origins is a list of texts; write each as - ORIGIN,…"),
        ("- a\n- b", "loupe.yaml:1:1: the file must hold keys and values, such as memory: 512MiB"),
        ("memory: 1GiB\nmemory: 2GiB", "loupe.yaml:2:1: the key memory is written twice"),
        ("memory: [1", "loupe.yaml:2:1: did not find expected ',' or ']' while parsing a flow sequence"),
        ("a: b: c", "loupe.yaml:1:5: mapping values are not allowed in this context"),
        ("\tmemory: 1GiB", "loupe.yaml:1:1: found character that cannot start any token while scanning for the next token"),
    ])
    func faults(_ text: String, _ expected: String) { #expect(problems("--config loupe.yaml", file: text) == [expected]) }

    @Test("all problems are told at once, from every source")
    func several() {
        #expect(problems("--fsync x", ["LOUPE_API": "x"], file: nil).count == 2)
        #expect(problems("--fsync x --config loupe.yaml", ["LOUPE_API": "x"], file: "a: 1\nmemory: 1").count == 4)
    }
}
