internal import Query

/// One type for each attribute name of a search answer: Grafana makes a column of a name, whatever its scope, and panics when
/// one value has another type than the column. Ints among doubles become doubles; any other mixture becomes text.
/// (tempo-api.md §16.4)
struct ColumnTypes {
    private enum Kind { case string, int, double, bool }
    private var kinds: [String: Kind] = [:]

    init(_ traces: some Sequence<FoundTrace>) {
        for trace in traces {
            for spanset in trace.spansets {
                for attribute in spanset.attributes { add(attribute) }
                for span in spanset.spans {
                    for attribute in span.attributes where attribute.value != .none { add(attribute) }
                }
            }
        }
    }

    func value(_ attribute: NamedValue) -> PlainValue {
        let value = PlainValue(attribute.value)
        switch (kinds[attribute.name], value) {
        case (.double, .int(let number)): return .double(Double(number))
        case (.string, .int), (.string, .double), (.string, .bool): return .string(attribute.value.text)
        default: return value
        }
    }

    private mutating func add(_ attribute: NamedValue) {
        let kind: Kind = switch PlainValue(attribute.value) {
        case .string: .string
        case .int: .int
        case .double: .double
        case .bool: .bool
        }
        guard let known = kinds[attribute.name], known != kind else { return kinds[attribute.name] = kind }
        let areNumbers = (known == .int || known == .double) && (kind == .int || kind == .double)
        kinds[attribute.name] = areNumbers ? .double : .string
    }
}
