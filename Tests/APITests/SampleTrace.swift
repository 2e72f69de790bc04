import OTLP
import Trace
import Zlib
@testable import API
@testable import Store

/// A span to be sent: written as protobuf, read by the OTLP decoder, so that the tests see what a client's spans become.
struct SampleSpan {
    enum Value: Sendable {
        case string(String), int(Int64), double(Double), bool(Bool), array([Value]), map([Entry]), bytes([UInt8]), empty
    }
    struct Entry: Sendable {
        var key: String
        var value: Value
    }
    struct Event {
        var name: String
        var nanos: UInt64 = 0
        var attributes: [(String, Value)] = []
    }
    struct Link {
        var trace: UInt64
        var span: UInt64
        var attributes: [(String, Value)] = []
    }
    var id: UInt64
    var parent: UInt64 = 0
    var start: UInt64
    var duration: Int64 = 10
    var name = "op"
    /// Nil: no `service.name`.
    var service: String? = "shop"
    var kind = SpanKind.internal
    var status = SpanStatus.unset
    var statusMessage = ""
    var attributes: [(String, Value)] = []
    var events: [Event] = []
    var links: [Link] = []
}

enum SampleTrace {
    static let id = TraceID(high: 0x4bf9_2f35_77b3_4da6, low: 0xa3ce_929d_0e0e_4736)

    /// The spans as the store gives them back: one resource per service, one scope, spans by start.
    static func stored(_ spans: [SampleSpan], id: TraceID = id, revision: UInt64 = 7, partial: String? = nil) -> StoredTrace {
        var batch = batch(spans, id: id)
        let inOrder = batch.spans.enumerated().sorted { ($0.element.startNanos, $0.offset) < ($1.element.startNanos, $1.offset) }
        batch.spans = ContiguousArray(inOrder.map(\.element))
        return StoredTrace(id: id, batch: batch, revision: revision, lastReceivedNanos: 99, inspectedBytes: 1_234, partial: partial)
    }

    static func batch(_ spans: [SampleSpan], id: TraceID = id) -> SpanBatch {
        let body = protobuf(spans, id: id)
        let owner = Bytes(body)
        return try! RequestDecoder.decode(protobuf: owner.bytes, owner: owner).batch      // our own bytes
    }

    static func protobuf(_ spans: [SampleSpan], id: TraceID = id) -> [UInt8] {
        var output = OutputBuffer()
        var services: [String?] = []
        for span in spans where !services.contains(span.service) { services.append(span.service) }
        for service in services {
            output.message(1) { resource in
                resource.message(1) { if let service { attribute("service.name", .string(service), field: 1, &$0) } }
                resource.message(2) { scope in
                    scope.message(1) {
                        $0.field(1, string: "lib")
                        $0.field(2, string: "1.2")
                    }
                    for span in spans where span.service == service { scope.message(2) { write(span, id, &$0) } }
                }
            }
        }
        return output.array()
    }

    private static func write(_ span: SampleSpan, _ id: TraceID, _ output: inout OutputBuffer) {
        field(1, id.wireBytes, &output)
        field(2, SpanID(bits: span.id).wireBytes, &output)
        if span.parent != 0 { field(4, SpanID(bits: span.parent).wireBytes, &output) }
        output.field(5, string: span.name)
        output.field(6, varint: UInt64(span.kind.rawValue))
        output.field(7, fixed64: span.start)
        output.field(8, fixed64: UInt64(Int64(span.start) + span.duration))
        for (key, value) in span.attributes { attribute(key, value, field: 9, &output) }
        for event in span.events {
            output.message(11) {
                $0.field(1, fixed64: event.nanos)
                $0.field(2, string: event.name)
                for (key, value) in event.attributes { attribute(key, value, field: 3, &$0) }
            }
        }
        for link in span.links {
            output.message(13) {
                field(1, TraceID(high: 0, low: link.trace).wireBytes, &$0)
                field(2, SpanID(bits: link.span).wireBytes, &$0)
                for (key, value) in link.attributes { attribute(key, value, field: 4, &$0) }
            }
        }
        if span.status != .unset || !span.statusMessage.isEmpty {
            output.message(15) {
                if !span.statusMessage.isEmpty { $0.field(2, string: span.statusMessage) }
                $0.field(3, varint: UInt64(span.status.rawValue))
            }
        }
    }

    private static func attribute(_ key: String, _ value: SampleSpan.Value, field: Int, _ output: inout OutputBuffer) {
        output.message(field) {
            $0.field(1, string: key)
            $0.message(2) { write(value, &$0) }
        }
    }

    private static func write(_ value: SampleSpan.Value, _ output: inout OutputBuffer) {
        switch value {
        case .string(let text): output.field(1, string: text)
        case .bool(let bit): output.field(2, varint: bit ? 1 : 0)
        case .int(let number): output.field(3, varint: UInt64(bitPattern: number))
        case .double(let number): output.field(4, fixed64: number.bitPattern)
        case .array(let values): output.message(5) { list in for value in values { list.message(1) { write(value, &$0) } } }
        case .map(let entries): output.message(6) { list in for entry in entries { attribute(entry.key, entry.value, field: 1, &list) } }
        case .bytes(let bytes): field(7, bytes, &output)
        case .empty: break
        }
    }

    private static func field(_ number: Int, _ bytes: [UInt8], _ output: inout OutputBuffer) {
        bytes.withUnsafeBytes { output.field(number, bytes: $0) }
    }
}

/// What `bytes` inflate to, up to a megabyte.
func gunzip(_ bytes: [UInt8]) throws -> [UInt8] {
    let input = Bytes(bytes)
    let output = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    defer { output.deallocate() }
    return try withExtendedLifetime(input) { Array(output[..<(try Inflater(.gzip).inflate(input.bytes, into: output))]) }
}

/// Bytes at one address for as long as someone refers to them.
final class Bytes: @unchecked Sendable {   // never written after it was made
    let bytes: UnsafeRawBufferPointer

    init(_ content: [UInt8]) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, content.count), alignment: 16)
        memory.copyBytes(from: content)
        bytes = UnsafeRawBufferPointer(rebasing: memory[..<content.count])
    }

    deinit { bytes.deallocate() }
}
