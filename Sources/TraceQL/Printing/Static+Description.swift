extension Static: CustomStringConvertible {
    /// As it stands in a query: `"a"` in backticks, durations and floats as Go prints them.
    public var description: String {
        switch self {
        case .none: "nil"
        case .string(let value): Self.quoted(value)
        case .int(let value): value == .min ? "minInt" : "\(value)"
        case .float(let value): Self.text(value)
        case .bool(let value): "\(value)"
        case .duration(let nanos): DurationText.text(nanos: nanos)
        case .status(let status): status.name
        case .kind(let kind): kind.name
        }
    }

    /// In backticks, between which nothing is an escape; a string that has some is put between double quotes.
    private static func quoted(_ string: String) -> String {
        guard string.utf8.contains(UInt8(ascii: "`")) else { return "`\(string)`" }
        var quoted = "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case "\n": quoted += "\\n"
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    /// The fewest digits that read as the same number, with an exponent below 1e-4 and from 1e6 on, and never like an int.
    /// Infinity, which has no literal, comes as the division that makes it.
    /// Source: format 'g' of https://pkg.go.dev/strconv#FormatFloat
    private static func text(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "(0.0 / 0)" : value > 0 ? "(1.0 / 0)" : "(-1.0 / 0)" }
        guard value != 0 else { return value.sign == .minus ? "-0.0" : "0.0" }
        let sign = value < 0 ? "-" : ""
        let (digits, exponent) = decimal(value.magnitude)
        if exponent < -4 || exponent >= 6 {
            let fraction = digits.count > 1 ? "." + digits.dropFirst() : ""
            let magnitude = exponent.magnitude < 10 ? "0\(exponent.magnitude)" : "\(exponent.magnitude)"
            return "\(sign)\(digits.prefix(1))\(fraction)e\(exponent < 0 ? "-" : "+")\(magnitude)"
        }
        if exponent < 0 { return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits }
        let whole = digits.prefix(exponent + 1)
        let fraction = digits.dropFirst(exponent + 1)
        return sign + whole + String(repeating: "0", count: exponent + 1 - whole.count) + "." + (fraction.isEmpty ? "0" : fraction)
    }

    /// The shortest digits of a positive number, without zeros at either end, and the power of ten of the first.
    private static func decimal(_ value: Double) -> (digits: String, exponent: Int) {
        let parts = value.description.split(separator: "e")
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let whole = mantissa[0]
        let all = whole + (mantissa.count > 1 ? mantissa[1] : "")
        let leading = all.prefix { $0 == "0" }.count
        var digits = all.dropFirst(leading)
        while digits.last == "0" { digits = digits.dropLast() }
        return (String(digits), whole.count - 1 - leading + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0))
    }
}

extension Static.Status {
    /// As written in a query and in answers.
    public var name: String {
        switch self {
        case .unset: "unset"
        case .ok: "ok"
        case .error: "error"
        }
    }
}

extension Static.Kind {
    /// As written in a query and in answers.
    public var name: String {
        switch self {
        case .unspecified: "unspecified"
        case .internal: "internal"
        case .server: "server"
        case .client: "client"
        case .producer: "producer"
        case .consumer: "consumer"
        }
    }
}
