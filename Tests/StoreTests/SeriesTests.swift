import Foundation
import Logging
import SelfStats
import Testing

@testable import Store

private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Numbers that look random and are the same each time.
private struct Dice: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ state >> 29
    }
}

@Suite struct SeriesChunkTests {
    private static func read(_ bytes: [UInt8], _ ids: [UInt32]) throws -> (found: [UInt32: SeriesSamples], damage: [SeriesDamage]) {
        var found: [UInt32: SeriesSamples] = [:]
        let damage = try SeriesChunkReader(bytes).read(ids) { found[$0] = $1 }
        return (found, damage)
    }

    @Test("what is written is read, bit for bit", arguments: [
        [0], [1, 1, 1, 1], [5, 5, 6, 6, 0, 0, -3], [0.5], [0.5, 0.5, 0.5, 0.75, 0.75], [1e300, -1e300, 0, .infinity], [-0.0, 0],
        [9_007_199_254_740_991, 0, 9_007_199_254_740_991], [9_007_199_254_740_994], [.leastNonzeroMagnitude, .greatestFiniteMagnitude],
    ] as [[Double]])
    func values(_ values: [Double]) throws {
        let samples = SeriesSamples(places: values.indices.map { UInt32($0) }, values: values)
        let bytes = SeriesChunk.encode(times: values.indices.map { Int64($0) * 15_000 - 7 }, series: [(3, samples)])
        let reader = try SeriesChunkReader(bytes)
        #expect(reader.times == values.indices.map { Int64($0) * 15_000 - 7 })
        let found = try Self.read(bytes, [1, 3, 9])
        #expect(found.damage.isEmpty && found.found.count == 1)
        #expect(found.found[3]?.values.map(\.bitPattern) == values.map(\.bitPattern))
        #expect(found.found[3]?.places == samples.places)
    }

    private static func random(_ count: UInt32, _ dice: inout Dice) -> (times: [Int64], series: [(id: UInt32, samples: SeriesSamples)]) {
        let times = (0..<40).map { 1_700_000_000_000 + Int64($0) * 15_000 + Int64.random(in: -20...20, using: &dice) }
        let series = (0..<count).map { number in
            var samples = SeriesSamples()
            var value = 0.0
            for place in times.indices where UInt32.random(in: 0...9, using: &dice) < 8 {
                value += number % 3 == 0 ? Double(Int.random(in: 0...50, using: &dice)) : Double.random(in: 0...2, using: &dice)
                samples.places.append(UInt32(place))
                samples.values.append(value)
            }
            return (number * 3 + 1, samples)
        }
        return (times, series)
    }

    @Test func manySeriesInManyPieces() throws {
        var dice = Dice(state: 7)
        let (times, series) = Self.random(2000, &dice)
        let bytes = SeriesChunk.encode(times: times, series: series)
        let all = try Self.read(bytes, series.map(\.id))
        #expect(all.damage.isEmpty && all.found.count == series.filter { !$0.samples.places.isEmpty }.count)
        for (id, samples) in series where !samples.places.isEmpty { #expect(all.found[id] == samples) }
        let some = try Self.read(bytes, [2, 4, 3001, 5998, 9000])
        #expect(some.found.keys.sorted() == [4, 3001, 5998])
    }

    @Test("whatever bit turns, it is noticed, and only its piece is lost")
    func damage() throws {
        var dice = Dice(state: 9)
        let (times, series) = Self.random(600, &dice)
        let bytes = SeriesChunk.encode(times: times, series: series)
        for _ in 0..<400 {
            var broken = bytes
            broken[Int.random(in: 0..<bytes.count, using: &dice)] ^= 1 << UInt8.random(in: 0...7, using: &dice)
            guard let (found, damage) = try? Self.read(broken, series.map(\.id)) else { continue }
            #expect(damage.count == 1)
            #expect(found.count < series.count)
            for (id, samples) in found { #expect(series[Int(id - 1) / 3].samples == samples) }
        }
        for count in stride(from: 0, to: bytes.count, by: 997) {
            if let (_, damage) = try? Self.read(Array(bytes[..<count]), series.map(\.id)) { #expect(!damage.isEmpty) }
        }
    }

    @Test("nonsense with a right checksum is refused or read, and stops nothing")
    func nonsense() throws {
        func sealed(_ bytes: [UInt8]) -> [UInt8] {
            var bytes = bytes
            func put(_ crc: UInt32, _ place: Int) {
                for index in 0..<4 { bytes[place + index] = UInt8(truncatingIfNeeded: crc >> UInt32(8 * index)) }
            }
            let head = 16 + Int(bytes[8]) + Int(bytes[9]) << 8
            put(SeriesChunk.crc(Array(bytes[(head + 4)...])), head)
            put(SeriesChunk.crc(Array(bytes[0..<12] + bytes[16..<head])), 12)
            return bytes
        }
        // Too short to be worth deflating, so that the content is at hand.
        let samples = SeriesSamples(places: [0, 2, 3], values: [0.3, 0.3, 7.1])
        let bytes = SeriesChunk.encode(times: [1, 2, 3, 4], series: [(5, samples), (9, SeriesSamples(places: [1, 2], values: [4, 4]))])
        #expect(sealed(bytes) == bytes)
        var dice = Dice(state: 11)
        var (refused, misread, read) = (0, 0, 0)
        for _ in 0..<20_000 {
            var broken = bytes
            for _ in 0..<Int.random(in: 1...3, using: &dice) {
                broken[Int.random(in: 16..<bytes.count, using: &dice)] = UInt8.random(in: 0...255, using: &dice)
            }
            guard let (found, damage) = try? Self.read(sealed(broken), [0, 5, 9, .max]) else {
                refused += 1
                continue
            }
            if damage.isEmpty { read += 1 } else { misread += 1 }
            for (_, samples) in found { #expect(samples.places.count == samples.values.count && samples.places.allSatisfy { $0 < 1 << 20 }) }
        }
        #expect(refused > 100 && misread > 100 && read > 100, "\(refused) \(misread) \(read)")
    }

    @Test("2,000 series of span metrics for 7 days stay well below 100 MB")
    func size() {
        var dice = Dice(state: 3)
        let bounds = (0...13).map { 0.002 * Double(1 << $0) }
        var calls = [Double](repeating: 0, count: 105), sums = calls, sizes = calls
        var buckets = [[Double]](repeating: [Double](repeating: 0, count: 15), count: 105)
        var bytes = 0
        let windows = 12
        for window in 0..<windows {
            var columns = [SeriesSamples](repeating: SeriesSamples(), count: 105 * 19)
            for step in 0..<40 {
                for operation in 0..<105 {
                    // From one span in two collections to 30 in each.
                    let rate = 0.25 * exp(Double(operation) / 105 * 5.5) * Double.random(in: 0...1, using: &dice)
                    for _ in 0..<Int(rate + Double.random(in: 0...1, using: &dice)) {
                        let latency = 0.01 * exp(Double.random(in: -2...2, using: &dice) + Double.random(in: -2...2, using: &dice))
                        calls[operation] += 1
                        sums[operation] += (latency * 1e9).rounded() / 1e9
                        sizes[operation] += Double(Int.random(in: 300...700, using: &dice))
                        for (bucket, bound) in (bounds + [.infinity]).enumerated() where latency <= bound { buckets[operation][bucket] += 1 }
                    }
                    let values = [calls[operation]] + buckets[operation] + [sums[operation], calls[operation], sizes[operation]]
                    for (place, value) in values.enumerated() {
                        columns[operation * 19 + place].places.append(UInt32(step))
                        columns[operation * 19 + place].values.append(value)
                    }
                }
            }
            let times = (0..<40).map { Int64(window * 40 + $0) * 15_000 + Int64.random(in: 0...3, using: &dice) }
            bytes += SeriesChunk.encode(times: times, series: columns.enumerated().map { (UInt32($0.offset + 1), $0.element) }).count
        }
        let week = bytes / windows * 6 * 24 * 7
        print("1,995 series for 7 days: \(week / 1000) kB, \(Double(bytes) / Double(windows * 40 * 1995)) bytes a sample")
        #expect(week < 60_000_000)
    }
}

/// A store of series in a folder of its own.
private final class SeriesFixture {
    let directory = TemporaryDirectory()
    private(set) var store: SeriesStore
    private(set) var database: Database
    private(set) var recorder: SeriesRecorder

    init() throws {
        database = try Database.open(path: directory.path + "/loupe.db")
        store = try SeriesStore(database, log: quiet)
        recorder = store.recorder()
    }

    deinit { database.close() }

    /// Opens what a process would find that starts now: the files as they are, while this one still has them open.
    func afterKill() throws -> (Database, SeriesStore) {
        let copy = directory.path + "/copy-\(UUID().uuidString)"
        shell("mkdir \(copy) && cp \(directory.path)/loupe.db* \(copy)/ && rm -f \(copy)/loupe.db-shm")
        let database = try Database.open(path: copy + "/loupe.db")
        return (database, try SeriesStore(database, log: quiet))
    }

    func reopen() throws {
        database.close()
        database = try Database.open(path: directory.path + "/loupe.db")
        store = try SeriesStore(database, log: quiet)
        recorder = store.recorder()
    }

    static func labels(_ name: String, _ service: String? = nil) -> [SeriesLabel] {
        [SeriesLabel("service", service ?? ""), SeriesLabel("__name__", name)].filter { !$0.value.isEmpty }
    }

    /// Collections every 15 s: `calls` of services a and b, and `up` without service.
    func record(_ range: Range<Int>, start: Int64 = 0, values: (Int) -> [Double] = { [Double($0), Double($0) / 4, 1] }) {
        for step in range {
            let born = step == range.lowerBound ? [
                SeriesRecorder.Birth(number: 10, labels: Self.labels("calls", "a"), hasZero: true),
                .init(number: 11, labels: Self.labels("calls", "b"), hasZero: true), .init(number: 12, labels: Self.labels("up"), hasZero: false),
            ] : []
            let millis = start + Int64(step) * 15_000
            #expect(recorder.record(millis: millis, zeroMillis: millis - 1000, born: born, numbers: [12, 11, 10], values: values(step).reversed()))
        }
    }
}

private let isCalls = SeriesTest("__name__") { $0 == "calls" }

@Suite struct SeriesStoreTests {
    @Test("samples from chunks and from memory, each once, in order")
    func recordAndSelect() throws {
        let fixture = try SeriesFixture()
        fixture.record(1..<100)
        #expect(fixture.store.status.chunks == 2)
        #expect(fixture.store.status.openSamples > 0)
        for reopened in [false, true] {
            if reopened { try fixture.reopen() }
            let found = try fixture.store.select([isCalls], fromMillis: .min, throughMillis: .max)
                .sorted { $0.labels[1].value < $1.labels[1].value }
            #expect(found.map(\.labels) == [
                [SeriesLabel("__name__", "calls"), SeriesLabel("service", "a")], [SeriesLabel("__name__", "calls"), SeriesLabel("service", "b")],
            ])
            #expect(found[0].times == [14_000] + (1..<100).map { $0 * 15_000 })
            #expect(found[0].values == [0] + (1..<100).map(Double.init))
            #expect(found[1].values == [0] + (1..<100).map { Double($0) / 4 })
            let part = try fixture.store.select([isCalls, SeriesTest("service") { $0 == "a" }], fromMillis: 599_000, throughMillis: 630_000)
            #expect(part.map(\.values) == [[40, 41, 42]])
            #expect(try fixture.store.select([isCalls], fromMillis: 2_000_000, throughMillis: 3_000_000).isEmpty)
        }
    }

    @Test("an absent label is an empty one", arguments: [("", ["up"]), ("a", ["calls"]), ("none", [])] as [(String, [String])])
    func absentLabels(_ service: String, _ names: [String]) throws {
        let fixture = try SeriesFixture()
        fixture.record(1..<3)
        let tests = [SeriesTest("service") { $0 == service }, SeriesTest("unheard of") { $0.isEmpty }]
        #expect(fixture.store.labelValues("__name__", tests, fromMillis: 0, throughMillis: .max) == names)
        #expect(try fixture.store.select(tests, fromMillis: 0, throughMillis: .max).count == names.count)
    }

    @Test func labelsAndTimesOfSeries() throws {
        let fixture = try SeriesFixture()
        fixture.record(1..<10)
        #expect(fixture.store.labelNames([], fromMillis: 0, throughMillis: .max) == ["__name__", "service"])
        #expect(fixture.store.labelValues("service", [], fromMillis: 0, throughMillis: .max) == ["a", "b"])
        let series = fixture.store.series([SeriesTest("service") { $0 == "a" }], fromMillis: 0, throughMillis: .max)
        #expect(series.map(\.firstMillis) == [14_000] && series.map(\.lastMillis) == [135_000])
    }

    @Test("a kill takes nothing that was recorded", arguments: [1, 5, 41, 60])
    func kill(_ count: Int) throws {
        let fixture = try SeriesFixture()
        fixture.record(1..<1 + count)
        let (database, store) = try fixture.afterKill()
        let found = try store.select([SeriesTest("service") { $0 == "a" }], fromMillis: .min, throughMillis: .max)
        #expect(found.map(\.values) == [[0] + (1..<1 + count).map(Double.init)])
        database.close()
    }

    @Test("after a restart a series goes on under its labels, and counts from 0 again")
    func restart() throws {
        let fixture = try SeriesFixture()
        fixture.record(1..<4)
        try fixture.reopen()
        fixture.record(10..<12, values: { [Double($0 - 9), 1, 1] })
        let found = try fixture.store.select([SeriesTest("service") { $0 == "a" }], fromMillis: .min, throughMillis: .max)
        #expect(found.map(\.values) == [[0, 1, 2, 3, 0, 1, 2]])
        #expect(fixture.store.status.series == 3)
    }

    @Test("a database without series gets their tables, and keeps all else")
    func upgrade() throws {
        let fixture = try SeriesFixture()
        fixture.database.close()
        let connection = try Connection(fixture.directory.path + "/loupe.db")
        try connection.execute("DROP TABLE series; DROP TABLE series_chunk; DROP TABLE series_open; INSERT INTO service VALUES('shop', 4)")
        try fixture.reopen()
        #expect(try fixture.database.loadServices().map(\.slot) == [4])
        fixture.record(1..<60)
        #expect(fixture.store.status.series == 3 && fixture.store.status.chunks == 1)
    }

    @Test("a damaged chunk costs its own samples, is counted and named")
    func damage() throws {
        let fixture = try SeriesFixture()
        fixture.record(1..<100)
        fixture.database.close()
        let connection = try Connection(fixture.directory.path + "/loupe.db")
        try connection.execute("UPDATE series_chunk SET data=zeroblob(50) WHERE id=1")
        try fixture.reopen()
        for _ in 0..<2 {
            let found = try fixture.store.select([SeriesTest("service") { $0 == "a" }], fromMillis: .min, throughMillis: .max)
            #expect(found.first?.values.last == 99)
            #expect(found.first?.values.first ?? 0 > 30)
        }
        #expect(fixture.store.counters.damaged.value == 2)
        #expect(fixture.store.status.damage.count == 1 && fixture.store.status.damage[0].contains("14000"))
    }

    @Test func aDamagedCollectionIsLeftOut() throws {
        let fixture = try SeriesFixture()
        fixture.record(1..<6)
        fixture.database.close()
        let connection = try Connection(fixture.directory.path + "/loupe.db")
        try connection.execute("UPDATE series_open SET data=x'0102030405060708' WHERE t=45000")
        try fixture.reopen()
        let found = try fixture.store.select([SeriesTest("service") { $0 == "a" }], fromMillis: .min, throughMillis: .max)
        #expect(found.map(\.values) == [[0, 1, 2, 4, 5]])
        #expect(fixture.store.counters.damaged.value == 1)
    }

    @Test("two series of a source with the same labels are one")
    func twins() throws {
        let fixture = try SeriesFixture()
        for step in 0..<50 {
            let born = (0..<2).map { SeriesRecorder.Birth(number: $0, labels: SeriesFixture.labels("calls", "a"), hasZero: true) }
            let millis = 600_000 + Int64(step) * 15_000
            #expect(fixture.recorder.record(
                millis: millis, zeroMillis: 599_000, born: step == 0 ? born : [], numbers: [0, 1], values: [Double(step + 1), 0]))
        }
        #expect(fixture.store.status.chunks == 1)
        let found = try fixture.store.select([isCalls], fromMillis: .min, throughMillis: .max)
        #expect(found.map(\.values) == [(0...50).map(Double.init)])
    }

    @Test("a collection of 2,000 series is kept in milliseconds")
    func cost() throws {
        let fixture = try SeriesFixture()
        let clock = ContinuousClock()
        var times: [Duration] = []
        for step in 0..<90 {
            let born = step > 0 ? [] : (0..<2000).map { SeriesRecorder.Birth(number: $0, labels: SeriesFixture.labels("m\($0)"), hasZero: true) }
            let values = (0..<2000).map { Double(step * $0 % 977) }
            times.append(clock.measure {
                #expect(fixture.recorder.record(
                    millis: 600_000 + Int64(step) * 15_000, zeroMillis: 599_000, born: born, numbers: Array(0..<2000), values: values))
            })
        }
        let sorted = times.sorted()
        print("2,000 series: the first collection \(times[0]), half of them below \(sorted[45]), the longest \(sorted[89])")
        #expect(sorted[45] < .milliseconds(500))
        let selecting = try clock.measure {
            let found = try fixture.store.select([SeriesTest("__name__") { $0 == "m7" }], fromMillis: .min, throughMillis: .max)
            #expect(found.first?.values.count == 91)
        }
        print("one series of 2,000, two chunks: \(selecting)")
    }

    @Test("clocks that step back add nothing")
    func clock() throws {
        let fixture = try SeriesFixture()
        fixture.record(5..<8)
        #expect(!fixture.recorder.record(millis: 60_000, zeroMillis: 0, born: [], numbers: [10], values: [99]))
        #expect(fixture.store.counters.droppedCollections.value == 1)
        #expect(try fixture.store.select([isCalls], fromMillis: .min, throughMillis: .max).allSatisfy { !$0.values.contains(99) })
    }

    @Test("old chunks go, and series that have none left")
    func retention() throws {
        let fixture = try SeriesFixture()
        fixture.record(1..<200)
        let chunks = fixture.store.status.chunks
        fixture.store.expire(before: 1_000_000)
        #expect(fixture.store.status.chunks < chunks && fixture.store.status.chunks > 0)
        let start = try fixture.store.select([isCalls], fromMillis: .min, throughMillis: .max).first?.times.first ?? 0
        #expect(start > 500_000 && start < 1_000_000)
        // Another source goes on for two hours; the first one's series are no more.
        let other = fixture.store.recorder()
        for step in 0..<480 {
            let millis = 3_000_000 + Int64(step) * 15_000
            let born = step == 0 ? [SeriesRecorder.Birth(number: 0, labels: SeriesFixture.labels("late"), hasZero: false)] : []
            #expect(other.record(millis: millis, zeroMillis: 0, born: born, numbers: [0], values: [1]))
        }
        fixture.store.expire(before: 9_000_000)
        #expect(fixture.store.labelValues("__name__", [], fromMillis: .min, throughMillis: .max) == ["late"])
        try fixture.reopen()
        #expect(fixture.store.status.series == 1)
    }

    @Test("for room, the oldest go first, and what is being sent stays known")
    func eviction() throws {
        let fixture = try SeriesFixture()
        fixture.record(1..<200)
        let before = fixture.store.status
        fixture.store.evict(bytes: 1)
        #expect(fixture.store.status.chunks == before.chunks - 1)
        fixture.store.evict(bytes: 1 << 30)
        #expect(fixture.store.status.chunks == 0 && fixture.store.status.series == 3)
        #expect(fixture.recorder.record(millis: 3_000_000, zeroMillis: 0, born: [], numbers: [10], values: [7]))
        #expect(try fixture.store.select([isCalls], fromMillis: 2_999_999, throughMillis: .max).map(\.values) == [[7]])
    }

    @Test func exemplarsAreBounded() throws {
        let fixture = try SeriesFixture()
        fixture.record(1..<2)
        let many = (0..<25_000).map { SeriesRecorder.Exemplar(number: 10, traceID: "\($0)", value: 1, millis: Int64($0)) }
        #expect(fixture.recorder.record(millis: 90_000, zeroMillis: 0, born: [], numbers: [10], values: [2], exemplars: many))
        let found = fixture.store.exemplars([isCalls], fromMillis: .min, throughMillis: .max)
        #expect(found.count == 20_000 && found.first?.exemplar.traceID == "5000" && found.last?.exemplar.traceID == "24999")
        #expect(found.first?.labels.last?.value == "a")
        #expect(fixture.store.exemplars([isCalls], fromMillis: 24_000, throughMillis: 24_009).count == 10)
    }

    @Test("a store's retention takes its series along")
    func inTheStore() throws {
        let fixture = try StoreFixture()
        let recorder = fixture.store.series.recorder()
        let old: Int64 = 1_000_000                                // 1970: beyond any retention
        for step in 0..<50 {
            #expect(recorder.record(
                millis: old + Int64(step) * 15_000, zeroMillis: 0,
                born: step == 0 ? [.init(number: 0, labels: [SeriesLabel("__name__", "x")], hasZero: false)] : [], numbers: [0], values: [1]))
        }
        #expect(fixture.store.series.status.chunks == 1)
        fixture.store.applyRetention()
        #expect(fixture.store.series.status.chunks == 0)
        fixture.close()
        try fixture.open()
        #expect(fixture.store.series.status.openSamples > 0)
        fixture.close()
    }
}
