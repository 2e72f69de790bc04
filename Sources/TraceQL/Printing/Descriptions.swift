extension Query: CustomStringConvertible {
    /// The query in its canonical form, which reads as the same query.
    public var description: String { printed { $0.write(self) } }
}

extension Pipeline: CustomStringConvertible {
    public var description: String { printed { $0.write(self) } }
}

extension FieldExpression: CustomStringConvertible {
    /// As in the label `by(...)`.
    public var description: String { printed { $0.write(self) } }

    /// As an operand.
    var wrapped: String { printed { $0.writeOperand(self) } }
}

extension Aggregate: CustomStringConvertible {
    /// As a search names the number: `count()`, `avg(duration)`.
    public var description: String { printed { $0.write(self) } }
}

extension MetricsExpression: CustomStringConvertible {
    public var description: String { printed { $0.write(self) } }
}

private func printed(_ body: (inout Printer) -> Void) -> String {
    var printer = Printer()
    body(&printer)
    return printer.text
}

extension MetricsFunction {
    /// What the label `__name__` says.
    public var name: String {
        switch self {
        case .rate: "rate"
        case .countOverTime: "count_over_time"
        case .minOverTime: "min_over_time"
        case .maxOverTime: "max_over_time"
        case .avgOverTime: "avg_over_time"
        case .sumOverTime: "sum_over_time"
        case .histogramOverTime: "histogram_over_time"
        case .quantileOverTime: "quantile_over_time"
        case .compare: "compare"
        }
    }
}

extension Field: CustomStringConvertible {
    /// The canonical spelling, which labels carry: `.foo`, `span."a b"`, `name` for `span:name`.
    public var description: String {
        switch self {
        case .intrinsic(let intrinsic): intrinsic.canonicalName
        case .attribute(let scope, let name): scope.keyword + "." + Self.quoted(name, in: scope)
        }
    }

    /// What a search calls the value of a span: an attribute's name without its scope, an intrinsic's canonical spelling.
    public var attributeName: String {
        switch self {
        case .intrinsic(let intrinsic): intrinsic.canonicalName
        case .attribute(_, let name): name
        }
    }

    /// A name is quoted exactly when it would end early otherwise, or be read as nothing, as a quote, or (`.5`) as a number.
    private static func quoted(_ name: String, in scope: Scope) -> String {
        let isNumber = scope == .any && name.unicodeScalars.first.map { $0 >= "0" && $0 <= "9" } == true
        guard name.isEmpty || isNumber || name.unicodeScalars.contains(where: { $0 == "\"" || Lexer.endsName($0) }) else { return name }
        var quoted = "\""
        for scalar in name.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { quoted += "\\" }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }
}

extension ArithmeticOperator {
    var text: String {
        switch self {
        case .add: "+"
        case .subtract: "-"
        case .multiply: "*"
        case .divide: "/"
        case .modulo: "%"
        case .power: "^"
        }
    }
}

extension MetricsOperator {
    /// As in the label `__name__`: `(rate / count_over_time)`.
    public var text: String {
        switch self {
        case .add: "+"
        case .subtract: "-"
        case .multiply: "*"
        case .divide: "/"
        }
    }
}

extension Comparison {
    var text: String {
        switch self {
        case .equal: "="
        case .notEqual: "!="
        case .less: "<"
        case .lessOrEqual: "<="
        case .greater: ">"
        case .greaterOrEqual: ">="
        }
    }
}

extension SpansetOperator {
    var text: String { Symbol.allCases.first { $0.spansetOperator == self }?.rawValue ?? "" }
}
