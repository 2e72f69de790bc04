import Glibc
import Synchronization
@testable import Store

/// A directory that goes with the object.
final class TemporaryDirectory: Sendable {
    let path: String

    init(in parent: String = "/tmp") {
        var template = Array("\(parent)/loupe-test-XXXXXX".utf8CString)
        path = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
    }

    deinit { _ = shell("rm -rf \(path)") }

    func files(_ folder: String) -> [String] {
        guard let stream = opendir(path + "/" + folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let item = readdir(stream) {
            names.append(withUnsafePointer(to: &item.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            })
        }
        return names.filter { !$0.hasPrefix(".") }.sorted()
    }
}

@discardableResult func shell(_ command: String) -> Int32 {
    var pid = pid_t()
    let words = ["/bin/sh", "-c", command]
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    guard posix_spawn(&pid, "/bin/sh", nil, nil, &arguments, environ) == 0 else { return -1 }
    arguments.forEach { free($0) }
    var status: Int32 = 0
    waitpid(pid, &status, 0)
    return status
}

func readFile(_ path: String) -> [UInt8] {
    let file = open(path, O_RDONLY)
    defer { close(file) }
    var facts = stat()
    guard file >= 0, fstat(file, &facts) == 0 else { return [] }
    var bytes = [UInt8](repeating: 0, count: Int(facts.st_size))
    let count = read(file, &bytes, bytes.count)
    return Array(bytes.prefix(max(0, count)))
}

func writeFile(_ path: String, _ bytes: [UInt8]) {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    defer { close(file) }
    precondition(write(file, bytes, bytes.count) == bytes.count)
}

/// A body in memory.
final class BodyBytes: @unchecked Sendable {
    let memory: UnsafeMutableRawBufferPointer
    init(_ bytes: [UInt8]) {
        memory = .allocate(byteCount: bytes.count, alignment: 1)
        memory.copyBytes(from: bytes)
    }
    deinit { memory.deallocate() }
}

/// `count` bytes that depend on `seed`, and no two seeds alike.
func bodyBytes(_ count: Int, seed: Int) -> [UInt8] {
    var state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15 | 1
    return (0..<count).map { _ in
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return UInt8(truncatingIfNeeded: state >> 32)
    }
}

func entry(_ bytes: [UInt8], receivedNanos: UInt64 = 7) -> JournalEntry {
    let owner = BodyBytes(bytes)
    return JournalEntry(
        body: UnsafeRawBufferPointer(owner.memory), owner: owner, format: .protobuf, compression: .gzip, receivedNanos: receivedNanos)
}

/// What became of appends, in the order of their completions.
final class Outcomes: Sendable {
    private let results = Mutex<[Result<JournalPosition, JournalFailure>]>([])
    private let ready = Doorbell()

    func add(_ result: Result<JournalPosition, JournalFailure>) {
        results.withLock { $0.append(result) }
        ready.ring()
    }

    func wait(for count: Int) -> [Result<JournalPosition, JournalFailure>] {
        while all.count < count { ready.wait() }
        return all
    }

    var all: [Result<JournalPosition, JournalFailure>] { results.withLock { $0 } }
}

extension Journal {
    /// Small segments, and syncs that cost nothing: a test's files need not outlive the power.
    static let testOptions = quick(segmentBytes: 4096)

    static func quick(segmentBytes: Int) -> Options {
        var options = Options(segmentBytes: segmentBytes)
        options.io.sync = { _ in 0 }
        options.io.syncDirectory = { _ in 0 }
        return options
    }

    /// Appends and waits.
    func appendAndWait(_ bytes: [UInt8], receivedNanos: UInt64 = 7) -> Result<JournalPosition, JournalFailure> {
        let outcomes = Outcomes()
        append(entry(bytes, receivedNanos: receivedNanos)) { outcomes.add($0) }
        return outcomes.wait(for: 1)[0]
    }

    /// Opens, replays, and returns bodies, positions and the report.
    static func reopen(
        _ directory: String, done: JournalPosition = .start, options: Options = testOptions
    ) throws -> (journal: Journal, bodies: [[UInt8]], ends: [JournalPosition], report: ReplayReport) {
        let journal = try Journal.open(directory: directory, done: done, options: options)
        var (bodies, ends): ([[UInt8]], [JournalPosition]) = ([], [])
        let report = journal.replay { entry, end in
            bodies.append(Array(entry.body))
            ends.append(end)
        }
        return (journal, bodies, ends, report)
    }
}

func position(_ result: Result<JournalPosition, JournalFailure>) -> JournalPosition? { try? result.get() }
