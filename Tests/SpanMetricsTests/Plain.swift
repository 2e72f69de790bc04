import SelfStats
@testable import SpanMetrics
import Trace

/// A span to be counted, as a test writes it.
struct PlainSpan {
    enum Value { case string(String), int(Int64), double(Double), bool(Bool), list([String]) }

    var trace: UInt64 = 1
    var id: UInt64 = 1
    var parent: UInt64 = 0
    var name: [UInt8] = Array("op".utf8)
    var kind = SpanKind.internal
    var status = SpanStatus.unset
    var start: UInt64 = 0
    var end: UInt64 = 0
    var state = ""
    var attributes: [(String, Value)] = []
    var resource: [(String, Value)] = [("service.name", .string("A"))]

    /// Ends at second 1000, after so many seconds.
    static func make(_ kind: SpanKind, seconds: Double = 1, endSecond: UInt64 = 1000, _ change: (inout PlainSpan) -> Void = { _ in }) -> PlainSpan {
        var span = PlainSpan()
        span.kind = kind
        span.end = endSecond * 1_000_000_000
        span.start = span.end - UInt64(seconds * 1e9)
        change(&span)
        return span
    }
}

func protobuf(_ field: UInt8, _ bytes: [UInt8]) -> [UInt8] {
    var length = bytes.count, varint: [UInt8] = []
    repeat {
        varint.append(UInt8(length & 127) | (length > 127 ? 128 : 0))
        length >>= 7
    } while length > 0
    return [field << 3 | 2] + varint + bytes
}

private func anyValue(_ value: PlainSpan.Value) -> [UInt8] {
    switch value {
    case .string(let text): protobuf(1, Array(text.utf8))
    case .bool(let flag): [2 << 3, flag ? 1 : 0]
    case .int(let number): [3 << 3] + varint(UInt64(bitPattern: number))
    case .double(let number): [4 << 3 | 1] + withUnsafeBytes(of: number.bitPattern.littleEndian) { Array($0) }
    case .list(let texts): protobuf(5, texts.flatMap { protobuf(1, protobuf(1, Array($0.utf8))) })
    }
}

func varint(_ value: UInt64) -> [UInt8] {
    var rest = value, bytes: [UInt8] = []
    while rest > 127 {
        bytes.append(UInt8(rest & 127) | 128)
        rest >>= 7
    }
    return bytes + [UInt8(rest)]
}

func batch(_ spans: [PlainSpan]) -> SpanBatch {
    var batch = SpanBatch()
    func add(_ bytes: [UInt8]) -> ByteRange { bytes.withUnsafeBytes { batch.append($0) } }
    for (index, span) in spans.enumerated() {
        let message = span.resource.flatMap { protobuf(1, protobuf(1, Array($0.0.utf8)) + protobuf(2, anyValue($0.1))) }
        batch.resources.append(ResourceRecord(message: add(message), schemaURL: .empty))
        batch.scopes.append(ScopeRecord(resource: index, message: .empty, schemaURL: .empty))
        var record = SpanRecord()
        record.traceID = TraceID(high: 0, low: span.trace)
        record.spanID = SpanID(bits: span.id)
        record.parentID = SpanID(bits: span.parent)
        (record.startNanos, record.endNanos) = (span.start, span.end)
        record.name = add(span.name)
        record.traceState = add(Array(span.state.utf8))
        (record.kind, record.status) = (span.kind.rawValue, span.status.rawValue)
        record.scope = UInt32(index)
        record.attributes = RowRange(first: batch.attributes.count, count: span.attributes.count)
        for (name, value) in span.attributes {
            let key = add(Array(name.utf8))
            switch value {
            case .string(let text): batch.attributes.append(AttributeRecord(key: key, type: .string, range: add(Array(text.utf8))))
            case .int(let number): batch.attributes.append(AttributeRecord(key: key, type: .int, bits: UInt64(bitPattern: number)))
            case .double(let number): batch.attributes.append(AttributeRecord(key: key, type: .double, bits: number.bitPattern))
            case .bool(let flag): batch.attributes.append(AttributeRecord(key: key, type: .bool, bits: flag ? 1 : 0))
            case .list: batch.attributes.append(AttributeRecord(key: key, type: .other, range: add(anyValue(value))))
            }
        }
        batch.spans.append(record)
    }
    return batch
}

/// A generator and its clock, in seconds since 1970.
struct Bench {
    let generator: Generator

    init(_ metrics: MetricSet, _ change: (inout GeneratorConfiguration) -> Void = { _ in }) throws {
        var configuration = GeneratorConfiguration()
        configuration.metrics = metrics
        change(&configuration)
        generator = try Generator(configuration)
    }

    func send(_ spans: PlainSpan..., at second: UInt64 = 1000) { generator.consume(batch(spans), nowNanos: second * 1_000_000_000) }
    func tick(at second: UInt64) { generator.tick(nowNanos: second * 1_000_000_000) }

    /// All series that are not 0, as text 0.0.4 shows them, without comments.
    var lines: [String] { text(.prometheus).split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") } }

    func text(_ format: ExpositionFormat) -> String {
        String(decoding: Registry([], sources: [{ generator.exposition($0) }]).exposition(format), as: UTF8.self)
    }

    /// The value of the series with exactly these labels; nil when there is none.
    func value(_ series: String) -> Double? { lines.first { $0.hasPrefix(series + " ") }.flatMap { Double($0.dropFirst(series.count + 1)) } }
}
