import Foundation
import Trace
import TraceQL
@testable import Query

/// Answers questions over all that was sent, the slow way.
struct PlainEngine {
    let traces: [PlainTrace]

    init(_ spans: [PlainSpan]) { traces = Dictionary(grouping: spans, by: \.traceID).map { PlainTrace($0, $1) } }

    // MARK: Searches

    func search(_ pipeline: Pipeline, from: UInt64?, to: UInt64?, limit: Int, spss: Int) -> [FoundTrace] {
        let fields = pipeline.fields
        var found: [FoundTrace] = []
        for trace in traces where trace.end >= from ?? 0 && trace.start <= to ?? .max {
            let spansets = PlainPipeline(trace: trace).spansets(pipeline)
            if !spansets.isEmpty { found.append(describe(trace, spansets, fields, spss)) }
        }
        found.sort { $0.startNanos != $1.startNanos ? $0.startNanos > $1.startNanos : $0.id > $1.id }
        return Array(found.prefix(limit))
    }

    private func describe(_ trace: PlainTrace, _ spansets: [PlainPipeline.Spanset], _ fields: [Field], _ spss: Int) -> FoundTrace {
        let services = Dictionary(grouping: trace.spans, by: \.service).map { name, spans in
            FoundTrace.Service(name: name, spans: spans.count, errors: spans.count { $0.status == 2 })
        }
        return FoundTrace(
            id: trace.id, rootService: trace.root?.service, rootName: trace.root?.name, startNanos: trace.start, durationNanos: trace.end - trace.start,
            services: services.sorted { $0.name < $1.name },
            spansets: spansets.map { spanset in
                FoundTrace.Spanset(matched: spanset.spans.count, spans: spanset.spans.prefix(spss).map { describe(trace, $0, fields) }, attributes: spanset.attributes)
            })
    }

    private func describe(_ trace: PlainTrace, _ span: Int, _ fields: [Field]) -> FoundTrace.Span {
        let plain = trace.spans[span]
        var found = FoundTrace.Span(id: plain.id, name: nil, startNanos: plain.start, durationNanos: plain.duration, attributes: [])
        for field in fields {
            switch field {
            case .intrinsic(.name): found.name = plain.name
            case .intrinsic(.duration), .intrinsic(.traceDuration), .intrinsic(.rootName), .intrinsic(.rootServiceName), .intrinsic(.traceID), .intrinsic(.spanID): break
            default:
                let name = if case .attribute(_, let name) = field { name } else { field.description }
                let value = PlainRow.shown(field, trace, span)
                if value != .none, !found.attributes.contains(where: { $0.name == name }) { found.attributes.append(NamedValue(name, value)) }
            }
        }
        return found
    }

    // MARK: Metrics

    /// Lines of the series of one function, labels as they print, in no order.
    func series(_ pipeline: Pipeline, _ function: MetricsFunction, by fields: [Field], times: [UInt64], step: UInt64) -> [String] {
        var samples: [[UInt8]: [[Double]]] = [:]
        for trace in traces {
            for span in Set(PlainPipeline(trace: trace).spansets(pipeline).flatMap(\.spans)) {
                let start = trace.spans[span].start
                guard let place = times.firstIndex(where: { start <= $0 && start + step > $0 }), let value = argument(function, trace, span) else { continue }
                samples[Array(labels(function, fields, trace, span).utf8), default: Array(repeating: [], count: times.count)][place].append(value)
            }
        }
        if samples.isEmpty, fields.isEmpty, function == .rate || function == .countOverTime { samples[Array(labels(function, [], nil, 0).utf8)] = Array(repeating: [], count: times.count) }
        return samples.map { labels, values in
            String(decoding: labels, as: UTF8.self) + ": " + values.map { sample(function, $0, step).map { AnswerText.number($0) } ?? "-" }.joined(separator: " ")
        }
    }

    private func argument(_ function: MetricsFunction, _ trace: PlainTrace, _ span: Int) -> Double? {
        switch function {
        case .rate, .countOverTime, .compare: return 1
        case .minOverTime(let field), .maxOverTime(let field), .avgOverTime(let field), .sumOverTime(let field):
            return PlainRow.number(PlainRow.shown(field, trace, span)).map { field == .intrinsic(.duration) ? $0 / 1e9 : $0 }
        case .histogramOverTime(let field), .quantileOverTime(let field, _):
            let value = PlainRow.shown(field, trace, span)
            if case .float = value { return nil }
            return PlainRow.number(value).flatMap { $0 < 2 ? nil : $0 }
        }
    }

    private func sample(_ function: MetricsFunction, _ values: [Double], _ step: UInt64) -> Double? {
        switch function {
        case .rate: Double(values.count) / (Double(step) / 1e9)
        case .minOverTime: values.min()
        case .maxOverTime: values.max()
        case .sumOverTime: values.isEmpty ? nil : values.reduce(0, +)
        case .avgOverTime: values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
        default: Double(values.count)
        }
    }

    private func labels(_ function: MetricsFunction, _ fields: [Field], _ trace: PlainTrace?, _ span: Int) -> String {
        func text(_ value: Value) -> String {
            switch value {
            case .status, .kind: "\"\(AnswerText().text(value))\""
            case .duration(let nanos): "\"\(Static.duration(nanos).description)\""
            default: AnswerText().text(value)
            }
        }
        var labels: [String] = []
        if let trace {
            for field in fields {
                var value = PlainRow.shown(field, trace, span)
                if value == .none, [.intrinsic(.eventName), .intrinsic(.linkSpanID), .intrinsic(.linkTraceID)].contains(field) { value = .string("") }
                if value != .none { labels.append("\(field.description)=\(text(value)) ") }
            }
            if labels.isEmpty, let first = fields.first { labels = ["\(first.description)=\"nil\" "] }
        }
        switch function {
        case .histogramOverTime(let field):
            let bound = exp2(ceil(log2(argument(function, trace!, span)!)))
            labels.append("__bucket=\(field == .intrinsic(.duration) ? bound / 1e9 : bound) ")
        case _ where fields.isEmpty: labels = ["__name__=\"\(name(function))\" "]
        default: break
        }
        return labels.joined()
    }

    private func name(_ function: MetricsFunction) -> String {
        switch function {
        case .rate: "rate"
        case .countOverTime: "count_over_time"
        case .minOverTime: "min_over_time"
        case .maxOverTime: "max_over_time"
        case .avgOverTime: "avg_over_time"
        case .sumOverTime: "sum_over_time"
        default: ""
        }
    }

    // MARK: Tags

    /// Values of a field over the spans that satisfy the filter.
    func values(_ field: Field, _ filter: FieldExpression?) -> [String] {
        var found: Set<[UInt8]> = []
        func insert(_ value: Value?) {
            switch value {
            case nil, Value.none?: break
            case .array(let elements)?: elements.forEach { insert($0) }
            case let value?: found.insert(Array(AnswerText().text(value).utf8))
            }
        }
        for trace in traces {
            for span in trace.spans.indices where filter.map({ PlainRow.matches($0, trace, span) }) ?? true {
                let plain = trace.spans[span]
                if plain.events.isEmpty && plain.links.isEmpty { insert(PlainRow(trace: trace, span: span).value(field)) }
                for event in plain.events { insert(PlainRow(trace: trace, span: span, event: event).value(field)) }
                for link in plain.links { insert(PlainRow(trace: trace, span: span, link: link).value(field)) }
            }
        }
        return found.map { String(decoding: $0, as: UTF8.self) }
    }

    func names(_ filter: FieldExpression?) -> [String] {
        var span: Set<String> = [], resource = span, event = span, link = span, scope = span
        func add(_ attributes: [NamedValue], to names: inout Set<String>) { for attribute in attributes where attribute.value != .none { names.insert(attribute.name) } }
        for trace in traces {
            for index in trace.spans.indices where filter.map({ PlainRow.matches($0, trace, index) }) ?? true {
                let plain = trace.spans[index]
                add(plain.attributes, to: &span)
                add(plain.envelope.resource, to: &resource)
                add(plain.envelope.scope, to: &scope)
                plain.events.forEach { add($0.attributes, to: &event) }
                plain.links.forEach { add($0.attributes, to: &link) }
            }
        }
        return [("span", span), ("resource", resource), ("event", event), ("link", link), ("instrumentation", scope)]
            .filter { !$0.1.isEmpty }.map { "\($0.0): " + $0.1.sorted().joined(separator: " ") }
    }
}
