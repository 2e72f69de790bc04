internal import Query
internal import Trace
internal import TraceQL
internal import Wire

/// What the metrics endpoints were asked, over HTTP or gRPC alike, before it is checked. (tempo-api.md §7.1)
struct MetricsForm: Equatable {
    var query = ""
    var startNanos: UInt64?
    var endNanos: UInt64?
    /// How far before the end it starts, when no start is given.
    var sinceNanos = TempoLimits.metricsDefaultRangeNanos
    /// nil: whatever suits the range.
    var stepNanos: UInt64?
    /// How many are wanted; 0: as many as there may be.
    var exemplars = 0

    /// A value every step.
    func rangeRequest(nowNanos: UInt64) throws(BadParameter) -> MetricsRequest {
        let (expression, hints) = try parsed()
        let (start, end) = try bounds(nowNanos)
        let step = stepNanos ?? AlignedRange.automaticStep(start: start, end: end)
        if step == 0 || (end - start) / step > TempoLimits.metricsSteps {
            let minimum = GoDuration.text((end - start) / TempoLimits.metricsSteps)
            throw BadParameter("step of \(GoDuration.text(step)) is too small, minimum step for given range is \(minimum)")
        }
        let range = AlignedRange(start: start, end: end, step: step)
        return MetricsRequest(
            expression: expression, startNanos: range.startNanos, endNanos: range.endNanos, stepNanos: range.stepNanos,
            exemplars: hints.exemplars(asked: exemplars), extrapolates: hints.extrapolates)
    }

    /// One value over the exact range.
    func instantRequest(nowNanos: UInt64) throws(BadParameter) -> MetricsRequest {
        let (expression, hints) = try parsed()
        let (start, end) = try bounds(nowNanos)
        return MetricsRequest(
            expression: expression, startNanos: start, endNanos: end, stepNanos: nil, extrapolates: hints.extrapolates)
    }

    private func parsed() throws(BadParameter) -> (MetricsExpression, [Hint]) {
        if query.utf8.allSatisfy({ $0 <= 32 }) { throw BadParameter("parse error : syntax error: unexpected $end") }
        let query = try Query(text: query)
        guard case .metrics(let expression) = query.body else { throw BadParameter("not a metrics query") }
        return (expression, query.hints)
    }

    private func bounds(_ nowNanos: UInt64) throws(BadParameter) -> (start: UInt64, end: UInt64) {
        let end = endNanos ?? nowNanos
        let start = startNanos ?? end - min(end, sinceNanos)
        guard end > start else { throw BadParameter("end must be greater than start") }
        guard start < nowNanos else { throw BadParameter("query window falls entirely within query_end_cutoff") }
        guard end - start <= TempoLimits.metricsRangeNanos else {
            let maximum = GoDuration.text(TempoLimits.metricsRangeNanos)
            throw BadParameter("metrics query time range exceeds the maximum allowed duration of \(maximum)")
        }
        return (start, end)
    }
}

/// The parameters of `/api/metrics/query_range` and `/api/metrics/query`. Others are Tempo's own business; tempo-cli sends many.
extension MetricsForm {
    init(_ parameters: QueryParameters) throws(BadParameter) {
        query = parameters.text("q") ?? parameters.text("query") ?? ""
        startNanos = try Self.moment(parameters, "start")
        endNanos = try Self.moment(parameters, "end")
        if let since = parameters.text("since") { sinceNanos = try Self.duration(since, "since") }
        if let step = parameters.text("step") { stepNanos = try Self.step(step) }
        if let count = try parameters.unsigned32("exemplars") { exemplars = Int(count) }
    }

    private static func moment(_ parameters: QueryParameters, _ name: String) throws(BadParameter) -> UInt64? {
        guard let text = parameters.text(name) else { return nil }
        guard let nanos = parseMoment(text) else {
            throw BadParameter("could not parse \"\(name)\" parameter \"\(text)\": write unix seconds, nanoseconds or RFC 3339")
        }
        return nanos
    }

    /// Seconds as a number, or a duration.
    private static func step(_ text: String) throws(BadParameter) -> UInt64 {
        guard let seconds = Double(text) else { return try duration(text, "step") }
        guard seconds >= 0, seconds < 9e9 else { throw BadParameter("invalid step: \(text) is out of range") }
        return UInt64((seconds * 1e9).rounded())
    }

    private static func duration(_ text: String, _ name: String) throws(BadParameter) -> UInt64 {
        let nanos: Int64
        do { nanos = try GoDuration.parse(text) } catch { throw BadParameter("invalid \(name): \(error.message)") }
        guard nanos >= 0 else { throw BadParameter("invalid \(name): must not be negative") }
        return UInt64(nanos)
    }
}

/// `tempopb.QueryRangeRequest` and `tempopb.QueryInstantRequest`, whose numbers agree.
extension MetricsForm {
    init(protobuf message: UnsafeRawBufferPointer) throws {
        try readFields(of: message) { field in
            switch field.number {
            case 1: query = field.text
            case 2 where field.value > 0: startNanos = field.value
            case 3 where field.value > 0: endNanos = field.value
            case 4 where field.value > 0: stepNanos = field.value
            case 16: exemplars = Int(field.value32)
            default: break
            }
        }
    }
}

extension [Hint] {
    /// What `with(exemplars=…)` says, else what was asked for, within what there may be.
    fileprivate func exemplars(asked: Int) -> Int {
        let asked = asked == 0 ? TempoLimits.exemplars : Swift.min(asked, TempoLimits.exemplars)
        return switch last(where: { $0.name == "exemplars" })?.value {
        case .bool(let wanted): wanted ? asked : 0
        case .int(let count): Int(Swift.max(0, Swift.min(count, Int64(TempoLimits.exemplars))))
        default: asked
        }
    }

    fileprivate var extrapolates: Bool { last { $0.name == "extrapolate" }?.value == .bool(true) }
}
