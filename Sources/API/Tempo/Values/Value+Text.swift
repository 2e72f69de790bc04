internal import OTLP
internal import Query
internal import TraceQL

extension Value {
    /// The value as a person reads it, and as a column of text holds it.
    var text: String {
        switch self {
        case .none: "nil"
        case .string(let text), .other(let text): text
        case .int(let number): String(number)
        case .float(let number): number.description
        case .bool(let bit): bit ? "true" : "false"
        case .duration(let nanos): (nanos < 0 ? "-" : "") + GoDuration.text(nanos.magnitude)
        case .status(let status): status.name
        case .kind(let kind): kind.name
        case .array(let values): Self.json(values)
        }
    }

    /// How the tag endpoints call the value's type; the query editor quotes strings and nothing else.
    var tagType: String {
        switch self {
        case .none, .string, .other, .array: "string"
        case .int: "int"
        case .float: "float"
        case .bool: "bool"
        case .duration: "duration"
        case .status, .kind: "keyword"
        }
    }

    private static func json(_ values: [Value]) -> String {
        var list = JSONAnswer(reserving: 64)
        list.array { list in
            for value in values {
                switch value {
                case .none: list.value { $0.append("null") }
                case .int(let number): list.value { $0.json(decimal: number) }
                case .float(let number): list.value { $0.json(double: number) }
                case .bool(let bit): list.value { $0.append(bit ? "true" : "false") }
                case .array, .other: list.value { $0.append(utf8: value.text) }
                case .string, .duration, .status, .kind: list.string(value.text)
                }
            }
        }
        return String(decoding: list.array(), as: UTF8.self)
    }
}
