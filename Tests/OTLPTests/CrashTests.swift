import Glibc
import OTLP
import Testing
import Trace

/// Replays each input that once broke a decoder or an encoder: it need not be accepted, but must not crash again.
@Suite struct CrashTests {
    @Test func replays() throws {
        guard let folder = opendir(testsFolder + "Fuzz/Crashes") else { throw FileError(path: testsFolder + "Fuzz/Crashes") }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            guard !name.hasPrefix(".") else { continue }
            let input = try readFile(testsFolder + "Fuzz/Crashes/" + name)
            let batch = name.hasPrefix("json")
                ? (try? input.withUnsafeBytes { try RequestDecoder.decode(json: $0) })?.batch : (try? decode(input))?.batch
            guard let batch else { continue }
            var out = OutputBuffer()
            TraceEncoder.encode(batch, json: .otlp, &out)
            #expect((try? RequestDecoder.decode(json: out.bytes)) != nil, "\(name)")
            out.removeAll()
            TraceEncoder.encode(batch, protobuf: &out)
            #expect((try? RequestDecoder.decode(protobuf: out.bytes, owner: nil))?.batch.spans.count == batch.spans.count, "\(name)")
        }
    }
}
