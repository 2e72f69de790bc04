import Glibc
import Testing
@testable import Store

/// A process that journals and commits blocks is killed, again and again: each entry it acknowledged is in the journal or
/// in a block.
@Suite(.serialized) struct DatabaseKillTests {
    static let victimDirectory = getenv("LOUPE_TEST_VICTIM").map { String(cString: $0) }

    /// Runs in the process to be killed: says on standard output (`acknowledged`'s file) what it has acknowledged.
    @Test(.enabled(if: victimDirectory != nil))
    func victim() throws {
        let directory = Self.victimDirectory!
        let lock = try DirectoryLock(directory: directory)
        let database = try Database.open(path: directory + "/loupe.db")
        let journal = try Journal.open(
            directory: directory, done: database.journalDone, options: .init(segmentBytes: 20_000))
        var head: [(number: UInt32, end: JournalPosition)] = []
        let report = journal.replay { entry, end in head.append((entry.body.loadUnaligned(as: UInt32.self), end)) }
        let file = open(directory + "/acknowledged", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        if report.damage != [] { write(file, [UInt32.max], 4) }
        var next = UInt32(readFile(directory + "/acknowledged").count / 4) + 1_000_000 * UInt32(getpid() % 1000)
        for round in 0... {
            let outcomes = Outcomes()
            let numbers = (0..<UInt32(round % 7 + 1)).map { next + $0 }
            next += UInt32(numbers.count)
            for number in numbers {
                let body = withUnsafeBytes(of: number, Array.init) + bodyBytes(Int(number % 1500), seed: Int(number))
                journal.append(entry(body)) { result in
                    if case .success = result { write(file, [number], 4) }
                    outcomes.add(result)
                }
            }
            head += zip(numbers, outcomes.wait(for: numbers.count).map { position($0)! }).map { ($0, $1) }
            guard head.count > 20 else { continue }
            journal.rotate()
            let bytes = head.flatMap { withUnsafeBytes(of: $0.number, Array.init) }
            let id = try database.commit(
                block: DatabaseTests.row(round), chunks: [(0, bytes), (1, bodyBytes(40_000, seed: round))],
                journalDone: head.last!.end)
            journal.trim(to: head.last!.end)
            head = []
            if id % 5 == 0 {   // compaction
                let old = try database.loadBlocks().suffix(3).map(\.id)
                var all: [UInt8] = []
                for id in old {
                    all += try database.withReader { reader throws in try reader.bytes(block: id, column: 0) }!
                }
                _ = try database.replaceBlocks(old, with: DatabaseTests.row(round), chunks: [(0, all)])
                if round % 2 == 0 { try database.deleteBlocks(old) }
                try database.incrementalVacuum(pages: 2)
            }
        }
        _ = lock
    }

    @Test(.enabled(if: victimDirectory == nil))
    func killed() throws {
        let directory = TemporaryDirectory()
        for round in 0..<25 {
            let pid = try spawnVictim(directory.path)
            var before = readFile(directory.path + "/acknowledged").count
            let deadline = monotonicNanos() + 20_000_000_000
            while readFile(directory.path + "/acknowledged").count == before, monotonicNanos() < deadline { usleep(2000) }
            usleep(UInt32(round * 7919 % 60_000))
            kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
            before = readFile(directory.path + "/acknowledged").count
            #expect(before > 0)

            let database = try Database.open(path: directory.path + "/loupe.db")
            var kept: Set<UInt32> = []
            for block in try database.loadBlocks() {
                let bytes = try database.withReader { reader throws in try reader.bytes(block: block.id, column: 0) }!
                bytes.withUnsafeBytes { bytes in
                    for number in bytes.bindMemory(to: UInt32.self) { #expect(kept.insert(number).inserted, "an entry is in one block") }
                }
            }
            let copy = TemporaryDirectory()
            shell("cp -r \(directory.path)/journal \(copy.path)/")   // the victim replays it itself
            let again = try Journal.reopen(copy.path, done: database.journalDone)
            #expect(again.report.damage == [])
            for body in again.bodies {
                let number = body.withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) }
                #expect(kept.insert(number).inserted, "an entry is in a block or is replayed, not both")
            }
            again.journal.close()
            database.close()
            let acknowledged = readFile(directory.path + "/acknowledged").withUnsafeBytes { Array($0.bindMemory(to: UInt32.self)) }
            #expect(kept.isSuperset(of: acknowledged), "round \(round)")
        }
    }

    private func spawnVictim(_ directory: String) throws -> pid_t {
        var pid = pid_t()
        let words = [CommandLine.arguments[0], "--testing-library", "swift-testing", "--filter", "DatabaseKillTests"]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        setenv("LOUPE_TEST_VICTIM", directory, 1)
        defer { unsetenv("LOUPE_TEST_VICTIM") }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_addopen(&actions, 1, directory + "/output", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        let code = posix_spawn(&pid, "/proc/self/exe", &actions, nil, &arguments, environ)
        posix_spawn_file_actions_destroy(&actions)
        arguments.forEach { free($0) }
        try #require(code == 0)
        return pid
    }
}
