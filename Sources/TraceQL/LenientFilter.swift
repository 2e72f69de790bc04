/// What a query that is still being typed says about the spans whose names and values are asked for.
public struct LenientFilter: Equatable, Sendable {
    /// A span counts if all conditions of some alternative hold for it. There is one alternative at least, and each has a condition.
    public var alternatives: [[FieldExpression]]

    private static let maxAlternatives = 100

    /// Nil when `text` says nothing that can be used: it is not to be understood, has several filters, or does not limit the spans.
    ///
    /// - Throws: only for more than 100 alternatives.
    public init?(parsing text: String) throws(QueryError) {
        let query = (try? Query(parsing: text)) ?? Self.repaired(text).flatMap { try? Query(parsing: $0) }
        guard let filter = query?.onlyFilter else { return nil }
        guard filter.alternativeCount <= Self.maxAlternatives else {
            throw QueryError(.invalid, "the filter has more than \(Self.maxAlternatives) alternatives joined by ||")
        }
        alternatives = filter.alternatives.map { $0.filter(\.isCondition) }
        if alternatives.contains(where: \.isEmpty) || filter.fields.contains(where: \.isUnscoped) { return nil }
    }

    /// The text with `true` for each `attribute operator` that lacks a value, and with the braces that are missing, all of it before
    /// the first pipe. Nil when there is no token to be read up to there.
    private static func repaired(_ text: String) -> String? {
        let tokens = Lexer.tokens(of: text)
        guard let end = tokens.firstIndex(where: \.endsHead) else { return nil }
        if case .invalid = tokens[end].kind { return nil }
        let bytes = Array(text.utf8)
        var repaired: [UInt8] = []
        var openBraces = 0
        var copied = 0
        for (index, token) in tokens[..<end].enumerated() {
            if token.kind == .symbol(.openBrace) { openBraces += 1 }
            if token.kind == .symbol(.closeBrace) { openBraces -= 1 }
            guard index + 2 <= end, token.isField, tokens[index + 1].isComparison, index + 2 == end || tokens[index + 2].endsOperand else { continue }
            repaired += bytes[copied..<token.range.lowerBound]
            repaired += Array("true".utf8)
            copied = tokens[index + 1].range.upperBound
        }
        // A comment may stand before the pipe or the end, and to its line's end it takes all.
        let headEnd = max(copied, end > 0 ? tokens[end - 1].range.upperBound : 0)
        repaired += bytes[copied..<headEnd]
        repaired += Array(repeating: UInt8(ascii: "}"), count: max(openBraces, 0))
        repaired += bytes[headEnd...]
        return String(decoding: repaired, as: UTF8.self)
    }
}

extension Token {
    fileprivate var endsHead: Bool {
        switch kind {
        case .symbol(.pipe), .end, .invalid: true
        default: false
        }
    }

    fileprivate var isField: Bool {
        switch kind {
        case .field: true
        case .word(let word): Intrinsic(bare: word) != nil
        default: false
        }
    }

    fileprivate var isComparison: Bool {
        guard case .symbol(let symbol) = kind else { return false }
        return symbol.comparison != nil || symbol == .matches || symbol == .notMatches
    }

    fileprivate var endsOperand: Bool {
        switch kind {
        case .symbol(.closeBrace), .symbol(.close), .symbol(.and), .symbol(.or): true
        default: false
        }
    }
}

extension Query {
    /// The filter in front, if it is the only one of the query.
    fileprivate var onlyFilter: FieldExpression? {
        let stages: [Stage]? =
            switch body {
            case .spansets(let pipeline): pipeline.stages
            case .metrics(let metrics): metrics.pipeline?.stages
            }
        guard let stages, case .spansets(.filter(let filter)) = stages.first else { return nil }
        let hasMore = stages.dropFirst().contains { if case .spansets = $0 { true } else { false } }
        return hasMore ? nil : filter
    }
}

extension FieldExpression {
    /// How many alternatives there are, or many.
    fileprivate var alternativeCount: Int {
        let many = 1 << 20
        switch self {
        case .or(let left, let right): return min(many, left.alternativeCount + right.alternativeCount)
        case .and(let left, let right): return min(many, left.alternativeCount * right.alternativeCount)
        default: return 1
        }
    }

    /// Conditions joined by "and", of which one list or another has to hold.
    fileprivate var alternatives: [[FieldExpression]] {
        switch self {
        case .or(let left, let right): return left.alternatives + right.alternatives
        case .and(let left, let right):
            let more = right.alternatives
            return left.alternatives.flatMap { first in more.map { first + $0 } }
        default: return [[self]]
        }
    }

    /// Whether it limits the spans. An attribute alone is one whose operator was not typed yet.
    fileprivate var isCondition: Bool {
        if case .field = self { false } else { !fields.isEmpty }
    }
}

extension Field {
    fileprivate var isUnscoped: Bool {
        if case .attribute(.any, _) = self { true } else { false }
    }
}
