internal import OTLP
internal import Query

/// Series as Tempo's metrics endpoints write them. Zeros are written out: Grafana 10.4 to 11.4 takes a missing value for a gap.
/// (tempo-api.md §7.3)
enum MetricsWriter {
    /// `QueryRangeResponse` in JSON.
    static func rangeJSON(_ answer: MetricsAnswer) -> [UInt8] {
        json(answer) { series, object in
            object.array("samples") { list in
                for sample in answer.samples(of: series) {
                    list.object {
                        $0.member("timestampMs", quoted: sample.millis)
                        $0.member("value", double: sample.value)
                    }
                }
            }
            guard !series.exemplars.isEmpty else { return }
            object.array("exemplars") { list in
                for exemplar in series.exemplars {
                    list.object {
                        labels(exemplar.labels, &$0)
                        $0.member("value", double: exemplar.value)
                        $0.member("timestampMs", quoted: exemplar.timeNanos / 1_000_000)
                    }
                }
            }
        }
    }

    /// `QueryInstantResponse` in JSON.
    static func instantJSON(_ answer: MetricsAnswer) -> [UInt8] {
        json(answer) { series, object in
            if let value = answer.samples(of: series).last?.value { object.member("value", double: value) }
        }
    }

    private static func json(_ answer: MetricsAnswer, _ write: (MetricsSeries, inout JSONAnswer) -> Void) -> [UInt8] {
        let series = answer.shownSeries
        let samples = series.first.map { answer.samples(of: $0).count } ?? 0
        // Growing copies would take as much again; beyond this, what is reserved in vain would.
        var output = JSONAnswer(reserving: min(16 << 20, 4_096 + series.count * (256 + 48 * samples)))
        output.object { output in
            output.array("series") { list in
                for series in series {
                    list.object { object in
                        labels(series.labels, &object)
                        write(series, &object)
                    }
                }
            }
            output.object("metrics") { answer.statistics.write(searchMetrics: &$0) }
            if let partial = answer.partial {
                output.member("status", "PARTIAL")
                output.member("message", partial)
            }
        }
        return output.array()
    }

    private static func labels(_ labels: [NamedValue], _ object: inout JSONAnswer) {
        guard !labels.isEmpty else { return }
        object.array("labels") { list in for label in labels { list.keyValue(label.name, PlainValue(label.value)) } }
    }
}

/// The same in protobuf, in the messages of a stream.
extension MetricsWriter {
    static func rangeProtobuf(_ answer: MetricsAnswer) -> MessageParts<MetricsSeries> {
        MessageParts(answer.shownSeries) { series, output in
            output.message(1) { message in
                for label in series.labels { message.keyValue(1, label.name, PlainValue(label.value)) }
                for sample in answer.samples(of: series) {
                    message.message(2) {
                        $0.double(1, sample.value)
                        $0.count(2, long: sample.millis)
                    }
                }
                for exemplar in series.exemplars {
                    message.message(4) {
                        for label in exemplar.labels { $0.keyValue(1, label.name, PlainValue(label.value)) }
                        $0.double(2, exemplar.value)
                        $0.count(3, long: exemplar.timeNanos / 1_000_000)
                    }
                }
            }
        } ending: { write(answer, &$0, isLast: $1) }
    }

    static func instantProtobuf(_ answer: MetricsAnswer) -> MessageParts<MetricsSeries> {
        MessageParts(answer.shownSeries) { series, output in
            output.message(1) { message in
                for label in series.labels { message.keyValue(1, label.name, PlainValue(label.value)) }
                if let value = answer.samples(of: series).last?.value { message.double(2, value) }
            }
        } ending: { write(answer, &$0, isLast: $1) }
    }

    private static func write(_ answer: MetricsAnswer, _ output: inout OutputBuffer, isLast: Bool) {
        output.message(2) { answer.statistics.write(searchMetrics: &$0) }
        guard isLast, let partial = answer.partial else { return }
        output.field(3, varint: 1)
        output.field(4, string: partial)
    }
}

extension MetricsAnswer {
    /// A series without a single sample says nothing.
    fileprivate var shownSeries: [MetricsSeries] { series.filter { $0.values.contains { $0 != nil } } }

    fileprivate func samples(of series: MetricsSeries) -> [(millis: UInt64, value: Double)] {
        zip(timesNanos, series.values).compactMap { time, value in value.map { (time / 1_000_000, $0) } }
    }
}

extension OutputBuffer {
    fileprivate mutating func double(_ number: Int, _ value: Double) { field(number, fixed64: value.bitPattern) }
}
