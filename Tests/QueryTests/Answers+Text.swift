import Foundation
import Query
import Trace
import TraceQL

/// Answers as lines of text: all of them but their statistics.
struct AnswerText {
    /// Of traces; others show their ids.
    var labels: [TraceID: String] = [:]
    var epoch: UInt64 = GoldenFile.epoch

    // MARK: Searches

    /// `a: 1 2` for each spanset. `all` adds what is known of traces and spans.
    func lines(_ answer: SearchAnswer, all: Bool = false) -> [String] {
        var lines: [String] = []
        for trace in answer.traces {
            let label = label(trace.id)
            if all {
                let services = trace.services.map { "\($0.name)=\($0.spans)" + ($0.errors > 0 ? "/\($0.errors)" : "") }.joined(separator: ",")
                lines.append("\(label) root=\(trace.rootService ?? "-")/\(trace.rootName ?? "-") start=\(time(trace.startNanos)) duration=\(Self.duration(Int64(clamping: trace.durationNanos))) services=\(services)")
            } else if trace.spansets.isEmpty { lines.append(label) }
            for spanset in trace.spansets {
                let attributes = spanset.attributes.map { " \($0.name)=\(text($0.value))" }.joined()
                let matched = spanset.matched == spanset.spans.count ? "" : " (of \(spanset.matched))"
                if all {
                    lines.append("\(label):\(matched)\(attributes)")
                    for span in spanset.spans {
                        let name = span.name.map { " \"\($0)\"" } ?? ""
                        lines.append("\(id(span.id)) \(time(span.startNanos)) \(Self.duration(Int64(clamping: span.durationNanos)))\(name)"
                            + span.attributes.map { " \($0.name)=\(text($0.value))" }.joined())
                    }
                } else {
                    lines.append("\(label):" + spanset.spans.map { " " + id($0.id) }.joined() + matched + attributes)
                }
            }
        }
        if let partial = answer.partial { lines.append("partial: \(partial)") }
        return lines
    }

    // MARK: Metrics

    /// `a="x" b=1 : 1 0 -` for each series, with its exemplars behind.
    func lines(_ answer: MetricsAnswer, times: Bool = false) -> [String] {
        var lines: [String] = times ? ["times " + answer.timesNanos.map { time($0) }.joined(separator: " ")] : []
        for series in answer.series {
            lines.append(series.labels.map { "\($0.name)=\(text($0.value)) " }.joined() + ": " + series.values.map { $0.map { Self.number($0) } ?? "-" }.joined(separator: " "))
            for exemplar in series.exemplars {
                let labels = exemplar.labels.map { "\($0.name)=\($0.name == "trace:id" ? traceText($0.value) : text($0.value)) " }.joined()
                lines.append("* \(labels)@ \(time(exemplar.timeNanos)) = \(Self.number(exemplar.value))")
            }
        }
        if let partial = answer.partial { lines.append("partial: \(partial)") }
        return lines
    }

    private func traceText(_ value: Value) -> String {
        if case .string(let hex) = value, let id = TraceID(hex: hex) { return label(id) }
        return text(value)
    }

    // MARK: Tags

    func lines(_ names: TagNames) -> [String] {
        [("span", names.span), ("resource", names.resource), ("event", names.event), ("link", names.link), ("instrumentation", names.instrumentation)]
            .filter { !$0.1.isEmpty }.map { "\($0.0): " + $0.1.joined(separator: " ") }
    }

    func lines(_ values: TagValues) -> [String] { values.values.isEmpty ? [] : [values.values.map { text($0) }.joined(separator: " ")] }

    // MARK: Values

    private func label(_ id: TraceID) -> String { labels[id] ?? id.hex }
    private func id(_ id: SpanID) -> String { String(id.bits, radix: 16) }
    private func time(_ nanos: UInt64) -> String { nanos == 0 ? "never" : Self.duration(Int64(bitPattern: nanos) - Int64(epoch)) }

    func text(_ value: Value) -> String {
        switch value {
        case .none: "nil"
        case .string(let text): "\"\(text)\""
        case .int(let int): "\(int)"
        case .float(let float): "\(float)"
        case .bool(let flag): "\(flag)"
        case .duration(let nanos): Self.duration(nanos)
        case .status(let status): ["unset", "ok", "error"][Int(status.rawValue)]
        case .kind(let kind): ["unspecified", "internal", "server", "client", "producer", "consumer"][Int(kind.rawValue)]
        case .array(let elements): "[" + elements.map { text($0) }.joined(separator: ",") + "]"
        case .other(let json): json
        }
    }

    static func duration(_ nanos: Int64) -> String {
        for (unit, size) in [("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000)] as [(String, Int64)] where nanos % size == 0 { return nanos == 0 ? "0s" : "\(nanos / size)\(unit)" }
        return "\(nanos)ns"
    }

    /// Nine digits tell a fault from a rounding.
    static func number(_ value: Double) -> String { String(format: "%.9g", value) }
}
