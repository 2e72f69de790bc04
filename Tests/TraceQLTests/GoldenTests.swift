import Glibc
import Testing
import TraceQL

/// The queries of `Golden/traceql`, which are the fuzzer's seeds, too, and each text that ever broke the room.
@Suite struct GoldenTests {
    @Test func queries() throws {
        let files = try contents(of: "Golden/traceql")
        #expect(files.count > 50)
        for (name, text) in files {
            let isRefused = name.hasPrefix("refused-") || name.hasPrefix("half-typed-")
            do throws(QueryError) {
                let query = try Query(parsing: text)
                #expect(try Query(parsing: query.description) == query, "\(name)")
                #expect(!isRefused, "\(name)")
            } catch {
                #expect(isRefused, "\(name): \(error)")
            }
        }
    }

    @Test func replays() throws {
        for (name, text) in try contents(of: "Fuzz/Crashes") where name.hasPrefix("traceql-") {
            _ = outcome(text)
            _ = try? LenientFilter(parsing: text)
        }
    }

    private func contents(of folder: String) throws -> [(name: String, text: String)] {
        let path = String(#filePath.dropLast("TraceQLTests/GoldenTests.swift".utf8.count)) + folder
        let entries = try #require(opendir(path), "\(path)")
        defer { closedir(entries) }
        var files: [(name: String, text: String)] = []
        while let entry = readdir(entries) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            guard !name.hasPrefix(".") else { continue }
            let file = try #require(fopen("\(path)/\(name)", "rb"), "\(name)")
            defer { fclose(file) }
            var bytes = [UInt8](repeating: 0, count: 1 << 18)
            bytes.removeSubrange(fread(&bytes, 1, bytes.count, file)...)
            files.append((name, String(decoding: bytes, as: UTF8.self)))
        }
        return files
    }
}
