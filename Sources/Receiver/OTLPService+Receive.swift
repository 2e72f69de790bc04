internal import Glibc
internal import OTLP
internal import SelfStats
internal import Trace
internal import Wire

/// What became of a request, before it is put into the words of HTTP or gRPC.
enum ReceiveOutcome {
    /// All spans but the rejected ones are stored.
    case taken(ExportResult)
    case unreadable(BodyFailure)
    /// `field` names the place: a path in JSON, `body` in protobuf.
    case undecodable(field: String, message: String)
    case refused(String, retryAfterSeconds: Double)
    case failed(String)
}

/// From a request's body to the sink: the same for both transports.
extension OTLPService {
    func receive(
        _ request: Request, _ format: PayloadFormat, _ transport: Submission.Transport,
        _ finish: @escaping @Sendable (ReceiveOutcome) -> Void
    ) {
        counters.receivedBytes.add(request.body.bytes.count)
        let receivedNanos = nanosSince1970()
        let body: Body
        do throws(BodyFailure) {
            body = try request.inflated()
        } catch {
            counters.malformedRequests.add()
            return finish(.unreadable(error))
        }
        switch decode(body, format, request.head) {
        case .failure(let outcome):
            counters.malformedRequests.add()
            finish(outcome)
        case .decoded(let decoded):
            let result = ExportResult(rejected: decoded.rejected)
            counters.receivedSpans.add(decoded.batch.spans.count + decoded.rejectedCount)
            for rejection in decoded.rejected { counters.rejectedSpans[rejection.reason.rawValue].add(rejection.count) }
            inspect(decoded, result, receivedNanos, request.head)
            guard !decoded.batch.spans.isEmpty else { return finish(.taken(result)) }
            let submission = Submission(
                batch: decoded.batch, body: request.body, encoding: request.encoding, format: format, receivedNanos: receivedNanos,
                transport: transport, listener: request.head.listener, peer: request.head.peer)
            let spanCount = decoded.batch.spans.count
            sink.accept(submission) { [counters] outcome in
                switch outcome {
                case .stored:
                    counters.acceptedSpans[transport].add(spanCount)
                    finish(.taken(result))
                case .refused(let reason, let seconds):
                    counters.refusedSpans[transport].add(spanCount)
                    report(.refused, request.head, reason)
                    finish(.refused(reason, retryAfterSeconds: seconds))
                case .failed(let reason):
                    counters.failedSpans.add(spanCount)
                    finish(.failed(reason))
                }
            }
        }
    }

    private enum Decoded {
        case decoded(DecodedRequest)
        case failure(ReceiveOutcome)
    }

    private func decode(_ body: Body, _ format: PayloadFormat, _ head: RequestHead) -> Decoded {
        switch format {
        case .protobuf:
            do throws(ProtobufError) {
                return .decoded(try RequestDecoder.decode(protobuf: body.bytes, owner: body))
            } catch {
                return .failure(undecodable(body, format, head, field: "body", "not a protobuf ExportTraceServiceRequest: \(error)"))
            }
        case .json:
            do throws(JSONError) {
                return .decoded(try RequestDecoder.decode(json: body.bytes))
            } catch {
                let field = error.path.isEmpty ? "body" : error.path
                return .failure(undecodable(body, format, head, field: field, "not an OTLP JSON request: \(error)"))
            }
        }
    }

    /// Says what the body looks like, if its label is wrong: that helps more than the first byte that does not fit.
    private func undecodable(
        _ body: Body, _ format: PayloadFormat, _ head: RequestHead, field: String, _ message: String
    ) -> ReceiveOutcome {
        let hint = BodyLook(body.bytes).contradiction(of: format)
        if let hint {
            report(.mislabelledBody, head, hint)
        } else {
            report(.malformedBody, head, message)
        }
        return .undecodable(field: field, message: hint.map { "\(message); \($0)" } ?? message)
    }
}

/// What a body's first bytes look like.
private enum BodyLook {
    case json, gzip, requestInProtobuf, other

    init(_ bytes: UnsafeRawBufferPointer) {
        switch bytes.first(where: { $0 != 0x20 && $0 != 0x0d && $0 != 0x09 }) {
        case UInt8(ascii: "{"), UInt8(ascii: "["): self = .json
        case 0x1f where bytes.count > 1 && bytes[1] == 0x8b: self = .gzip
        case 0x0a where bytes.first == 0x0a && bytes.count > 1 && bytes[1] != UInt8(ascii: "{"): self = .requestInProtobuf
        default: self = .other
        }
    }

    func contradiction(of format: PayloadFormat) -> String? {
        switch (self, format) {
        case (.gzip, _): "the body is gzip: set Content-Encoding: gzip, once per compression"
        case (.json, .protobuf): "the body is JSON but labelled protobuf: set Content-Type: application/json"
        case (.requestInProtobuf, .json): "the body looks like protobuf but is labelled JSON: set Content-Type: application/x-protobuf"
        default: nil
        }
    }
}

private func nanosSince1970() -> UInt64 {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
}
