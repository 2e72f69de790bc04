import Receiver
import SelfStats

/// Takes what the receivers notice about senders into the problem log, in the words of the status page.
struct SenderProblems: SenderProblemSink {
    let log: ProblemLog

    func report(_ problem: SenderProblem) { log.note(attempt(problem)) }

    private func attempt(_ problem: SenderProblem) -> FailedAttempt {
        let (sentence, fix) = words(problem)
        return FailedAttempt(
            kind: problem.kind.rawValue, peer: problem.peer, listener: problem.listener, userAgent: problem.userAgent ?? "",
            sentence: (problem.service.map { "\($0): " } ?? "") + sentence, fix: fix, nanos: nowNanos())
    }

    private func words(_ problem: SenderProblem) -> (sentence: String, fix: String) {
        let detail = problem.detail
        return switch problem.kind {
        case .wrongPath: (detail, "Use the base URL as OTEL_EXPORTER_OTLP_ENDPOINT, or …/v1/traces as OTEL_EXPORTER_OTLP_TRACES_ENDPOINT.")
        case .wrongMethod: (detail, "Exporters send POST; open this address in a browser on the API's port instead.")
        case .wrongContentType: (detail, "Send application/x-protobuf or application/json.")
        case .mislabelledBody: (detail, "Let content-type and content-encoding say what the body is.")
        case .malformedBody: (detail, "Check that the exporter speaks OTLP, and that nothing on the way changes its bodies.")
        case .rejectedSpans: (detail, "Give each span a trace id and a span id that are not zero.")
        case .otherSignal: (detail, "Set OTEL_METRICS_EXPORTER=none and OTEL_LOGS_EXPORTER=none to silence this; only traces are kept.")
        case .otherTracer: (detail, "Use an OTLP exporter: OTEL_TRACES_EXPORTER=otlp.")
        case .otherPort: (detail, "It works here, but other backends refuse it: gRPC usually goes to 4317, HTTP to 4318.")
        case .originNotAllowed: (detail, "Add the page's origin to the setting cors-origins.")
        case .unknownService: (detail, "Set OTEL_SERVICE_NAME.")
        case .clock: (detail, "Set the sender's clock, and send times in nanoseconds since 1970.")
        case .refused: (detail, "The exporter tries again by itself. Look at the disk and at the settings memory and max-disk.")
        }
    }
}
