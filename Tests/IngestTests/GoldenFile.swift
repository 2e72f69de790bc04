import Glibc

struct FileError: Error { var path: String }

/// The lines of a file in `Tests/Golden`, whatever the working directory.
func goldenLines(_ name: String) throws -> [String] {
    let path = String(#filePath.dropLast("IngestTests/GoldenFile.swift".utf8.count)) + "Golden/" + name
    guard let file = fopen(path, "rb") else { throw FileError(path: path) }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
}
