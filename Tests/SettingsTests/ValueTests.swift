@testable import Settings
import Testing

@Suite struct ValueTests {
    @Test("durations", arguments: [
        ("7d", 604_800_000), ("1w", 604_800_000), ("12h", 43_200_000), ("30m", 1_800_000), ("10s", 10_000), ("500ms", 500),
        ("1h30m", 5_400_000), ("1d 12h", 129_600_000), ("1.5s", 1500), ("0s", 0),
    ])
    func durations(_ text: String, _ milliseconds: Int) throws { #expect(try Units.duration(text) == .milliseconds(milliseconds)) }

    @Test("what is no duration", arguments: ["", "7", "d", "7 days", "-1d", "1.d", ".5h", "1..5h", "7D", "1h30", "9999999999999999w", "٣d"])
    func badDurations(_ text: String) { #expect(throws: Fault.self) { try Units.duration(text) } }

    @Test("sizes", arguments: [
        ("10GiB", 10 << 30), ("512MiB", 512 << 20), ("1GB", 1_000_000_000), ("1000", 1000), ("64Mi", 64 << 20), ("2 tib", 2 << 40),
        ("1.5KiB", 1536), ("3kb", 3000), ("7B", 7),
    ])
    func sizes(_ text: String, _ bytes: Int) throws { #expect(try Units.size(text) == bytes) }

    @Test("what is no size", arguments: ["", "GiB", "12x", "1G", "-5MiB", "1e9", "99999999TiB"])
    func badSizes(_ text: String) { #expect(throws: Fault.self) { try Units.size(text) } }

    @Test("values are written as they are read", arguments: ["7d", "1h30m", "500ms", "1d12h", "0s"])
    func durationText(_ text: String) throws { #expect(Units.text(try Units.duration(text)) == text) }

    @Test("sizes are written in the largest unit that fits", arguments: [(10 << 30, "10GiB"), (1536, "1536B"), (1_000_000, "1MB"), (0, "0B")])
    func sizeText(_ bytes: Int, _ text: String) { #expect(Units.text(size: bytes) == text) }

    @Test("addresses", arguments: [
        ("127.0.0.1:4317", "127.0.0.1", 4317), (":4317", "", 4317), ("localhost:0", "localhost", 0), ("[::1]:80", "::1", 80),
        ("[::]:65535", "::", 65535),
    ])
    func endpoints(_ text: String, _ host: String, _ port: Int) throws {
        let endpoint = try Endpoint(text)
        #expect(endpoint == Endpoint(host: host, port: port))
        #expect(endpoint.description == text)
    }

    @Test("what is no address, and what to write", arguments: [
        ("http://127.0.0.1:4317", "host:port alone"), ("4317", "127.0.0.1:4317"), ("localhost", "localhost:4317"), ("", "127.0.0.1:4317"),
        ("a:65536", "0 to 65535"), ("a:", "0 to 65535"), ("a:+1", "0 to 65535"), ("::1:4317", "[::1]:4317"), ("*:4317", ":4317"),
        ("a b:1", "a name or an address"),
    ])
    func badEndpoints(_ text: String, _ fix: String) {
        #expect { try Endpoint(text) } throws: { ($0 as? Fault)?.fix.contains(fix) == true }
    }

    @Test("a bad value is one line that names setting, value, source and fix", arguments: [
        ("--memory 12x", "memory: \"12x\" has the unit \"x\" (from --memory); the units are B kB MB GB TB and KiB MiB GiB TiB"),
        ("--memory 10G", "memory: \"10G\" has the unit \"G\" (from --memory); write 10GiB or 10GB"),
        ("--memory 1KiB", "memory: \"1KiB\" is out of range (from --memory); write a size from 64MiB to 1TiB"),
        ("--retention 7", "retention: \"7\" has no unit after 7 (from --retention); the units are w d h m s ms, for example 7s"),
        ("--retention 5s", "retention: \"5s\" is out of range (from --retention); write a duration from 1m to 36500d"),
        ("--fsync maybe", "fsync: \"maybe\" is neither on nor off (from --fsync); write on or off"),
        ("--log-format xml", "log-format: \"xml\" is not one of them (from --log-format); write text or json"),
        ("--data=", "data: \"\" is empty (from --data); write a path"),
        ("--cors-origins shop.example", "cors-origins: \"shop.example\" holds \"shop.example\", which is no origin (from --cors-origins); write scheme, host and port as a browser sends them, for example https://shop.example:8443"),
        ("--api localhost", "api: \"localhost\" has no port (from --api); write host:port, for example localhost:4317, or off"),
    ])
    func messages(_ line: String, _ expected: String) { #expect(problems(line) == [expected]) }

    @Test("the environment is named as the source too")
    func environmentSource() {
        #expect(problems("", ["LOUPE_FSYNC": "1"]) == ["fsync: \"1\" is neither on nor off (from LOUPE_FSYNC); write on or off"])
    }
}
