internal import Wire

/// A parameter that cannot be used, in the words the client is told.
struct BadParameter: Error, Equatable {
    var message: String
    init(_ message: String) { self.message = message }
}

extension QueryParameters {
    /// The first value of `name`; nil when it is absent or empty. tempo-cli sends many empty parameters.
    func text(_ name: String) -> String? { self[name].flatMap { $0.isEmpty ? nil : $0 } }

    /// A whole number of unix seconds, or another number that Tempo reads as 32 bits without sign.
    func unsigned32(_ name: String) throws(BadParameter) -> UInt32? {
        guard let text = text(name) else { return nil }
        guard let value = UInt32(text) else {
            let isNumber = text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            throw BadParameter("invalid \(name): strconv.ParseUint: parsing \"\(text)\": \(isNumber ? "value out of range" : "invalid syntax")")
        }
        return value
    }

    /// A number that Tempo reads as an `int`.
    func integer(_ name: String) throws(BadParameter) -> Int? {
        guard let text = text(name) else { return nil }
        guard let value = Int(text) else { throw BadParameter("invalid \(name): strconv.Atoi: parsing \"\(text)\": invalid syntax") }
        return value
    }

    func bool(_ name: String) throws(BadParameter) -> Bool {
        guard let text = text(name) else { return false }
        switch text {
        case "1", "t", "T", "true", "TRUE", "True": return true
        case "0", "f", "F", "false", "FALSE", "False": return false
        default: throw BadParameter("invalid \(name): strconv.ParseBool: parsing \"\(text)\": invalid syntax")
        }
    }
}

extension RequestHead {
    /// The path's segments behind `prefix`; the whole path when it starts otherwise (a proxy may have removed the prefix already).
    func segments(behind prefix: [String]) -> [String] {
        let segments = pathSegments
        return segments.starts(with: prefix) ? Array(segments.dropFirst(prefix.count)) : segments
    }
}
