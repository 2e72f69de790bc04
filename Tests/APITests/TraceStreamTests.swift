import Foundation
import Testing
import Trace
import Wire
@testable import API
@testable import Store

@Suite struct TraceStreamTests {
    private let slots = ["shop": 3, "db": 24]

    /// Spans of every kind of row: escapes, missing parents, later parents, duplicates, no service, kinds, events and links.
    static func sample(_ count: Int = 300, seed: UInt64 = 1) -> StoredTrace {
        var random = SmallRandom(state: seed)
        let spans = (0..<count).map { number in
            var span = SampleSpan(id: UInt64(number + 1), start: 1_795_338_823_000_000_000 + UInt64(number) * 1_000)
            span.start += random.next(3) == 0 ? 0 : random.next(900)
            span.duration = random.next(20) == 0 ? -3 : Int64(random.next(50_000))
            if number % 97 == 5 { span.duration = 5_000_000_000 }               // beyond 32 bits
            if number % 101 == 0 { span.start += 6_000_000_000 * (UInt64(number) / 101) }
            span.parent = switch random.next(10) {
            case 0: 0
            case 1: 1 << 40 | random.next(7)
            case 2: UInt64(count) - random.next(UInt64(min(5, count)))
            default: random.next(UInt64(number + 1)) + 1
            }
            if number == 0 { span.parent = 0 }
            if number % 50 == 49 { span.id = UInt64(number) }                   // its neighbour's id
            span.name = "op \(random.next(20)) ü\"\\"
            span.service = [nil, "shop", "db", "mail"][Int(random.next(4))]
            span.kind = SpanKind.allCases[Int(random.next(6))]
            span.status = SpanStatus.allCases[Int(random.next(3))]
            if random.next(4) == 0 { span.attributes = [("db.statement", .string("SELECT \(random.next(9)) FROM t\(random.next(5))"))] }
            if random.next(5) == 0 { span.events = [.init(name: "e")] }
            if random.next(6) == 0 { span.links = [.init(trace: 1, span: 2)] }
            return span
        }
        return SampleTrace.stored(spans)
    }

    @Test("what is encoded decodes to the same rows", arguments: [1, 7, 64, 300, 1_000])
    func roundTrip(_ chunkRows: Int) throws {
        let trace = OpenedTrace(Self.sample())
        var stream = TraceStream(trace, slots: slots, chunkRows: chunkRows)
        var bytes: [UInt8] = []
        var chunks = 0
        while let chunk = stream.next() {
            #expect(chunk.count % 8 == 0)
            bytes += chunk
            chunks += 1
        }
        #expect(chunks == (300 + chunkRows - 1) / chunkRows)
        let decoded = try DecodedTrace(bytes)
        try check(decoded, against: trace)
    }

    @Test("a trace without rows to speak of", arguments: [1, 2])
    func tiny(_ count: Int) throws {
        let trace = OpenedTrace(Self.sample(count))
        var stream = TraceStream(trace, slots: slots)
        let chunk = stream.next() ?? []
        let another = stream.next()
        #expect(another == nil && !stream.isLargerThanOneChunk)
        try check(DecodedTrace(chunk), against: trace)
    }

    @Test("the histogram counts active spans", arguments: [
        ([(0, 512)], 1, 1, 1), ([(0, 512), (0, 1), (511, 1)], 2, 1, 2), ([(0, 256), (256, 256)], 1, 1, 1), ([(0, 512), (256, 0)], 1, 2, 1),
    ] as [([(UInt64, Int64)], Int, Int, Int)])
    func histogram(_ spans: [(UInt64, Int64)], _ first: Int, _ middle: Int, _ last: Int) {
        let samples = spans.enumerated().map { number, span in SampleSpan(id: UInt64(number + 1), start: 1_000 + span.0, duration: span.1) }
        let bins = TraceHistogram.of(OpenedTrace(SampleTrace.stored(samples)))
        #expect(bins.count == 512)
        #expect(bins[0] == first && bins[256] == middle && bins[511] == last)
    }

    @Test("the door: small traces whole, with the media type; unknown bytes never")
    func door() throws {
        let stored = Self.sample()
        let response = Door([stored]).get("/ui/api/trace/\(stored.id.hex)")
        #expect(response.status == 200 && response["content-type"] == "application/vnd.loupe.trace" && response.mayCompress)
        try check(DecodedTrace(response.body), against: OpenedTrace(stored))
    }

    @Test("large traces go chunk by chunk, gzip where it is taken", arguments: [true, false])
    func streaming(_ gzip: Bool) async throws {
        let trace = OpenedTrace(Self.sample(200))
        let bytes: [UInt8] = await withCheckedContinuation { continuation in
            let box = ReplyBox()
            let reply = RecordingReply(patience: 2) { continuation.resume(returning: box.reply!.value.pieces.flatMap { $0 }) }
            box.reply = reply
            ChunkSender(TraceStream(trace, slots: slots, chunkRows: 30), reply, gzip: gzip).start(headers: [])
            #expect(reply.value.started?.headers.contains { $0.name == "content-encoding" } == gzip)
        }
        let plain = gzip ? try gunzip(bytes) : bytes
        try check(DecodedTrace(plain), against: trace)
    }

    private func check(_ decoded: DecodedTrace, against trace: OpenedTrace) throws {
        let batch = trace.stored.batch
        #expect(decoded.header["trace"] as? String == trace.stored.id.hex)
        #expect(decoded.header["rev"] as? String == "7")
        #expect(decoded.header["t0"] as? String == String(trace.startNanos))
        #expect(decoded.header["dur"] as? UInt64 == trace.durationNanos)
        #expect(decoded.header["spans"] as? Int == trace.count)
        #expect(decoded.header["root"] as? Int == trace.rootRow)
        #expect(decoded.header["errors"] as? Int == batch.spans.count { $0.status == 2 })
        #expect(decoded.header["lastReceived"] as? String == "99")
        #expect(decoded.header["complete"] as? Bool == true)
        #expect((decoded.header["hist"] as? [Int])?.count == 512)
        #expect(decoded.missing == trace.missing.map(\.hex))
        #expect(decoded.duplicates == trace.duplicates)
        #expect(decoded.rows.count == trace.count)
        var strings = StringTable()
        var groups = SpanGroups(batch)
        for (row, seen) in decoded.rows.enumerated() {
            let span = trace.span(row)
            let group = groups.number(for: span.attributes, in: &strings)
            let wanted = DecodedTrace.Row(
                start: Double(trace.offset(of: span)), duration: Double(span.durationNanos), parent: Int(trace.parents[row]),
                service: batch.serviceName(batch.resources[Int(batch.scopes[Int(span.scope)].resource)]), name: batch.string(span.name),
                group: strings.withBytes(Int(group)) { String(decoding: $0, as: UTF8.self) }, bits: ChunkColumns.bits(of: span))
            guard seen == wanted else {
                Issue.record("row \(row): \(seen) is not \(wanted)")
                return
            }
        }
    }
}

private final class ReplyBox: @unchecked Sendable { var reply: RecordingReply? }   // set before it is read

/// A small generator with a seed, so that a failure can be repeated.
struct SmallRandom {
    var state: UInt64
    mutating func next(_ bound: UInt64) -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state >> 33) % max(1, bound)
    }
}

/// LPT1 read as the contract describes it, independently of the encoder.
struct DecodedTrace {
    struct Row: Equatable {
        var start: Double, duration: Double, parent: Int, service: String?, name: String, group: String, bits: UInt8
    }
    struct Malformed: Error {}
    var header: [String: Any] = [:]
    var rows: [Row] = []
    var missing: [String] = []
    var duplicates: [Int] = []

    init(_ bytes: [UInt8]) throws {
        var strings: [String] = [], services: [String] = []
        var at = 0
        while at < bytes.count {
            if bytes[at] == 0 {
                at += 1
                continue
            }
            guard Array(bytes[at..<at + 4]) == Array("LPT1".utf8) else { throw Malformed() }
            let headerBytes = Int(Self.little(bytes, at + 4, 4))
            guard headerBytes % 8 == 0 else { throw Malformed() }
            let json = try JSONSerialization.jsonObject(with: Data(bytes[at + 8..<at + 8 + headerBytes]))
            guard let chunk = json as? [String: Any], let range = chunk["chunk"] as? [String: Any], let columns = chunk["cols"] as? [[String: Any]],
                let count = range["count"] as? Int, range["first"] as? Int == rows.count
            else { throw Malformed() }
            if rows.isEmpty { header = chunk }
            strings += chunk["strings"] as? [String] ?? []
            missing += chunk["missing"] as? [String] ?? []
            duplicates += chunk["duplicates"] as? [Int] ?? []
            services += (chunk["services"] as? [[String: Any]] ?? []).compactMap { $0["name"] as? String }
            let area = at + 8 + headerBytes
            var end = area
            var found: [String: [UInt8]] = [:]
            for column in columns {
                guard let key = column["k"] as? String, let offset = column["off"] as? Int, let length = column["bytes"] as? Int, offset % 8 == 0 else { throw Malformed() }
                found[key] = Array(bytes[area + offset..<area + offset + length])
                end = max(end, area + offset + length)
            }
            at = end
            func planes(_ key: String, _ row: Int) -> UInt64 { (0..<4).reduce(0) { $0 | UInt64(found[key]![$1 * count + row]) << UInt64(8 * $1) } }
            func double(_ key: String, _ index: Int) -> Double { Double(bitPattern: Self.little(found[key]!, index * 8, 8)) }
            var startEscapes = 0, durationEscapes = 0, missingRead = 0
            for row in 0..<count {
                var start = rows.last?.start ?? 0
                if planes("start", row) == 0xffff_ffff { start += double("startx", startEscapes); startEscapes += 1 } else { start += Double(planes("start", row)) }
                var duration = Double(planes("duration", row))
                if planes("duration", row) == 0xffff_ffff { duration = double("durationx", durationEscapes); durationEscapes += 1 }
                let code = Int(planes("parent", row))
                let parent: Int
                switch code {
                case 0: parent = -1
                case 1:
                    parent = -2 - Int(Self.little(found["missingx"]!, missingRead * 4, 4))
                    missingRead += 1
                default: parent = rows.count - ((code - 2) % 2 == 0 ? (code - 2) / 2 : -(code - 1) / 2)
                }
                let service = Int(Self.little(found["service"]!, row * 2, 2))
                rows.append(Row(
                    start: start, duration: duration, parent: parent, service: service == 0xffff ? nil : services[service],
                    name: strings[Int(planes("name", row))], group: strings[Int(planes("group", row))], bits: found["bits"]![row]))
            }
        }
    }

    private static func little(_ bytes: [UInt8], _ at: Int, _ count: Int) -> UInt64 {
        (0..<count).reduce(0) { $0 | UInt64(bytes[at + $1]) << UInt64(8 * $1) }
    }
}
