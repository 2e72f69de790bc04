import Glibc
import Synchronization
import Testing
@testable import Store

/// A disk that fills up, tears writes, and fails.
@Suite struct JournalFaultTests {
    /// Lets tests switch a fault on and off.
    final class Switch: Sendable {
        private let state = Mutex(false)
        var isOn: Bool {
            get { state.withLock { $0 } }
            set { state.withLock { $0 = newValue } }
        }
    }

    static func options(_ change: (inout JournalIO) -> Void) -> Journal.Options {
        var options = Journal.testOptions
        change(&options.io)
        return options
    }

    @Test func shortAndInterruptedWrites() throws {
        let turn = Mutex(0)
        let options = Self.options { io in
            io.write = { file, bytes, offset in
                let number = turn.withLock { turn in
                    turn += 1
                    return turn
                }
                if number % 3 == 0 { return -Int(EINTR) }
                return JournalIO.system.write(file, UnsafeRawBufferPointer(rebasing: bytes.prefix(number % 7 * 100 + 1)), offset)
            }
            io.sync = { file in turn.withLock { $0 += 1; return $0 % 2 == 0 } ? -EINTR : JournalIO.system.sync(file) }
        }
        let directory = TemporaryDirectory()
        let journal = try Journal.reopen(directory.path, options: options).journal
        let bodies = (0..<20).map { bodyBytes($0 * 13, seed: $0) }
        for body in bodies { #expect(position(journal.appendAndWait(body)) != nil) }
        journal.close()
        #expect(try Journal.reopen(directory.path).bodies == bodies)
    }

    enum Shortage: CaseIterable { case create, allocate, write, tornWrite, tornWriteWithoutReserve }

    @Test("without room entries are refused, and taken again once there is room", arguments: Shortage.allCases)
    func outOfSpace(_ shortage: Shortage) throws {
        let full = Switch()
        let options = Self.options { io in
            switch shortage {
            case .create: io.create = { full.isOn ? -ENOSPC : JournalIO.system.create($0, $1) }
            case .allocate: io.allocate = { full.isOn ? -ENOSPC : JournalIO.system.allocate($0, $1, $2) }
            case .write: io.write = { full.isOn ? -Int(ENOSPC) : JournalIO.system.write($0, $1, $2) }
            case .tornWrite, .tornWriteWithoutReserve:
                let calls = Mutex(0)
                io.write = { file, bytes, offset in
                    guard full.isOn, calls.withLock({ $0 += 1; return $0 % 2 == 0 }) else {
                        return JournalIO.system.write(file, full.isOn ? UnsafeRawBufferPointer(rebasing: bytes.prefix(512)) : bytes, offset)
                    }
                    return -Int(ENOSPC)
                }
                if shortage == .tornWriteWithoutReserve { io.allocate = { _, _, _ in -EOPNOTSUPP } }
            }
        }
        let directory = TemporaryDirectory()
        let journal = try Journal.reopen(directory.path, options: options).journal
        var kept: [[UInt8]] = []
        for number in 0..<30 {
            let body = bodyBytes(1000, seed: number)
            full.isOn = number % 10 >= 6
            let result = journal.appendAndWait(body)
            if case .failure(let failure) = result {
                #expect(full.isOn && failure.kind == .refused)
                #expect(failure.description.contains("journal/0000") && failure.description.contains("No space left"))
            } else {
                kept.append(body)
            }
        }
        #expect(journal.failure == nil)
        #expect(kept.count >= 18 && kept.count < 30)
        full.isOn = false
        journal.close()
        let again = try Journal.reopen(directory.path)
        #expect(again.bodies == kept)
        #expect(again.report.damage == [] && again.report.tornBytes == 0)
        again.journal.close()
    }

    @Test func aSmallReserveIsBetterThanNone() throws {
        let options = Self.options { io in
            io.allocate = { file, offset, count in
                offset + count > 2000 ? -ENOSPC : JournalIO.system.allocate(file, offset, count)
            }
        }
        let directory = TemporaryDirectory()
        let journal = try Journal.reopen(directory.path, options: options).journal
        #expect(position(journal.appendAndWait(bodyBytes(1000, seed: 1))) != nil)
        #expect(position(journal.appendAndWait(bodyBytes(800, seed: 2))) != nil)
        #expect(position(journal.appendAndWait(bodyBytes(800, seed: 3))) == nil)
        #expect(position(journal.appendAndWait(bodyBytes(50, seed: 4))) != nil)
        journal.close()
        #expect(try Journal.reopen(directory.path).bodies == [(1000, 1), (800, 2), (50, 4)].map(bodyBytes))
    }

    enum Fault: CaseIterable { case sync, write, truncate, directorySync }

    @Test("a failing disk ends the journal; what was acknowledged is there after a restart", arguments: Fault.allCases)
    func broken(_ fault: Fault) throws {
        let failing = Switch()
        let options = Self.options { io in
            switch fault {
            case .sync: io.sync = { failing.isOn ? -EIO : JournalIO.system.sync($0) }
            case .write: io.write = { failing.isOn ? -Int(EIO) : JournalIO.system.write($0, $1, $2) }
            case .truncate:
                io.write = { failing.isOn ? -Int(ENOSPC) : JournalIO.system.write($0, $1, $2) }
                io.truncate = { failing.isOn ? -EIO : JournalIO.system.truncate($0, $1) }
            case .directorySync: io.syncDirectory = { failing.isOn ? -EIO : JournalIO.system.syncDirectory($0) }
            }
        }
        let directory = TemporaryDirectory()
        let journal = try Journal.reopen(directory.path, options: options).journal
        let kept = (0..<3).map { bodyBytes(100, seed: $0) }
        for body in kept { #expect(position(journal.appendAndWait(body)) != nil) }
        failing.isOn = true
        if fault == .directorySync { journal.rotate() }
        let outcomes = Outcomes()
        for number in 10..<15 { journal.append(entry(bodyBytes(100, seed: number))) { outcomes.add($0) } }
        for result in outcomes.wait(for: 5) {
            #expect(throws: JournalFailure.self) { try result.get() }
        }
        #expect(journal.failure?.kind == .broken)
        failing.isOn = false   // too late: nobody knows what the file holds
        #expect(position(journal.appendAndWait([1])) == nil)
        #expect(journal.queuedBytes == 0)
        journal.rotate()
        journal.trim(to: .start)
        journal.close()
        let again = try Journal.reopen(directory.path)
        #expect(Array(again.bodies.prefix(3)) == kept)
        #expect(again.report.damage == [])
        // What was refused may turn up (duplicates are removed when traces are read), but nothing else.
        #expect(again.bodies.dropFirst(3).allSatisfy { body in (10..<15).contains { bodyBytes(100, seed: $0) == body } })
        let next = bodyBytes(10, seed: 99)
        #expect(position(again.journal.appendAndWait(next)) != nil)
        again.journal.close()
        let last = try Journal.reopen(directory.path)
        #expect(last.bodies == again.bodies + [next] && last.report.damage == [])
        last.journal.close()
    }

    @Test func withoutFsyncNothingWaitsForTheDisk() throws {
        let syncs = Mutex(0)
        var options = Self.options { io in
            io.sync = { file in
                syncs.withLock { $0 += 1 }
                return JournalIO.system.sync(file)
            }
        }
        options.fsync = false
        let directory = TemporaryDirectory()
        let journal = try Journal.reopen(directory.path, options: options).journal
        for number in 0..<4 { #expect(position(journal.appendAndWait(bodyBytes(100, seed: number))) != nil) }
        #expect(syncs.withLock { $0 } == 0)
        journal.close()
        #expect(syncs.withLock { $0 } == 1)
    }
}
