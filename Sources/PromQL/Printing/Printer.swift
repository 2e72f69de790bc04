extension Expression: CustomStringConvertible {
    /// On one line, in the spelling of Prometheus; reads as the same tree.
    public var description: String {
        switch kind {
        case .number(let value, let isDuration): isDuration ? Self.duration(value) : NumberText.plain(value, infinity: "Inf")
        case .string(let text): quoted(text)
        case .selector(let selector): selector.series + selector.shift.description
        case .range(let selector, let millis): "\(selector.series)[\(DurationText.text(millis))]\(selector.shift)"
        case .subquery(let subquery): "\(subquery.inner)\(subquery.suffix)"
        case .call(let function, let arguments): "\(function.rawValue)(\(arguments.map(\.description).joined(separator: ", ")))"
        case .aggregation(let aggregation):
            "\(aggregation.head)(\(aggregation.parameter.map { "\($0), " } ?? "")\(aggregation.inner))"
        case .binary(let binary): "\(binary.left) \(binary.words) \(binary.right)"
        case .unary(let isNegative, let inner): (isNegative ? "-" : "+") + inner.description
        case .parens(let inner): "(\(inner))"
        }
    }

    /// As `description` when that fits on a line of 100 characters, else over many.
    public var formatted: String { formatted(0) }

    /// The longest line of the readable form that is not broken.
    private static let lineLength = 100

    private func formatted(_ level: Int) -> String {
        let indent = String(repeating: "  ", count: level)
        let line = description
        if line.utf8.count <= Self.lineLength { return indent + line }
        switch kind {
        case .number, .string, .selector, .range: return indent + line
        case .subquery(let subquery): return subquery.inner.formatted(level) + subquery.suffix
        case .call(let function, let arguments): return Self.block(indent + function.rawValue, arguments, level)
        case .aggregation(let aggregation):
            return Self.block(indent + aggregation.head, parts, level)
        case .binary(let binary):
            return "\(binary.left.formatted(level + 1))\n\(indent)\(binary.words)\n\(binary.right.formatted(level + 1))"
        case .unary(let isNegative, let inner):
            return indent + (isNegative ? "-" : "+") + String(inner.formatted(level).drop { $0 == " " })
        case .parens(let inner): return Self.block(indent, [inner], level)
        }
    }

    private static func block(_ head: String, _ parts: [Expression], _ level: Int) -> String {
        let inner = parts.map { $0.formatted(level + 1) }.joined(separator: ",\n")
        return "\(head)(\n\(inner)\n\(String(repeating: "  ", count: level)))"
    }

    private static func duration(_ seconds: Double) -> String { DurationText.text(Int64((seconds * 1_000).rounded())) }
}

extension TimeShift: CustomStringConvertible {
    /// ` @ 5.000 offset 1h30m`; nothing when nothing is shifted.
    public var description: String {
        var text = ""
        switch at {
        case .millis(let millis)?:
            let digits = String(millis.magnitude % 1_000)
            text += " @ \(millis < 0 ? "-" : "")\(millis.magnitude / 1_000).\(String(repeating: "0", count: 3 - digits.utf8.count))\(digits)"
        case .start?: text += " @ start()"
        case .end?: text += " @ end()"
        case nil: break
        }
        if offsetMillis != 0 { text += " offset " + DurationText.text(offsetMillis) }
        return text
    }
}

extension Selector {
    /// Name and matchers, the latter sorted.
    fileprivate var series: String {
        var matchers = matchers
        if name != nil { matchers.removeLast() }
        var texts = matchers.map { ($0.name.isPlainName ? $0.name : quoted($0.name)) + $0.op.rawValue + quoted($0.value) }
        texts.sort { $0.comesBefore($1) }
        let isPlain = name?.isPlainMetricName ?? true
        if let name, !isPlain { texts.insert(quoted(name), at: 0) }
        let braces = texts.isEmpty ? "" : "{\(texts.joined(separator: ","))}"
        return (isPlain ? name ?? "" : "") + braces
    }
}

extension Subquery {
    fileprivate var suffix: String { "[\(DurationText.text(rangeMillis)):\(stepMillis.map(DurationText.text) ?? "")]\(shift)" }
}

extension Aggregation {
    /// The operator and its labels, up to the parenthesis.
    fileprivate var head: String {
        guard isWithout || !labels.isEmpty else { return op.rawValue }
        return "\(op.rawValue) \(isWithout ? "without" : "by") (\(labelList(labels))) "
    }
}

extension Binary {
    /// The operator and its modifiers.
    fileprivate var words: String {
        var words = op.rawValue + (isBool ? " bool" : "")
        guard let matching else { return words }
        let isGrouped = matching.cardinality == .manyToOne || matching.cardinality == .oneToMany
        guard matching.isOn || isGrouped || !matching.labels.isEmpty else { return words }
        words += " \(matching.isOn ? "on" : "ignoring") (\(labelList(matching.labels)))"
        if isGrouped { words += " \(matching.cardinality == .manyToOne ? "group_left" : "group_right") (\(labelList(matching.included)))" }
        return words
    }
}

private func labelList(_ labels: [String]) -> String { labels.map { $0.isPlainName ? $0 : quoted($0) }.joined(separator: ", ") }

/// In double quotes, with escapes that the lexer reads.
func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\n": result += "\\n"
        case "\r": result += "\\r"
        case "\t": result += "\\t"
        case _ where scalar.value < 0x20 || scalar.value == 0x7f:
            result += "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}
