import Glibc
import Testing
@testable import Store

/// A journal whose files were cut, flipped or lost: what is left comes back, and what is missing is said.
@Suite struct JournalDamageTests {
    static let bodies = [3, 100, 24, 0, 61].enumerated().map { bodyBytes($1, seed: $0) }

    /// One segment with `bodies`, and where each record ends.
    static func segment() throws -> (bytes: [UInt8], ends: [Int]) {
        let directory = TemporaryDirectory()
        let journal = try Journal.reopen(directory.path).journal
        let ends = bodies.map { Int(position(journal.appendAndWait($0))!.offset) }
        journal.close()
        return (readFile(directory.path + "/journal/00000001.log"), ends)
    }

    /// Replays `segment` as the only one, or with one after it.
    static func replay(_ segment: [UInt8], followed: Bool = false, in directory: TemporaryDirectory) throws
        -> (bodies: [[UInt8]], report: ReplayReport)
    {
        let path = directory.path + "/journal"
        mkdir(path, 0o700)
        for name in directory.files("journal") { unlink(path + "/" + name) }
        writeFile(path + "/00000001.log", segment)
        if followed {
            let end = JournalPosition(segment: 1, offset: UInt32(try Self.segment().ends.last!))
            writeFile(path + "/00000002.log", SegmentHeader(number: 2, previous: end).encoded())
        }
        let (journal, bodies, _, report) = try Journal.reopen(directory.path)
        journal.close()
        return (bodies, report)
    }

    @Test func aTornTailIsNormalAtEveryByte() throws {
        let (bytes, ends) = try Self.segment()
        let directory = TemporaryDirectory()
        for cut in 0..<bytes.count {
            for tail in [[], [UInt8](repeating: 0, count: 200)] {
                let (bodies, report) = try Self.replay(Array(bytes[..<cut]) + tail, in: directory)
                let whole = ends.enumerated().filter { index, end in
                    // Padding is zeros, as is what follows a cut; and so may be the end of a body.
                    let start = index == 0 ? 32 : ends[index - 1]
                    let last = start + 24 + Self.bodies[index].count
                    return cut >= last || !tail.isEmpty && bytes[cut..<last].allSatisfy { $0 == 0 }
                }
                #expect(bodies == Array(Self.bodies[..<whole.count]), "cut at \(cut)")
                #expect(report.damage == [], "cut at \(cut)")
            }
        }
    }

    @Test("a flipped bit loses the record it is in, and no other", arguments: [false, true])
    func flippedBits(followed: Bool) throws {
        let (bytes, ends) = try Self.segment()
        let directory = TemporaryDirectory()
        for byte in 32..<ends.last! {
            var damaged = bytes
            damaged[byte] ^= 1 << UInt8(byte % 8)
            let hit = ends.firstIndex { byte < $0 }!
            let start = hit == 0 ? 32 : ends[hit - 1]
            let inPadding = byte >= start + 24 + Self.bodies[hit].count
            let (bodies, report) = try Self.replay(damaged, followed: followed, in: directory)
            var expected = Self.bodies
            if !inPadding { expected.remove(at: hit) }
            #expect(bodies == expected, "byte \(byte)")
            let isLast = hit == Self.bodies.count - 1
            if inPadding || isLast && !followed {
                #expect(report.damage == [], "byte \(byte)")
                #expect((report.tornBytes > 0) == !inPadding, "byte \(byte)")
            } else {
                #expect(report.damage.map(\.offset) == [start] && report.damage[0].lostBytes == ends[hit] - start, "byte \(byte)")
                #expect(report.damage.first?.description.contains("00000001.log: damaged at byte \(start)") == true)
            }
        }
    }

    @Test("a damaged header loses no record", arguments: 0..<32)
    func flippedHeader(byte: Int) throws {
        var (bytes, _) = try Self.segment()
        bytes[byte] ^= 0x10
        #expect(try Self.replay(bytes, in: TemporaryDirectory()).bodies == Self.bodies)
    }

    @Test("zeros in the middle do not end a segment", arguments: [false, true])
    func zeroedRecords(followed: Bool) throws {
        let (bytes, ends) = try Self.segment()
        let directory = TemporaryDirectory()
        for first in 0..<ends.count {
            var damaged = bytes
            let start = first == 0 ? 32 : ends[first - 1]
            for byte in start..<ends[first] { damaged[byte] = 0 }
            let (bodies, report) = try Self.replay(damaged, followed: followed, in: directory)
            var expected = Self.bodies
            expected.remove(at: first)
            #expect(bodies == expected)
            // Nobody can know of a last record that is nothing but zeros, unless the next segment does.
            #expect(report.damage.count == (first == ends.count - 1 && !followed ? 0 : 1))
        }
        #expect(try Self.replay([], followed: true, in: directory).report.damage.count == 1)
        #expect(try Self.replay([], in: directory).report.damage == [])
    }

    @Test func aMissingSegmentIsNamed() throws {
        let directory = TemporaryDirectory()
        let journal = try Journal.reopen(directory.path).journal
        let ends = (0..<20).map { position(journal.appendAndWait(bodyBytes(900, seed: $0)))! }
        journal.close()
        shell("rm \(directory.path)/journal/00000003.log")
        let again = try Journal.reopen(directory.path)
        #expect(again.ends == ends.filter { $0.segment != 3 })
        #expect(again.report.damage.map(\.path) == [directory.path + "/journal/00000003.log"])
        again.journal.close()
        // Segments that are in blocks are not missed.
        let rest = try Journal.reopen(directory.path, done: ends.last { $0.segment == 3 }!)
        #expect(rest.report.damage == [])
        rest.journal.close()
    }

    @Test func aCopiedSegmentIsNoOther() throws {
        let (bytes, _) = try Self.segment()
        let directory = TemporaryDirectory()
        shell("mkdir \(directory.path)/journal")
        writeFile(directory.path + "/journal/00000002.log", bytes)
        let again = try Journal.reopen(directory.path)
        #expect(again.bodies == [])
        again.journal.close()
    }

    @Test func aDamagedSegmentIsKept() throws {
        let (bytes, ends) = try Self.segment()
        let directory = TemporaryDirectory()
        var damaged = bytes
        damaged[40] ^= 1
        #expect(try Self.replay(damaged, in: directory).report.damage.count == 1)
        let done = JournalPosition(segment: 1, offset: UInt32(ends.last!))
        let (journal, bodies, _, report) = try Journal.reopen(directory.path, done: done)
        #expect(bodies == [] && report == ReplayReport(segments: 1))
        #expect(directory.files("journal") == ["00000001.log.damaged"])
        #expect(readFile(directory.path + "/journal/00000001.log.damaged") == damaged)
        journal.close()
    }

    @Test("a body that looks like a journal is not searched for ever, nor believed")
    func hostileBodies() throws {
        let (bytes, _) = try Self.segment()
        let directory = TemporaryDirectory()
        // Headers that promise a record up to the end, one every 24 bytes.
        var hostile: [UInt8] = []
        let count = 4_000_000
        while hostile.count < count - 64 {
            let length = UInt32(count - hostile.count - 64)
            hostile += withUnsafeBytes(of: length.littleEndian, Array.init) + [UInt8](repeating: 0, count: 20)
        }
        hostile += bytes
        let journal = try Journal.reopen(directory.path).journal
        _ = journal.appendAndWait(hostile)
        _ = journal.appendAndWait([1])
        journal.close()
        let path = directory.path + "/journal/00000001.log"
        var damaged = readFile(path)
        damaged[33] ^= 1
        writeFile(path, damaged)
        let start = monotonicNanos()
        let again = try Journal.reopen(directory.path)
        #expect(again.bodies == [[1]])
        #expect(again.report.damage.count == 1)
        #expect(monotonicNanos() - start < 2_000_000_000)
        again.journal.close()
    }
}
