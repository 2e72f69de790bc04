import Glibc
import Testing
@testable import Store

/// On a disk of 24 MB that really fills up: `mount -t tmpfs -o size=24m none DIR`, then `LOUPE_TEST_SMALL_DISK=DIR`.
@Suite(.serialized, .enabled(if: getenv("LOUPE_TEST_SMALL_DISK") != nil)) struct DatabaseFullDiskTests {
    let directory = TemporaryDirectory(in: String(cString: getenv("LOUPE_TEST_SMALL_DISK")))

    @Test func journal() throws {
        let options = Journal.Options(segmentBytes: 4 << 20, spareBytes: 2 << 20)
        let journal = try Journal.reopen(directory.path, options: options).journal
        var kept: [[UInt8]] = []
        var refusals = 0
        shell("head -c 10000000 /dev/zero > \(directory.path)/filler")
        for number in 0..<150 {
            let body = bodyBytes(200_000, seed: number)
            switch journal.appendAndWait(body) {
            case .success: kept.append(body)
            case .failure(let failure):
                #expect(failure.kind == .refused)
                refusals += 1
                if refusals == 10 { shell("rm \(directory.path)/filler") }
            }
        }
        #expect(kept.count > 100 && refusals >= 10)
        journal.close()
        let again = try Journal.reopen(directory.path, options: options)
        #expect(again.bodies == kept && again.report.damage == [] && again.report.tornBytes == 0)
        again.journal.close()
    }

    @Test func database() throws {
        let database = try DatabaseTests.open(directory)
        var ids: [Int64] = []
        var failures = 0
        for number in 0..<30 {
            do {
                ids.append(try database.commit(
                    block: DatabaseTests.row(number), chunks: [(0, bodyBytes(500_000, seed: number))],
                    journalDone: JournalPosition(segment: 1, offset: UInt32(number))))
                #expect(database.journalDone.offset == UInt32(number))
                if number == 15 { shell("head -c 100000000 /dev/zero > \(directory.path)/filler 2> /dev/null") }
            } catch {
                #expect(error.isRetryable && error.description.contains("no room on the disk"))
                failures += 1
                #expect(try database.loadBlocks().map(\.id) == ids)
                if failures == 5 { shell("rm \(directory.path)/filler") }
            }
            usleep(10_000)
        }
        #expect(failures == 5 && ids.count == 25)
        for id in ids {
            #expect(try database.withReader { reader throws in try reader.size(block: id, column: 0) } == 500_000)
        }
        print("\(failures) commits failed; trouble: \(database.checkpointer.trouble ?? "none")")
        database.close()
    }
}
