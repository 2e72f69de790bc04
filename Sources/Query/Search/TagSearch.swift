internal import TraceQL

extension TagSearch {
    /// One filter for each tag: a trace needs some span for each.
    func filters() throws(QueryFailure) -> [Filter] {
        var compiler = PlanCompiler()
        var filters: [Filter] = []
        for tag in tags { filters.append(try compiler.filter(tag.expression)) }
        return filters
    }
}

extension TagSearch.Tag {
    /// The value as a substring, whatever the case, of what the key names.
    var expression: FieldExpression {
        switch key {
        case "status.code":
            switch value {
            case "error", "2": return .compare(.equal, .field(.intrinsic(.status)), .literal(.status(.error)))
            case "ok", "1": return .compare(.equal, .field(.intrinsic(.status)), .literal(.status(.ok)))
            case "unset", "0": return .compare(.equal, .field(.intrinsic(.status)), .literal(.status(.unset)))
            default: return contains(.attribute(.any, key))
            }
        case "error" where value == "true":
            return .or(.compare(.equal, .field(.intrinsic(.status)), .literal(.status(.error))), .compare(.equal, .field(.attribute(.any, "error")), .literal(.bool(true))))
        case "name": return contains(.intrinsic(.name))
        case "root.name": return contains(.intrinsic(.rootName))
        case "root.service.name": return contains(.intrinsic(.rootServiceName))
        default:
            let text = contains(.attribute(.any, key))
            if let int = Int64(value) { return .or(text, .compare(.equal, .field(.attribute(.any, key)), .literal(.int(int)))) }
            if let float = Double(value) { return .or(text, .compare(.equal, .field(.attribute(.any, key)), .literal(.float(float)))) }
            if value == "true" || value == "false" { return .or(text, .compare(.equal, .field(.attribute(.any, key)), .literal(.bool(value == "true")))) }
            return text
        }
    }

    private func contains(_ field: Field) -> FieldExpression {
        let escaped = value.unicodeScalars.map { "\\.+*?()|[]{}^$".unicodeScalars.contains($0) ? "\\\($0)" : "\($0)" }.joined()
        return .matches(.field(field), pattern: "(?i).*\(escaped).*", negated: false)
    }
}
