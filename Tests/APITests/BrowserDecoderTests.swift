import Foundation
import Testing
import Trace
@testable import API

/// The viewer's own decoder (web/model/lpt1.js) reads what the encoder writes. Runs where there is Node; elsewhere the Swift decoder of
/// `TraceStreamTests` stands alone.
@Suite struct BrowserDecoderTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let decoder = root.appendingPathComponent("web/model/lpt1.js")
    private static let node = ["/usr/bin/node", "/usr/local/bin/node"].first { FileManager.default.isExecutableFile(atPath: $0) }
    private static var canRun: Bool { node != nil && FileManager.default.fileExists(atPath: decoder.path) }

    private static let script = """
        import { ChunkReader, createTraceColumns, appendChunk } from '\(decoder.absoluteString)';
        import { readFileSync } from 'node:fs';
        const bytes = readFileSync(process.argv[2]);
        const reader = new ChunkReader();
        let trace = null;
        for (let at = 0; at < bytes.length; at += 1000) for (const chunk of reader.push(bytes.subarray(at, at + 1000))) {
          trace ??= createTraceColumns(chunk.header);
          appendChunk(trace, chunk);
        }
        if (!reader.isAtBoundary) throw new Error('bytes are left over');
        const rows = [];
        for (let row = 0; row < trace.loaded; row++) rows.push([trace.start[row], trace.dur[row], trace.parent[row],
          trace.services[trace.service[row]]?.name ?? null, trace.strings[trace.name[row]], trace.strings[trace.group[row]], trace.bits[row]]);
        console.log(JSON.stringify({ rows, missing: trace.missing, duplicates: [...trace.duplicates], root: trace.rootRow, errors: trace.errorCount }));
        """

    @Test("the JavaScript decoder sees the same rows", .enabled(if: canRun), arguments: [64, 1_000])
    func agrees(_ chunkRows: Int) throws {
        let trace = OpenedTrace(TraceStreamTests.sample(500, seed: 9))
        var stream = TraceStream(trace, slots: [:], chunkRows: chunkRows)
        var bytes: [UInt8] = []
        while let chunk = stream.next() { bytes += chunk }
        let seen = try #require(try JSONSerialization.jsonObject(with: decode(bytes)) as? [String: Any])
        let rows = try #require(seen["rows"] as? [[Any]])
        let expected = try DecodedTrace(bytes).rows
        #expect(rows.count == expected.count)
        for (row, wanted) in zip(rows, expected) {
            let decoded = DecodedTrace.Row(
                start: (row[0] as? NSNumber)?.doubleValue ?? -1, duration: (row[1] as? NSNumber)?.doubleValue ?? -1, parent: row[2] as? Int ?? 0,
                service: row[3] as? String, name: row[4] as? String ?? "", group: row[5] as? String ?? "?", bits: (row[6] as? NSNumber)?.uint8Value ?? 0)
            #expect(decoded == wanted)
        }
        #expect(seen["missing"] as? [String] == trace.missing.map(\.hex))
        #expect(seen["duplicates"] as? [Int] == trace.duplicates)
        #expect(seen["root"] as? Int == trace.rootRow)
    }

    private func decode(_ bytes: [UInt8]) throws -> Data {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("loupe-lpt1-\(UInt64.random(in: .min ... .max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let script = folder.appendingPathComponent("decode.mjs"), input = folder.appendingPathComponent("trace.lpt1")
        try Self.script.write(to: script, atomically: true, encoding: .utf8)
        try Data(bytes).write(to: input)
        let process = Process(), output = Pipe()
        process.executableURL = URL(fileURLWithPath: Self.node ?? "")
        process.arguments = [script.path, input.path]
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return data
    }
}
