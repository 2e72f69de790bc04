internal import Glibc

/// The right to be the only process on a data directory, held until it is released or this object goes.
/// It is the file's lock that counts, which the system drops with the process; the number in it is for the reader.
final class DirectoryLock: Sendable {
    private let file: Int32

    /// Creates `directory` when absent.
    init(directory: String) throws(StoreError) {
        try createDirectories(directory)
        let path = directory + "/lock"
        let file = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw StoreError(description: "cannot open \(path): \(systemMessage(errno)); the data directory must be writable")
        }
        self.file = file
        var code: Int32
        repeat { code = flock(file, LOCK_EX | LOCK_NB) == 0 ? 0 : errno } while code == EINTR
        guard code == 0 else {
            var digits = [UInt8](repeating: 0, count: 20)
            let count = pread(file, &digits, digits.count, 0)
            let holder = String(decoding: digits.prefix(max(0, count)).prefix { $0 >= 0x30 && $0 <= 0x39 }, as: UTF8.self)
            Glibc.close(file)
            throw StoreError(description: code == EWOULDBLOCK
                ? "data directory \(directory) is in use by \(holder.isEmpty ? "another process" : "process \(holder)")"
                : "cannot lock \(path): \(systemMessage(code))")
        }
        let text = Array("\(getpid())\n".utf8)
        guard ftruncate(file, 0) == 0, pwrite(file, text, text.count, 0) == text.count else {
            let code = errno
            Glibc.close(file)
            throw StoreError(description: "cannot write \(path): \(systemMessage(code))")
        }
    }

    /// For others to take it, though readers that are still at something keep the object alive.
    func release() { flock(file, LOCK_UN) }

    deinit { close(file) }
}

/// `mkdir -p`, for nobody but the owner: traces can hold secrets.
private func createDirectories(_ path: String) throws(StoreError) {
    var parent = path.hasPrefix("/") ? "/" : "./"
    for part in path.split(separator: "/") {
        let child = parent + part + "/"
        if mkdir(child, 0o700) == 0 {
            _ = JournalIO.system.syncDirectory(parent)
        } else if errno != EEXIST, access(child, X_OK) != 0 {
            throw StoreError(description: "cannot create the data directory \(path): \(systemMessage(errno))")
        }
        parent = child
    }
    var facts = stat()
    guard stat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFDIR else {
        throw StoreError(description: "cannot use \(path) as data directory: it is no directory")
    }
}
