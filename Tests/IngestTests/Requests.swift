@testable import Ingest
import OTLP
import Settings
import Testing
import Trace

/// A value of an attribute, as tests write it.
enum TestValue: Equatable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral {
    case string(String), int(Int64), double(Double), bool(Bool), empty
    case list([TestValue])
    case bytes([UInt8])

    init(stringLiteral value: String) { self = .string(value) }
    init(integerLiteral value: Int64) { self = .int(value) }
    init(floatLiteral value: Double) { self = .double(value) }
    init(booleanLiteral value: Bool) { self = .bool(value) }
    init(nilLiteral: ()) { self = .empty }
    init(arrayLiteral elements: TestValue...) { self = .list(elements) }
}

typealias TestAttributes = KeyValuePairs<String, TestValue>

/// A span with its envelopes spelled out.
struct TestSpan {
    var trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    var id: UInt64 = 1
    var name = "span"
    var kind = 0
    var status = 0
    var message = ""
    var start: UInt64 = 1_000_000_000
    var end: UInt64 = 2_000_000_000
    var state = ""
    var flags: UInt32 = 0
    var attributes: [(String, TestValue)] = []
    var events: [(String, [(String, TestValue)])] = []
    var links: [[(String, TestValue)]] = []
    var resource: [(String, TestValue)] = []
    var scope: (name: String, version: String, attributes: [(String, TestValue)]) = ("", "", [])
    /// Behind the resource's attributes, as they stand on the wire.
    var resourceTail: [UInt8] = []
}

extension OutputBuffer {
    mutating func value(_ value: TestValue) {
        switch value {
        case .string(let text): field(1, string: text)
        case .bool(let flag): field(2, varint: flag ? 1 : 0)
        case .int(let int): field(3, varint: UInt64(bitPattern: int))
        case .double(let double): field(4, fixed64: double.bitPattern)
        case .list(let items): message(5) { out in for item in items { out.message(1) { $0.value(item) } } }
        case .bytes(let bytes): bytes.withUnsafeBytes { field(7, bytes: $0) }
        case .empty: break
        }
    }

    mutating func pairs(_ number: Int, _ pairs: [(String, TestValue)]) {
        for (key, content) in pairs {
            message(number) { pair in
                pair.field(1, string: key)
                pair.message(2) { $0.value(content) }
            }
        }
    }

    mutating func span(_ span: TestSpan) {
        let id = TraceID(hex: span.trace) ?? TraceID(high: 0, low: 1)
        id.wireBytes.withUnsafeBytes { field(1, bytes: $0) }
        SpanID(bits: span.id).wireBytes.withUnsafeBytes { field(2, bytes: $0) }
        if !span.state.isEmpty { field(3, string: span.state) }
        field(5, string: span.name)
        if span.kind != 0 { field(6, varint: UInt64(span.kind)) }
        if span.start != 0 { field(7, fixed64: span.start) }
        if span.end != 0 { field(8, fixed64: span.end) }
        pairs(9, span.attributes)
        for event in span.events {
            message(11) { out in
                out.field(1, fixed64: span.start &+ 5)
                out.field(2, string: event.0)
                out.pairs(3, event.1)
            }
        }
        for link in span.links {
            message(13) { out in
                id.wireBytes.withUnsafeBytes { out.field(1, bytes: $0) }
                SpanID(bits: 9).wireBytes.withUnsafeBytes { out.field(2, bytes: $0) }
                out.pairs(4, link)
            }
        }
        message(15) { out in
            if !span.message.isEmpty { out.field(2, string: span.message) }
            if span.status != 0 { out.field(3, varint: UInt64(span.status)) }
        }
        if span.flags != 0 { field(16, fixed32: span.flags) }
    }
}

/// One ResourceSpans for each span.
func request(_ spans: [TestSpan]) -> [UInt8] {
    var out = OutputBuffer()
    for span in spans {
        out.message(1) { resource in
            resource.message(1) { out in
                out.pairs(1, span.resource)
                span.resourceTail.withUnsafeBytes { out.append($0) }
            }
            resource.message(2) { scope in
                scope.message(1) { out in
                    if !span.scope.name.isEmpty { out.field(1, string: span.scope.name) }
                    if !span.scope.version.isEmpty { out.field(2, string: span.scope.version) }
                    out.pairs(3, span.scope.attributes)
                }
                scope.message(2) { $0.span(span) }
            }
        }
    }
    return out.array()
}

final class TestMemory {
    let memory: UnsafeMutableRawBufferPointer
    init(_ memory: UnsafeMutableRawBufferPointer) { self.memory = memory }
    deinit { memory.deallocate() }
}

func decode(_ bytes: [UInt8]) throws -> SpanBatch {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.count, 1), alignment: 1)
    memory.copyBytes(from: bytes)
    return try RequestDecoder.decode(protobuf: UnsafeRawBufferPointer(rebasing: memory[..<bytes.count]), owner: TestMemory(memory)).batch
}

func batch(_ spans: [TestSpan]) throws -> SpanBatch { try decode(request(spans)) }

func encode(_ batch: SpanBatch) -> [UInt8] {
    var out = OutputBuffer()
    TraceEncoder.encode(batch, protobuf: &out)
    return out.array()
}

func settings(_ yaml: String) throws -> PipelineSettings {
    try PipelineSettings(try YAMLNode(parsing: [UInt8](yaml.utf8)), file: "loupe.yaml")
}

/// Runs the pipeline of `yaml`; what comes out is encoded and decoded again, as the store would see it.
@discardableResult
func process(_ yaml: String, _ spans: [TestSpan], _ context: RequestContext = RequestContext()) throws -> (batch: SpanBatch, result: ProcessingResult) {
    var work = try batch(spans)
    let before = encode(work)
    let result = try settings(yaml).pipeline.process(&work, context)
    let bytes = encode(work)
    #expect(result.isChanged == (bytes != before))
    let again = try decode(bytes)
    #expect(encode(again) == bytes)
    return (again, result)
}

extension SpanBatch {
    func text(_ record: AttributeRecord) -> String {
        let value = switch record.type {
        case .empty: "null"
        case .string: "'\(string(record.range))'"
        case .bool: record.bits == 0 ? "false" : "true"
        case .int: "\(Int64(bitPattern: record.bits))"
        case .double: "\(Double(bitPattern: record.bits))f"
        case .other: String(decoding: ValueText.bytes(record, self), as: UTF8.self)
        }
        return "\(string(record.key))=\(value)"
    }

    /// `a='x' b=1`
    func described(_ rows: RowRange) -> String { attributes[rows.indices].map(text).joined(separator: " ") }

    func describedResource(_ index: Int = 0) -> String { Envelope(.resource, resources[index].message, of: self).attributes.map(text).joined(separator: " ") }
    func describedScope(_ index: Int = 0) -> String { Envelope(.scope, scopes[index].message, of: self).attributes.map(text).joined(separator: " ") }
}
