import OTLP
import Synchronization
import Testing
import Trace
import Wire
@testable import API
@testable import Query

@Suite struct StreamingTests {
    private static let service = "/tempopb.StreamingQuerier"
    /// `google.protobuf.Timestamp` of Go's zero time: negative seconds.
    private static let zeroTime = protobuf { $0.field(1, varint: UInt64(bitPattern: -62_135_596_800)) }

    private static func searchRequest(_ query: String = "", start: UInt64 = 0, end: UInt64 = 0, limit: UInt64 = 0, tags: [(String, String)] = []) -> [UInt8] {
        protobuf { output in
            for (key, value) in tags {
                output.message(1) {
                    $0.field(1, string: key)
                    $0.field(2, string: value)
                }
            }
            output.field(2, varint: 5)
            if limit > 0 { output.field(4, varint: limit) }
            if start > 0 { output.field(5, varint: start) }
            if end > 0 { output.field(6, varint: end) }
            if !query.isEmpty { output.field(8, string: query) }
            zeroTime.withUnsafeBytes { output.field(10, bytes: $0) }
            output.field(99, string: "from a newer client")
        }
    }

    @Test("a quick search: exactly one message, then OK")
    func search() throws {
        let door = Door(engine: FakeEngine(.init(search: .of([.rootless, .checkout]))))
        let answer = door.call("\(Self.service)/Search", Self.searchRequest(start: 10, end: 20, limit: 1, tags: [("a", "b")]))
        #expect(answer.isFinished && answer.status == nil && answer.pieces.count == 1)
        #expect(fields(answer.pieces[0]) == ["1:m", "1:m", "2:m"])
        #expect(fields(submessage(answer.pieces[0], 2)) == ["1:2", "2:15168", "4:1", "5:1", "7:30"])
        let request = try #require(door.engine.asked.searches.first)
        #expect(request.fromNanos == 10_000_000_000 && request.toNanos == 20_000_000_000 && request.limit == 1 && request.spansPerSpanset == 3)
        guard case .tags(let search) = request.condition else { return #expect(Bool(false)) }
        #expect(search == TagSearch(tags: [.init("a", "b")], minDurationNanos: 5_000_000))
    }

    @Test("defaults: the last 15 minutes, 20 traces")
    func defaults() throws {
        let door = Door()
        let answer = door.call("\(Self.service)/Search", [])
        #expect(answer.pieces.map { fields($0) } == [["2:m"]])            // no hits: only metrics
        let request = try #require(door.engine.asked.searches.first)
        #expect(request.limit == 20 && request.fromNanos == Door.now - 900_000_000_000)
    }

    @Test("TraceQL over gRPC; tags beside it are refused")
    func traceQL() throws {
        let door = Door()
        _ = door.call("\(Self.service)/Search", Self.searchRequest("{}"))
        guard case .traceQL = try #require(door.engine.asked.searches.first).condition else { return #expect(Bool(false)) }
        #expect(door.call("\(Self.service)/Search", Self.searchRequest("{}", tags: [("a", "b")])).status?.code == .invalidArgument)
    }

    @Test("a slow search shows its traces every half second, each once, before the whole answer")
    func diffs() {
        let clock = Mutex<UInt64>(Door.now)
        let traces = (1...5).map { number in
            var trace = FoundTrace.rootless
            trace.id = TraceID(high: 0, low: UInt64(number))
            return trace
        }
        let engine = FakeEngine(.init(search: .of(traces))) { clock.withLock { $0 += 260_000_000 } }
        let streams = StreamingQuerier(TempoQuestions(engine: engine, now: { clock.withLock { $0 } }), QueryThreads(limit: 0))
        let head = RequestHead(method: "POST", path: "\(Self.service)/Search", isGRPC: true)
        let reply = RecordingReply()
        guard case .collect(let limits, let handle)? = streams.route(head) else { return #expect(Bool(false)) }
        handle(Request(head: head, body: Body(copying: []), limits: limits), reply)
        let pieces = reply.value.pieces
        #expect(pieces.map { fields($0) } == [["1:m", "1:m", "2:m"], ["1:m", "1:m", "2:m"], ["1:m", "1:m", "1:m", "1:m", "1:m", "2:m"]])
        #expect(submessages(pieces[1], 1).map { fields($0)[0] } == ["1:00000000000000000000000000000003", "1:00000000000000000000000000000004"])
        #expect(fields(submessage(pieces[0], 2)) == ["5:1"])                // not complete yet
        #expect(fields(submessage(pieces[2], 2)).contains("4:1"))
    }

    @Test("large answers: messages of a megabyte, each with its metrics, at the pace of the client", arguments: [1, .max])
    func split(_ patience: Int) {
        var values = TagValues()
        values.values = (0..<2_000).map { .string(String(repeating: "x", count: 1_000) + "\($0)") }
        let door = Door(engine: FakeEngine(.init(values: values)))
        let request = protobuf { $0.field(1, string: "span.x") }
        let answer = door.call("\(Self.service)/SearchTagValuesV2", request, patience: patience)
        #expect(answer.isFinished && answer.pieces.count == 2)
        #expect(answer.pieces.allSatisfy { $0.count <= 1 << 20 + 100 && fields($0).last == "2:m" })
        #expect(answer.pieces.reduce(0) { $0 + submessages($1, 1).count } == 2_000)
    }

    @Test("one item larger than a message goes alone")
    func largeItem() {
        var parts = MessageParts([3, 10, 3, 3], partBytes: 12) { (count: Int, output) in
            output.field(1, string: String(repeating: "x", count: count))
        } ending: { output, isLast in if isLast { output.field(3, varint: 1) } }
        var messages: [[String]] = []
        while let message = parts.next() { messages.append(fields(message)) }
        #expect(messages == [["1:xxx"], ["1:xxxxxxxxxx"], ["1:xxx", "1:xxx", "3:1"]])
    }

    @Test("tags and values of both versions")
    func tags() {
        var names = TagNames()
        names.resource = ["service.name"]
        var values = TagValues()
        values.values = [.int(500)]
        let door = Door(engine: FakeEngine(.init(names: names, values: values)))
        let request = protobuf {
            $0.field(1, string: "resource")
            $0.field(3, varint: 10)
            $0.field(4, varint: 20)
            $0.field(5, varint: 7)
        }
        #expect(door.call("\(Self.service)/SearchTags", request).pieces.map { fields($0) } == [["1:service.name", "2:m"]])
        let scopes = door.call("\(Self.service)/SearchTagsV2", request).pieces.flatMap { submessages($0, 1) }
        #expect(scopes.map { fields($0) } == [["1:resource", "2:service.name"]])
        #expect(door.engine.asked.tags[0].limit == 7 && door.engine.asked.tags[0].toNanos == 20_000_000_000)
        let wanted = protobuf {
            $0.field(1, string: "span.code")
            $0.field(4, varint: 10)
            $0.field(5, varint: 20)
            $0.field(6, varint: 7)
        }
        #expect(door.call("\(Self.service)/SearchTagValues", wanted).pieces.map { fields($0) } == [["1:500", "2:m"]])
        #expect(door.engine.asked.tags.last?.limit == 7 && door.engine.asked.tags.last?.fromNanos == 10_000_000_000)
        let found = door.call("\(Self.service)/SearchTagValuesV2", wanted).pieces.flatMap { submessages($0, 1) }
        #expect(found.map { fields($0) } == [["1:int", "2:500"]])
    }

    @Test("metrics: one message with every sample; an automatic step")
    func metrics() throws {
        let series = [MetricsSeries(labels: [NamedValue("__name__", .string("rate"))], values: [0, nil], exemplars: [Exemplar(labels: [], value: 1, timeNanos: 5_000_000)])]
        let door = Door(engine: FakeEngine(.init(metrics: .of(series, partial: "cut"))))
        let request = protobuf {
            $0.field(1, string: "{} | rate()")
            $0.field(2, varint: 1_795_335_300_000_000_000)
            $0.field(3, varint: 1_795_338_900_000_000_000)
        }
        let answer = door.call("\(Self.service)/MetricsQueryRange", request)
        #expect(answer.pieces.map { fields($0) } == [["1:m", "2:m", "3:1", "4:cut"]])
        let found = submessage(answer.pieces.first ?? [], 1)
        #expect(fields(found) == ["1:m", "2:m", "4:m"])
        #expect(fields(submessage(found, 2)) == ["1:0", "2:60000"])
        #expect(fields(submessage(found, 4)) == ["2:\(1.0.bitPattern)", "3:5"])
        #expect(try #require(door.engine.asked.metrics.first).stepNanos == 15_000_000_000)
        let instant = door.call("\(Self.service)/MetricsQueryInstant", request)
        #expect(instant.pieces.map { fields($0) } == [["1:m", "2:m", "3:1", "4:cut"]])
        #expect(door.engine.asked.metrics.last?.startNanos == 1_795_335_300_000_000_000)
    }

    @Test("errors: the same words as over HTTP", arguments: [
        ("/tempopb.StreamingQuerier/Search", searchRequest(start: 20), .invalidArgument, "http parameter start must be before end. received start=20 end=0"),
        ("/tempopb.StreamingQuerier/Search", searchRequest(start: 1, end: 604_802), .invalidArgument, "range specified by start and end exceeds 168h0m0s. received start=1 end=604802"),
        ("/tempopb.StreamingQuerier/MetricsQueryRange", [], .invalidArgument, "parse error : syntax error: unexpected $end"),
        ("/tempopb.StreamingQuerier/Search", [0x0a, 9], .internal, "grpc: error unmarshalling request: a field reaches past the end of its message (at byte 2)"),
        ("/tempopb.StreamingQuerier/Nope", [], .unimplemented, "unknown method Nope for service tempopb.StreamingQuerier"),
        ("/x/tempopb.StreamingQuerier/Search", [], .unimplemented, "unknown service x/tempopb.StreamingQuerier"),
    ] as [(String, [UInt8], GRPCStatus.Code, String)])
    func errors(_ path: String, _ message: [UInt8], _ code: GRPCStatus.Code, _ text: String) {
        let answer = Door().call(path, message)
        #expect(answer.status == GRPCStatus(code, text) && answer.pieces.isEmpty)
    }

    @Test("a failing engine ends the stream", arguments: [(.tooLarge("t"), .resourceExhausted), (.cancelled, .cancelled), (.unreadable("u"), .internal), (.invalid("i"), .invalidArgument)] as [(QueryFailure, GRPCStatus.Code)])
    func failures(_ failure: QueryFailure, _ code: GRPCStatus.Code) {
        #expect(Door(engine: FakeEngine(.init(failure: failure))).call("\(Self.service)/Search", []).status?.code == code)
    }
}
