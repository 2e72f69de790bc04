internal import OTLP

/// An `ExportTraceServiceResponse`: empty when all spans were taken, otherwise how many were not, and why.
struct ExportResult {
    var rejected: [Rejection]

    private var rejectedCount: Int { rejected.reduce(0) { $0 + $1.count } }

    /// Such as `3 spans were rejected: span id is missing or all zero (3)`.
    var message: String {
        "\(rejectedCount) span\(rejectedCount == 1 ? " was" : "s were") rejected: "
            + rejected.map { "\($0.reason.rawValue) (\($0.count))" }.joined(separator: ", ")
    }

    func encoded(as format: PayloadFormat) -> [UInt8] {
        guard !rejected.isEmpty else { return format == .json ? Array("{}".utf8) : [] }
        var out = OutputBuffer(capacity: 256)
        switch format {
        case .protobuf:
            out.message(1) { partial in
                partial.field(1, varint: UInt64(rejectedCount))
                partial.field(2, string: message)
            }
        case .json:
            out.append(#"{"partialSuccess":{"rejectedSpans":"#)
            out.json(quoted: UInt64(rejectedCount))
            out.key("errorMessage")
            out.json(string: message)
            out.append("}}")
        }
        return out.array()
    }
}
