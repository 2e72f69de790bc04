public import Trace

/// What a request's body became: the spans worth keeping, and how many were left out.
public struct DecodedRequest: Sendable {
    public var batch: SpanBatch
    /// Empty when every span was kept; at most one entry per reason.
    public var rejected: [Rejection]

    public init(batch: SpanBatch, rejected: [Rejection]) {
        self.batch = batch
        self.rejected = rejected
    }

    public var rejectedCount: Int { rejected.reduce(0) { $0 + $1.count } }
}

/// Spans that cannot be stored, left out of an otherwise good request.
public struct Rejection: Equatable, Sendable {
    public enum Reason: String, Equatable, Sendable, CaseIterable {
        case zeroTraceID = "trace id is missing or all zero"
        case zeroSpanID = "span id is missing or all zero"
    }
    public var reason: Reason
    public var count: Int

    public init(reason: Reason, count: Int) {
        self.reason = reason
        self.count = count
    }
}

/// Reads the body of an `ExportTraceServiceRequest` (the same bytes as `TracesData`) into a batch.
///
/// The rules are the Collector's: unknown fields are skipped, invalid UTF-8 is kept as sent; a known field with the wrong wire
/// type or an id of the wrong length fails the whole request. A span whose ids are all zero is left out and counted.
/// Source: https://github.com/open-telemetry/opentelemetry-proto v1.11.0, opentelemetry/proto/trace/v1/trace.proto
public enum RequestDecoder {
    /// Decodes `bytes` in place: the batch's ranges point into them, and `owner` keeps them alive.
    public static func decode(protobuf bytes: UnsafeRawBufferPointer, owner: AnyObject?) throws(ProtobufError) -> DecodedRequest {
        guard bytes.count <= bodyLimitBytes else { throw ProtobufError(.badLength(field: "request", count: bytes.count), at: 0) }
        var reader = BatchReader(SpanBatch(body: bytes, owner: owner))
        reader.reserve(for: bytes.count)
        try reader.readRequest(ProtobufCursor(bytes))
        return DecodedRequest(batch: reader.batch, rejected: reader.rejections)
    }

    /// Decodes a request given as JSON: the batch's bytes are those of the protobuf it stands for.
    /// Source: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
    public static func decode(json text: UnsafeRawBufferPointer) throws(JSONError) -> DecodedRequest {
        let request: OwnedBytes
        do throws(JSONFailure) {
            request = try RequestTranscoder(text).request()
        } catch {
            throw JSONError(error, in: text)
        }
        do throws(ProtobufError) {
            return try decode(protobuf: request.bytes, owner: request)
        } catch {
            throw JSONError(JSONFailure(message: "\(error)", offset: 0), in: text)
        }
    }

    /// `ByteRange` counts in 32 bits, and merged messages may repeat the body once per level.
    static let bodyLimitBytes = Int(UInt32.max) / 4
}
