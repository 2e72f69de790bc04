/// Why a text is no value for a setting: what it is instead, and what to write. Both finish a sentence:
/// `memory: "12x" has the unit "x"; the units are …`.
struct Fault: Error, Equatable {
    var what: String
    var fix: String

    init(_ what: String, _ fix: String) {
        self.what = what
        self.fix = fix
    }
}

/// How one kind of value is written, and read from text.
struct Form<Value>: Sendable {
    /// What stands for the value in the help, in capitals.
    var placeholder: String
    /// What is allowed, where the placeholder does not say it; empty for nothing to add.
    var range = ""
    var isList = false
    var read: @Sendable (String) throws(Fault) -> Value
    var write: @Sendable (Value) -> String
}

extension Form<Duration> {
    static func duration(_ lowest: Duration, _ highest: Duration) -> Form {
        let range = "\(Units.text(lowest)) to \(Units.text(highest))"
        return Form(placeholder: "DURATION", range: range) { text throws(Fault) in
            let value = try Units.duration(text)
            guard value >= lowest, value <= highest else { throw Fault("is out of range", "write a duration from \(range)") }
            return value
        } write: { Units.text($0) }
    }
}

extension Form<Int> {
    static func size(_ lowest: Int, _ highest: Int) -> Form {
        let range = "\(Units.text(size: lowest)) to \(Units.text(size: highest))"
        return Form(placeholder: "SIZE", range: range) { text throws(Fault) in
            let value = try Units.size(text)
            guard value >= lowest, value <= highest else { throw Fault("is out of range", "write a size from \(range)") }
            return value
        } write: { Units.text(size: $0) }
    }
}

extension Form<Endpoint?> {
    static var endpoint: Form {
        Form(placeholder: "HOST:PORT", range: "host:port, :port or off") { text throws(Fault) in
            text.lowercased() == "off" ? nil : try Endpoint(text)
        } write: { $0?.description ?? "off" }
    }
}

extension Form<Bool> {
    static var onOff: Form {
        Form(placeholder: "on|off") { text throws(Fault) in
            switch text.lowercased() {
            case "on", "true", "yes": return true
            case "off", "false", "no": return false
            default: throw Fault("is neither on nor off", "write on or off")
            }
        } write: { $0 ? "on" : "off" }
    }
}

extension Form where Value: CaseIterable & RawRepresentable<String> & SendableMetatype {
    static var choice: Form {
        let names = Value.allCases.map(\.rawValue)
        return Form(placeholder: names.joined(separator: "|")) { text throws(Fault) in
            guard let value = Value(rawValue: text.lowercased()) else {
                throw Fault("is not one of them", "write \(names.dropLast().joined(separator: ", ")) or \(names.last ?? "")")
            }
            return value
        } write: { $0.rawValue }
    }
}

extension Form<String> {
    static func path(_ placeholder: String) -> Form {
        Form(placeholder: placeholder) { text throws(Fault) in
            guard !text.isEmpty else { throw Fault("is empty", "write a path") }
            return text
        } write: { $0 }
    }
}

extension Form<String?> {
    /// A path that may be missing.
    static func path(_ placeholder: String) -> Form {
        Form(placeholder: placeholder) { text throws(Fault) in try Form<String>.path(placeholder).read(text) } write: { $0 ?? "" }
    }
}

extension Form<[String]> {
    /// `off` is the empty list.
    static var origins: Form {
        Form(placeholder: "ORIGIN,…", range: "http(s)://host[:port] with at most one *, or *, or off", isList: true) { text throws(Fault) in
            if text.lowercased() == "off" { return [] }
            var origins: [String] = []
            for part in text.split(separator: ",", omittingEmptySubsequences: false) {
                let origin = part.trimmed
                guard origin == "*" || isOrigin(origin) else {
                    throw Fault(
                        "holds \"\(origin)\", which is no origin",
                        "write scheme, host and port as a browser sends them, for example https://shop.example:8443")
                }
                origins.append(origin)
            }
            return origins
        } write: { $0.isEmpty ? "off" : $0.joined(separator: ",") }
    }

    /// Some of `known`; `off` is the empty list.
    static func names(_ known: [String]) -> Form {
        Form(placeholder: "NAME,…", range: "\(known.joined(separator: ", ")) or off", isList: true) { text throws(Fault) in
            if text.lowercased() == "off" { return [] }
            var names: [String] = []
            for part in text.split(separator: ",", omittingEmptySubsequences: false) {
                let name = part.trimmed
                guard known.contains(name) else {
                    let near = nearestName(to: name, in: known).map { "did you mean \($0)? Else " } ?? ""
                    throw Fault("holds \"\(name)\", which is none of them", "\(near)write \(known.joined(separator: ", ")) or off")
                }
                if !names.contains(name) { names.append(name) }
            }
            return names
        } write: { $0.isEmpty ? "off" : $0.joined(separator: ",") }
    }

    private static func isOrigin(_ text: String) -> Bool {
        guard let scheme = ["http://", "https://"].first(where: text.hasPrefix) else { return false }
        let host = text.dropFirst(scheme.count)
        return !host.isEmpty && !host.contains("/") && !host.contains(" ") && host.count(where: { $0 == "*" }) <= 1
    }
}

extension Substring {
    /// Without blanks at either end.
    var trimmed: String {
        var text = drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
