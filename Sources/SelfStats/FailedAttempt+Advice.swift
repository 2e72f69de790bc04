/// The sentences of the mistakes that senders make most (viewer.md §8), written once so that every listener says the same.
extension FailedAttempt {
    /// Whom a problem concerns and when it was seen.
    public struct Sender: Sendable {
        public var peer: String
        public var listener: String
        public var userAgent: String
        public var nanos: UInt64

        public init(peer: String, listener: String, userAgent: String = "", nanos: UInt64) {
            self.peer = peer
            self.listener = listener
            self.userAgent = userAgent
            self.nanos = nanos
        }
    }

    private init(_ kind: String, _ sender: Sender, _ sentence: String, fix: String) {
        self.init(kind: kind, peer: sender.peer, listener: sender.listener, userAgent: sender.userAgent,
                  sentence: sentence, fix: fix, nanos: sender.nanos)
    }

    public static func otherPort(_ sender: Sender, isGRPC: Bool) -> FailedAttempt {
        let (spoken, usual) = isGRPC ? ("OTLP over gRPC", "4318, which is the port for HTTP") : ("OTLP over HTTP", "4317, which is the port for gRPC")
        return FailedAttempt("port", sender, "\(spoken) arrives on port \(usual). It works here, but other backends refuse it.",
                             fix: isGRPC ? "Use port 4317, or set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf." : "Use port 4318, or set OTEL_EXPORTER_OTLP_PROTOCOL=grpc.")
    }

    public static func path(_ sender: Sender, method: String, path: String) -> FailedAttempt {
        FailedAttempt("path", sender, "\(method) \(path) is not an OTLP path.", fix: "Use the base URL, or …/v1/traces.")
    }

    public static func wantsTLS(_ sender: Sender) -> FailedAttempt {
        FailedAttempt("tls", sender, "The client wants TLS, but this port speaks plaintext.",
                fix: "Use http:// or set `insecure: true` in the exporter, or give Loupe a certificate.")
    }

    public static func wantsPlaintext(_ sender: Sender) -> FailedAttempt {
        FailedAttempt("plaintext", sender, "The client speaks plaintext, but this port wants TLS.", fix: "Use https:// in the exporter's endpoint.")
    }

    /// - Parameter seen: the encoding's name, or what is wrong with the bytes.
    public static func encoding(_ sender: Sender, seen: String) -> FailedAttempt {
        FailedAttempt("encoding", sender, "The body's encoding cannot be read: \(seen).", fix: "Send gzip, deflate, or no compression.")
    }

    public static func tooLarge(_ sender: Sender, bytes: Int?, limitBytes: Int, setting: String) -> FailedAttempt {
        let size = bytes.map { "A request of \($0) bytes" } ?? "A request"
        return FailedAttempt("tooLarge", sender, "\(size) is larger than the limit of \(limitBytes) bytes.",
                             fix: "Send smaller batches (OTEL_BSP_MAX_EXPORT_BATCH_SIZE), or raise \(setting).")
    }

    public static func contentType(_ sender: Sender, seen: String) -> FailedAttempt {
        FailedAttempt("contentType", sender, "The content type does not fit: \(seen).",
                fix: "Send application/x-protobuf with protobuf, application/json with JSON.")
    }

    public static func otherSignal(_ sender: Sender, signal: String) -> FailedAttempt {
        FailedAttempt("otherSignal", sender, "\(signal) arrive here. Loupe keeps traces only, so they are not stored.",
                fix: "Set OTEL_\(signal.uppercased())_EXPORTER=none to silence this.")
    }

    public static func origin(_ sender: Sender, origin: String, setting: String) -> FailedAttempt {
        FailedAttempt("origin", sender, "A browser page of \(origin) is not allowed to send.", fix: "Add \(origin) to \(setting).")
    }

    public static func otherProtocol(_ sender: Sender, seen: String) -> FailedAttempt {
        FailedAttempt("protocol", sender, "\(seen) is not accepted here.", fix: "Use an OTLP exporter: OTEL_TRACES_EXPORTER=otlp.")
    }

    public static func unnamedService(_ sender: Sender) -> FailedAttempt {
        FailedAttempt("serviceName", sender, "Spans arrive without service.name; they are listed as unknown_service.", fix: "Set OTEL_SERVICE_NAME.")
    }

    public static func malformed(_ sender: Sender, reason: String) -> FailedAttempt {
        FailedAttempt("malformed", sender, "A body could not be decoded: \(reason).", fix: "Check that the exporter speaks OTLP and that nothing between changes its bodies.")
    }
}
