internal import Wire

/// The form of an answer. `Accept` is searched for these names in this order, as Tempo does; JSON when none is there.
enum AnswerFormat: Equatable {
    case protobuf, json

    init(accept: String?) {
        self = accept?.contains("application/protobuf") == true ? .protobuf : .json
    }

    var contentType: String {
        switch self {
        case .protobuf: "application/protobuf"
        case .json: "application/json"
        }
    }
}

extension RequestHead {
    var acceptsGzip: Bool { headers.contains { $0.name == "accept-encoding" && HeaderValue.accepts("gzip", in: $0.value) } }

    /// Whether one of the entity tags the client holds is `tag`, compared weakly (RFC 9110 §13.1.2).
    func matchesTag(_ tag: String) -> Bool {
        let opaque = tag.hasPrefix("W/") ? String(tag.dropFirst(2)) : tag
        return headers.contains { name, value in
            name == "if-none-match" && (value.contains(opaque) || value.filter { $0 != " " } == "*")
        }
    }
}
