extension Expression: CustomStringConvertible {
    /// On one line, in the spelling of Prometheus; reads as the same tree.
    public var description: String {
        var printer = Printer()
        printer.write(self)
        return printer.text
    }

    /// As `description` when that fits on a line of 100 characters, else over many.
    public var formatted: String {
        var printer = Printer()
        printer.write(self, level: 0, isIndented: true)
        return printer.text
    }
}

/// Writes expressions into one text, so that a deep one costs no more than its length; or finds out whether they fit a line.
private struct Printer {
    /// The longest line of the readable form that is not broken, in bytes.
    private static let lineLength = 100

    private(set) var text = ""
    /// Beyond this nothing is written any more.
    private var limit = Int.max
    private var isFull = false

    private mutating func put(_ piece: String) {
        isFull = isFull || piece.utf8.count > limit - text.utf8.count
        if !isFull { text += piece }
    }

    private static func fits(_ expression: Expression) -> Bool {
        var line = Printer()
        line.limit = lineLength
        line.write(expression)
        return !line.isFull
    }

    // MARK: One line

    mutating func write(_ expression: Expression) {
        if isFull { return }
        switch expression.kind {
        case .number(let value, let isDuration):
            put(isDuration ? DurationText.text(Int64((value * 1_000).rounded())) : NumberText.plain(value, infinity: "Inf"))
        case .string(let text): put(quoted(text))
        case .selector(let selector): put(selector.series + selector.shift.description)
        case .range(let selector, let millis): put("\(selector.series)[\(DurationText.text(millis))]\(selector.shift)")
        case .subquery(let subquery):
            write(subquery.inner)
            put(subquery.suffix)
        case .call(let function, let arguments): write(function.rawValue, arguments)
        case .aggregation(let aggregation): write(aggregation.head, expression.parts)
        case .binary(let binary):
            write(binary.left)
            put(" \(binary.words) ")
            write(binary.right)
        case .unary(let isNegative, let inner):
            put(isNegative ? "-" : "+")
            write(inner)
        case .parens(let inner): write("", [inner])
        }
    }

    private mutating func write(_ head: String, _ parts: [Expression]) {
        put(head + "(")
        for (index, part) in parts.enumerated() {
            if index > 0 { put(", ") }
            write(part)
        }
        put(")")
    }

    // MARK: Many lines

    mutating func write(_ expression: Expression, level: Int, isIndented: Bool) {
        let indent = String(repeating: "  ", count: level)
        let fits = Self.fits(expression)
        if case .binary(let binary) = expression.kind, !fits {
            write(binary.left, level: level + 1, isIndented: isIndented)
            put("\n\(indent)\(binary.words)\n")
            return write(binary.right, level: level + 1, isIndented: true)
        }
        if isIndented { put(indent) }
        if fits { return write(expression) }
        switch expression.kind {
        case .number, .string, .selector, .range, .binary: write(expression)
        case .subquery(let subquery):
            write(subquery.inner, level: level, isIndented: false)
            put(subquery.suffix)
        case .call(let function, let arguments): write(function.rawValue, arguments, level, indent)
        case .aggregation(let aggregation): write(aggregation.head, expression.parts, level, indent)
        case .unary(let isNegative, let inner):
            put(isNegative ? "-" : "+")
            write(inner, level: level, isIndented: false)
        case .parens(let inner): write("", [inner], level, indent)
        }
    }

    private mutating func write(_ head: String, _ parts: [Expression], _ level: Int, _ indent: String) {
        put(head + "(\n")
        for (index, part) in parts.enumerated() {
            if index > 0 { put(",\n") }
            write(part, level: level + 1, isIndented: true)
        }
        put("\n\(indent))")
    }
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
