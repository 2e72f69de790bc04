/// What a query gives.
public struct Answer: Sendable {
    public enum Value: Sendable {
        case scalar(Double)
        case string(String)
        /// In the order of the expression where it has one (`sort`, `topk`), else by labels.
        case vector([(labels: Labels, value: Double)])
        /// By labels; series without samples are left out.
        case matrix([Series])
    }

    public var value: Value
    /// Remarks that an answer comes with, each once.
    public var warnings: [String] = []
    public var infos: [String] = []
    public var totalSamples = 0
    public var peakSamples = 0
}

/// A query that was read, to be asked of a source at one time or at many.
public struct Query: Sendable {
    public let expression: Expression
    let text: [UInt8]

    /// How long a sample stands for its series when no newer one comes. In milliseconds.
    public var lookbackMillis: Int64 = 300_000
    /// The step of a subquery that names none.
    public static let defaultStepMillis: Int64 = 60_000

    public init(parsing text: String) throws(ParseError) {
        expression = try Expression(parsing: text)
        self.text = Array(text.utf8)
    }

    /// All selectors in it, in order, for calls that want no values.
    public var selectors: [Selector] { expression.selectors }

    public func instant(_ source: any SeriesSource, atMillis millis: Int64, run: QueryRun) throws(EvaluationError) -> Answer {
        let evaluator = evaluator(source, Grid(startMillis: millis, stepMillis: 1, count: 1), run)
        return evaluator.answer(try instantValue(evaluator))
    }

    /// - Parameter stepMillis: above 0. Steps beyond `endMillis` are left out; a scalar becomes a series without labels.
    public func range(
        _ source: any SeriesSource, fromMillis: Int64, throughMillis: Int64, stepMillis: Int64, run: QueryRun
    ) throws(EvaluationError) -> Answer {
        precondition(stepMillis > 0 && fromMillis <= throughMillis)
        let grid = Grid(startMillis: fromMillis, stepMillis: stepMillis, count: Int((throughMillis - fromMillis) / stepMillis) + 1)
        let evaluator = evaluator(source, grid, run)
        let rows = expression.type == .scalar
            ? [Row(labels: Labels(), values: try evaluator.scalar(expression))] : try evaluator.vector(expression)
        return evaluator.answer(.matrix(evaluator.series(rows)))
    }

    private func evaluator(_ source: any SeriesSource, _ grid: Grid, _ run: QueryRun) -> Evaluator {
        Evaluator(
            source: source, run: run, notes: Notes(text), grid: grid, lookbackMillis: lookbackMillis,
            firstMillis: grid.startMillis, lastMillis: grid.time(grid.count - 1))
    }

    private func instantValue(_ evaluator: Evaluator) throws(EvaluationError) -> Answer.Value {
        switch expression.type {
        case .scalar: return .scalar(try evaluator.scalar(expression)[0])
        case .string: return .string(expression.literal)
        case .matrix:
            let data = try evaluator.windows(expression)
            let end = data.ends[0]
            return .matrix(data.series.compactMap { series in
                let inside = series.timestamps.indices.filter { series.timestamps[$0] > end - data.rangeMillis && series.timestamps[$0] <= end }
                guard let first = inside.first, let last = inside.last else { return nil }
                return Series(series.labels, timestamps: Array(series.timestamps[first...last]), values: Array(series.values[first...last]))
            })
        case .vector:
            var rows = try evaluator.vector(expression).filter { $0.values[0].isPresent }
            if !expression.hasOrder { rows.sort { $0.labels < $1.labels } }
            return .vector(rows.map { ($0.labels, $0.values[0]) })
        }
    }
}

extension Expression {
    public var selectors: [Selector] {
        switch kind {
        case .selector(let selector), .range(let selector, _): [selector]
        default: parts.flatMap(\.selectors)
        }
    }

    /// Labels that clients want to see even when they are empty: `group by (connection_type)` shows it on every element.
    ///
    /// Prometheus shows no empty label. Grafana's service graph takes every node for one without instrumentation unless at least
    /// one series of that query carries the label. (tempo-api.md §14.2)
    public var shownWhenEmpty: [String] {
        guard case .aggregation(let aggregation) = bare.kind, aggregation.op == .group, !aggregation.isWithout else { return [] }
        return aggregation.labels.filter { $0 == "connection_type" }
    }

    /// Whether the order of its elements means something.
    fileprivate var hasOrder: Bool {
        switch bare.kind {
        case .call(.sort, _), .call(.sortDesc, _): true
        case .call(_, let arguments): arguments.contains { $0.type == .vector && $0.hasOrder }
        case .aggregation(let aggregation): aggregation.op == .topk || aggregation.op == .bottomk
        case .binary(let binary): binary.matching == nil && [binary.left, binary.right].contains { $0.type == .vector && $0.hasOrder }
        case .unary(_, let inner): inner.hasOrder
        default: false
        }
    }

    /// The text of a string expression.
    var literal: String {
        if case .string(let text) = bare.kind { text } else { "" }
    }
}

/// Remarks that come up while a query is evaluated.
final class Notes {
    private let text: [UInt8]
    private(set) var warnings: [String] = []
    private(set) var infos: [String] = []

    init(_ text: [UInt8]) { self.text = text }

    func info(_ words: String, _ place: Expression) { add("PromQL info: " + words, place, to: &infos) }
    func warning(_ words: String, _ place: Expression) { add("PromQL warning: " + words, place, to: &warnings) }

    /// As many as anyone reads.
    private static let limit = 10

    private func add(_ words: String, _ place: Expression, to notes: inout [String]) {
        let position = ParseError("", at: place.offset, in: text)
        let note = "\(words) (\(position.line):\(position.column))"
        if notes.count < Self.limit, !notes.contains(note) { notes.append(note) }
    }
}
