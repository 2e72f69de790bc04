import Glibc
import Testing
@testable import Store

/// The plug is pulled after every single step of a journal's life: what was acknowledged must come back.
@Suite struct JournalCrashTests {
    /// A life: appends one by one and in groups, rotations, a full disk, blocks that take entries over.
    static func live() throws -> [RecordingDisk.Step] {
        let directory = TemporaryDirectory()
        let disk = RecordingDisk()
        var options = Journal.Options(segmentBytes: 1500)
        options.io = disk.io
        let journal = try Journal.open(directory: directory.path, done: .start, options: options)
        _ = journal.replay { _, _ in }
        let outcomes = Outcomes()
        var number = 0
        func append(_ count: Int) {
            for _ in 0..<count {
                let this = number
                number += 1
                journal.append(entry(body(this))) { result in
                    if case .success = result { disk.note(.acknowledged(this)) }
                    outcomes.add(result)
                }
            }
            _ = outcomes.wait(for: number)
        }
        for round in 0..<4 {
            append(1)
            append(5)
            if round == 1 { journal.rotate() }
            append(2)
            if round == 2 { journal.shrink() }
            append(1)
            if round > 0 {
                let done = position(outcomes.all[number - 4])!
                disk.note(.done(done, lastEntry: number - 4))
                journal.trim(to: done)
            }
        }
        journal.close()
        return disk.steps
    }

    static func body(_ number: Int) -> [UInt8] { [UInt8(number)] + bodyBytes(20 + number * 37 % 400, seed: number) }

    @Test(arguments: Crash.allCases)
    func everyStep(_ crash: Crash) throws {
        let steps = try Self.live()
        #expect(steps.count > 80)
        let directory = TemporaryDirectory()
        let path = directory.path + "/journal"
        for count in 0...steps.count {
            mkdir(path, 0o700)
            for name in directory.files("journal") { unlink(path + "/" + name) }
            for (name, bytes) in crash.files(after: steps[..<count]) { writeFile(path + "/" + name, bytes) }
            var (acknowledged, done, inBlocks): ([Int], JournalPosition, Range<Int>) = ([], .start, 0..<0)
            for step in steps[..<count] {
                if case .acknowledged(let number) = step { acknowledged.append(number) }
                if case .done(let position, let last) = step { (done, inBlocks) = (position, 0..<last + 1) }
            }
            let (journal, bodies, ends, report) = try Journal.reopen(
                directory.path, done: done, options: Journal.quick(segmentBytes: 1500))
            let numbers = bodies.map { Int($0[0]) }
            #expect(bodies == numbers.map(Self.body), "step \(count): only what was sent")
            #expect(numbers == Array(Set(numbers)).sorted() && ends == ends.sorted(), "step \(count): in order, once")
            #expect(Set(numbers).union(inBlocks).isSuperset(of: acknowledged), "step \(count): nothing acknowledged is lost")
            #expect(Set(inBlocks).isDisjoint(with: numbers), "step \(count): what is in blocks is not replayed")
            if crash == .kill || crash == .powerLosingAll { #expect(report.damage == [], "step \(count)") }

            // Life goes on, and the crash is not seen as damage later.
            let next = Self.body(250)
            #expect(position(journal.appendAndWait(next)) != nil)
            journal.close()
            let later = try Journal.reopen(directory.path, done: done, options: Journal.quick(segmentBytes: 1500))
            #expect(later.bodies == bodies + [next], "step \(count)")
            if report.damage == [] { #expect(later.report.damage == [], "step \(count)") }
            later.journal.close()
        }
    }
}
