internal import OTLP

/// A `google.rpc.Status` as the body of an HTTP error. Source: googleapis google/rpc/{status,error_details}.proto.
struct ErrorStatus: Equatable {
    enum Detail: Equatable {
        case badRequest(field: String)
        case retry(afterSeconds: Double)
    }

    /// A gRPC code: https://grpc.github.io/grpc/core/md_doc_statuscodes.html
    var code: Int
    var message: String
    var detail: Detail?

    func encoded(as format: PayloadFormat) -> [UInt8] {
        var out = OutputBuffer(capacity: 512)
        switch format {
        case .protobuf: write(protobuf: &out)
        case .json: write(json: &out)
        }
        return out.array()
    }

    private func write(protobuf out: inout OutputBuffer) {
        out.field(1, varint: UInt64(code))
        out.field(2, string: message)
        switch detail {
        case .badRequest(let field):
            out.message(3) { any in
                any.field(1, string: "type.googleapis.com/google.rpc.BadRequest")
                any.message(2) { detail in
                    detail.message(1) { violation in
                        violation.field(1, string: field)
                        violation.field(2, string: message)
                    }
                }
            }
        case .retry(let seconds):
            out.message(3) { any in
                any.field(1, string: "type.googleapis.com/google.rpc.RetryInfo")
                any.message(2) { detail in
                    detail.message(1) { duration in
                        let (whole, nanos) = Self.parts(seconds)
                        if whole > 0 { duration.field(1, varint: whole) }
                        if nanos > 0 { duration.field(2, varint: nanos) }
                    }
                }
            }
        case nil: break
        }
    }

    private func write(json out: inout OutputBuffer) {
        out.append("{")
        out.key("code")
        out.json(decimal: Int64(code))
        out.key("message")
        out.json(string: message)
        switch detail {
        case .badRequest(let field):
            out.append(#","details":[{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"#)
            out.json(string: field)
            out.key("description")
            out.json(string: message)
            out.append("}]}]")
        case .retry(let seconds):
            out.append(#","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":""#)
            let (whole, nanos) = Self.parts(seconds)
            out.json(decimal: whole)
            if nanos > 0 { out.append(utf8: "." + String(String(nanos + 1_000_000_000).dropFirst())) }
            out.append(#"s"}]"#)
        case nil: break
        }
        out.append("}")
    }

    private static func parts(_ seconds: Double) -> (whole: UInt64, nanos: UInt64) {
        let clamped = seconds.isFinite ? max(0, min(seconds, 86_400)) : 1
        let whole = clamped.rounded(.down)
        return (UInt64(whole), UInt64((clamped - whole) * 1e9))
    }
}
