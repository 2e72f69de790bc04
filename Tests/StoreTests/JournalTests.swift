import Glibc
import Testing
@testable import Store

@Suite struct JournalTests {
    @Test("bodies of any size come back in order, with what was known of them", arguments: [
        [0], [1], [8], [0, 0, 1, 7, 8, 9, 100], [4000, 5, 4096, 10_000, 3], [100_000], Array(repeating: 333, count: 50),
    ])
    func roundTrip(_ sizes: [Int]) throws {
        let directory = TemporaryDirectory()
        let bodies = sizes.enumerated().map { bodyBytes($1, seed: $0) }
        var (journal, found, ends, report) = try Journal.reopen(directory.path)
        #expect(found.isEmpty)
        let positions = bodies.map { position(journal.appendAndWait($0)) }
        journal.close()
        #expect(journal.diskBytes < bodies.reduce(0) { $0 + $1.count } + 4096 * 4)

        (journal, found, ends, report) = try Journal.reopen(directory.path)
        #expect(found == bodies)
        #expect(ends == positions)
        #expect(report.entries == bodies.count && report.damage == [] && report.tornBytes == 0)
        #expect(report.bytes == sizes.reduce(0, +))
        journal.close()
    }

    @Test func entriesKeepTheirKind() throws {
        let directory = TemporaryDirectory()
        let journal = try Journal.reopen(directory.path).journal
        let outcomes = Outcomes()
        var sent = entry([1, 2, 3], receivedNanos: .max)
        sent.format = .json
        sent.compression = .deflate
        journal.append(sent) { outcomes.add($0) }
        journal.close()
        #expect(outcomes.all.count == 1)
        let again = try Journal.open(directory: directory.path, done: .start)
        var kept: [JournalEntry] = []
        _ = again.replay { entry, _ in kept.append(entry) }
        again.close()
        #expect(kept.count == 1 && kept[0].format == .json && kept[0].compression == .deflate && kept[0].receivedNanos == .max)
        #expect(Array(kept[0].body) == [1, 2, 3], "entries outlive the journal")
    }

    @Test("a group larger than one call takes is written whole")
    func manyAtOnce() throws {
        let directory = TemporaryDirectory()
        let journal = try Journal.reopen(directory.path, options: Journal.quick(segmentBytes: 1 << 20)).journal
        let outcomes = Outcomes()
        for number in 0..<10_000 { journal.append(entry(bodyBytes(number % 50, seed: number))) { outcomes.add($0) } }
        journal.close()
        let ends = outcomes.all.compactMap(position)
        #expect(ends.count == 10_000)
        #expect(ends == ends.sorted())
        #expect(journal.queuedBytes == 0)
        let again = try Journal.reopen(directory.path)
        #expect(again.bodies == (0..<10_000).map { bodyBytes($0 % 50, seed: $0) })
        #expect(again.ends == ends)
        again.journal.close()
    }

    @Test("appends from several threads: each completes once, each is there")
    func concurrentAppends() async throws {
        let directory = TemporaryDirectory()
        let journal = try Journal.reopen(directory.path, options: Journal.quick(segmentBytes: 64 << 10)).journal
        let outcomes = Outcomes()
        await withTaskGroup { group in
            for sender in 0..<8 {
                group.addTask {
                    for number in 0..<200 {
                        journal.append(entry(bodyBytes(200, seed: sender * 1000 + number))) { outcomes.add($0) }
                    }
                }
            }
        }
        journal.close()
        let ends = outcomes.all.compactMap(position)
        #expect(ends.count == 1600 && ends == ends.sorted() && Set(ends.map(\.packed)).count == 1600)
        let again = try Journal.reopen(directory.path)
        #expect(again.ends == ends)
        #expect(Set(again.bodies) == Set((0..<8).flatMap { sender in (0..<200).map { bodyBytes(200, seed: sender * 1000 + $0) } }))
        for sender in 0..<8 {
            let order = (0..<200).map { again.bodies.firstIndex(of: bodyBytes(200, seed: sender * 1000 + $0))! }
            #expect(order == order.sorted(), "a sender's entries keep their order")
        }
        again.journal.close()
    }

    @Test func replayStartsAtDone() throws {
        let directory = TemporaryDirectory()
        let journal = try Journal.reopen(directory.path).journal
        let ends = (0..<40).map { position(journal.appendAndWait(bodyBytes(500, seed: $0)))! }
        journal.close()
        #expect(directory.files("journal").count > 4)
        for kept in 0..<40 {
            let copy = TemporaryDirectory()
            shell("cp -r \(directory.path)/journal \(copy.path)/")
            let again = try Journal.reopen(copy.path, done: ends[kept])
            #expect(again.ends == Array(ends[(kept + 1)...]))
            #expect(again.report.damage == [])
            let oldest = copy.files("journal").first
            #expect(kept == 39 ? oldest == nil : oldest == segmentFileName(ends[kept + 1].segment))
            #expect(position(again.journal.appendAndWait([1]))! > ends[39], "a position is never used twice")
            again.journal.close()
        }
    }

    @Test("bodies that end before, at and after the end of a block, and larger than what is written at once")
    func sizesAroundBlocks() throws {
        let directory = TemporaryDirectory()
        let journal = try Journal.reopen(directory.path, options: Journal.quick(segmentBytes: 8 << 20)).journal
        let sizes = [0, 1, 4008, 4040, 4064, 4072, 4073, 1 << 20, (1 << 20) - 24, 3 << 20, 5000, 9 << 20, 7]
        let bodies = sizes.enumerated().map { bodyBytes($1, seed: $0) }
        for body in bodies { #expect(position(journal.appendAndWait(body)) != nil) }
        journal.close()
        let again = try Journal.reopen(directory.path)
        #expect(again.bodies == bodies && again.report.damage == [] && again.report.tornBytes == 0)
        again.journal.close()
    }

    @Test func trimUnlinksWhatIsDone() throws {
        let directory = TemporaryDirectory()
        let journal = try Journal.reopen(directory.path).journal
        let ends = (0..<20).map { position(journal.appendAndWait(bodyBytes(900, seed: $0)))! }
        journal.trim(to: ends[10])
        #expect(directory.files("journal").first == segmentFileName(ends[11].segment))
        journal.trim(to: ends[19])
        while journal.segmentCount > 0 { usleep(1000) }
        #expect(directory.files("journal") == [])
        #expect(journal.diskBytes == 0)
        let next = position(journal.appendAndWait([1]))!
        #expect(next.segment == ends[19].segment + 1)
        journal.close()
        let again = try Journal.reopen(directory.path, done: ends[19])
        #expect(again.bodies == [[1]] && again.report.damage == [])
        again.journal.close()
    }

    @Test func rotateStartsASegment() throws {
        let directory = TemporaryDirectory()
        let journal = try Journal.reopen(directory.path).journal
        let first = position(journal.appendAndWait([1]))!
        journal.rotate()
        let second = position(journal.appendAndWait([2]))!
        #expect(second.segment == first.segment + 1)
        journal.trim(to: first)
        #expect(directory.files("journal") == [segmentFileName(second.segment)])
        journal.close()
    }

    @Test func shrinkGivesTheReserveBack() throws {
        let directory = TemporaryDirectory()
        let journal = try Journal.reopen(directory.path, options: Journal.quick(segmentBytes: 1 << 20)).journal
        _ = journal.appendAndWait([1])
        let path = directory.path + "/journal/00000001.log"
        #expect(readFile(path).count == 1 << 20)
        journal.shrink()
        while journal.diskBytes > 100 { usleep(1000) }
        #expect(readFile(path).count == 64)
        _ = journal.appendAndWait([2])
        #expect(readFile(path).count == 1 << 20)
        journal.close()
        #expect(try Journal.reopen(directory.path).bodies == [[1], [2]])
    }

    @Test func closedJournalRefuses() throws {
        let directory = TemporaryDirectory()
        let journal = try Journal.reopen(directory.path).journal
        journal.close()
        journal.close()
        #expect(throws: JournalFailure.self) { try journal.appendAndWait([1]).get() }
    }

    @Test func newerSegmentIsNotTouched() throws {
        let directory = TemporaryDirectory()
        let journal = try Journal.reopen(directory.path).journal
        _ = journal.appendAndWait([1])
        journal.close()
        var header = SegmentHeader(number: 1, previous: .start)
        header.version = 2
        let path = directory.path + "/journal/00000001.log"
        writeFile(path, header.encoded() + readFile(path).dropFirst(32))
        let error = #expect(throws: StoreError.self) { try Journal.reopen(directory.path) }
        #expect(error?.description.contains("newer Loupe (journal version 2") == true)
    }
}
