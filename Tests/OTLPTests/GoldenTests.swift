import Glibc
import OTLP
import Testing
import Trace

/// `Golden/otlp/NAME.request.json` and what it is in both dialects. `GOLDEN=write swift test --filter GoldenTests` rewrites the latter.
@Suite struct GoldenTests {
    @Test(arguments: ["specification-example", "every-field", "liberties"], [("otlp", JSONDialect.otlp), ("tempo", .tempo)])
    func dialects(_ name: String, _ dialect: (name: String, value: JSONDialect)) throws {
        let request = try readFile(goldenFolder + "\(name).request.json")
        let batch = try request.withUnsafeBytes { try RequestDecoder.decode(json: $0) }.batch
        var out = OutputBuffer()
        TraceEncoder.encode(batch, json: dialect.value, &out)
        out.append("\n")
        let path = goldenFolder + "\(name).\(dialect.name).json"
        if getenv("GOLDEN") != nil { try writeFile(path, out.array()) }
        #expect(String(decoding: out.bytes, as: UTF8.self) == String(decoding: try readFile(path), as: UTF8.self))
    }
}

/// `Tests`, whatever the working directory.
let testsFolder = String(#filePath.dropLast("OTLPTests/GoldenTests.swift".utf8.count))
private let goldenFolder = testsFolder + "Golden/otlp/"

struct FileError: Error { var path: String }

func readFile(_ path: String) throws -> Bytes {
    guard let file = fopen(path, "rb") else { throw FileError(path: path) }
    defer { fclose(file) }
    fseek(file, 0, SEEK_END)
    var bytes = Bytes(repeating: 0, count: ftell(file))
    rewind(file)
    guard fread(&bytes, 1, bytes.count, file) == bytes.count else { throw FileError(path: path) }
    return bytes
}

private func writeFile(_ path: String, _ bytes: Bytes) throws {
    guard let file = fopen(path, "wb") else { throw FileError(path: path) }
    defer { fclose(file) }
    guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw FileError(path: path) }
}
