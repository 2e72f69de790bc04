internal import Glibc

/// The bytes of the file at `path`, or why they cannot be had. Reads no further than what a configuration may hold.
public func readConfigurationFile(_ path: String) -> Result<[UInt8], FileFault> {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return .failure(FileFault(systemMessage())) }
    defer { close(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16_384)
    while bytes.count <= YAMLNode.Limit.bytes {
        let count = read(file, &chunk, chunk.count)
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { return .failure(FileFault(systemMessage())) }
        if count == 0 { break }
        bytes += chunk[..<count]
    }
    return .success(bytes)
}

private func systemMessage() -> String {
    String(cString: strerror(errno))
}
