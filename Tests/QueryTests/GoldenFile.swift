import Query
import Trace

/// A file of `Golden/query`: spans, then questions with their answers.
///
///     resource service.name="front" region="eu"            of the spans that follow; so is `scope "name" "version" key=value`
///     trace a                                              or `trace a 0123...`, with its id
///     span 2<1 10ms 50ms "GET /" server error int=5        id<parent, start, duration, name, kind, status, attributes
///       message "boom"  state "ot=th:8"                    more of the span above, one or more to a line
///       event 5ms "name" key=value                         times of events count from the span's start
///       link a/1 key=value
///     search(limit=2) { .int = 5 }                         a question, its options in parentheses
///       a: 1 2                                             the lines of its answer; none: an empty one
///
/// Times count from `epoch`. `#` begins a comment line.
struct GoldenFile {
    struct Question {
        var line: Int
        var kind: String
        var options: [String: String] = [:]
        var text: String
        var answer: [String] = []
    }

    static let epoch: UInt64 = 1_700_000_000_000_000_000

    var spans: [PlainSpan] = []
    var questions: [Question] = []
    /// Labels by trace.
    var labels: [TraceID: String] = [:]
    private var traces: [String: TraceID] = [:]
    private var envelope = PlainSpan.Envelope()
    private var current = TraceID(high: 0, low: 0)

    init(_ text: String) throws {
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            do { try read(String(line), number: index + 1) } catch { throw GoldenError("line \(index + 1): \(error): \(line)") }
        }
    }

    private mutating func read(_ line: String, number: Int) throws {
        if line.first == "#" || line.isEmpty { return }
        if line.first == " ", !questions.isEmpty {
            questions[questions.count - 1].answer.append(String(line.drop { $0 == " " }))
            return
        }
        var scanner = GoldenScanner(line)
        let word = scanner.word(until: " (")
        switch word {
        case "resource": envelope.resource = try scanner.pairs()
        case "scope":
            envelope.scopeName = try scanner.string()
            envelope.scopeVersion = try scanner.string()
            envelope.scope = try scanner.pairs()
        case "trace":
            let label = scanner.word(until: " "), id = scanner.word(until: " ")
            current = try trace(label, id: id.isEmpty ? nil : id)
        case "span": try span(&scanner)
        case "event", "link", "message", "state": try more(word, &scanner)
        case "search", "metrics", "instant", "names", "values", "tags", "filter":
            var question = Question(line: number, kind: word, text: "")
            if scanner.skip("(") {
                for option in scanner.word(until: ")").split(separator: " ") {
                    let pair = option.split(separator: "=", maxSplits: 1)
                    question.options[String(pair[0])] = String(pair[1])
                }
                _ = scanner.skip(")")
            }
            question.text = scanner.rest
            questions.append(question)
        default: throw GoldenError("what is \(word)?")
        }
    }

    private mutating func trace(_ label: String, id: String?) throws -> TraceID {
        if let known = traces[label] { return known }
        guard let trace = TraceID(hex: id ?? "5eed" + Self.code(of: label)) else { throw GoldenError("trace \(label) needs an id") }
        traces[label] = trace
        labels[trace] = label
        return trace
    }

    /// 28 digits that end in the label's character.
    private static func code(of label: String) -> String {
        let digits = String(label.unicodeScalars.first!.value, radix: 16)
        return String(repeating: "0", count: 28 - digits.count) + digits
    }

    private mutating func span(_ scanner: inout GoldenScanner) throws {
        let ids = scanner.word(until: " ").split(separator: "<")
        guard let id = SpanID(hex: ids[0]) else { throw GoldenError("bad id") }
        var span = PlainSpan(traceID: current, id: id)
        if ids.count > 1 { span.parent = SpanID(hex: ids[1])! }
        span.start = try Self.time(scanner.word(until: " "))
        span.end = UInt64(bitPattern: Int64(bitPattern: span.start) + (try nanos(scanner.word(until: " "))))
        span.envelope = envelope
        span.name = try scanner.string()
        while let kind = scanner.take(["unspecified", "internal", "server", "client", "producer", "consumer"]) { span.kind = Int32(kind) }
        while let status = scanner.take(["unset", "ok", "error"]) { span.status = Int32(status) }
        span.attributes = try scanner.pairs()
        spans.append(span)
    }

    private mutating func more(_ word: String, _ scanner: inout GoldenScanner) throws {
        let last = spans.count - 1
        switch word {
        case "message": spans[last].statusMessage = try scanner.string()
        case "state": spans[last].traceState = try scanner.string()
        case "event":
            let time = UInt64(bitPattern: Int64(bitPattern: spans[last].start) + (try nanos(scanner.word(until: " "))))
            spans[last].events.append(.init(timeNanos: time, name: try scanner.string(), attributes: try scanner.pairs()))
        default:
            let target = scanner.word(until: " ").split(separator: "/")
            let trace = if let known = traces[String(target[0])] { known } else { TraceID(hex: target[0])! }
            spans[last].links.append(.init(traceID: trace, spanID: SpanID(hex: target[1])!, attributes: try scanner.pairs()))
        }
    }

    /// Nanoseconds since 1970 of a time that counts from the epoch.
    static func time(_ text: String) throws -> UInt64 { text == "never" ? 0 : UInt64(bitPattern: Int64(epoch) + (try nanos(text))) }
}

struct GoldenError: Error, CustomStringConvertible {
    var description: String
    init(_ words: String) { description = words }
}

/// `1.5s`, `-30d`, `20ns`, `0`.
func nanos(_ text: String) throws -> Int64 {
    let number = text.prefix { $0.isNumber || $0 == "." || $0 == "-" }
    let units: [String: Double] = ["": 1, "ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9, "m": 60e9, "h": 3600e9, "d": 86400e9]
    guard let value = Double(number), let unit = units[String(text.dropFirst(number.count))] else { throw GoldenError("no time: \(text)") }
    return Int64((value * unit).rounded())
}

/// Walks one line.
struct GoldenScanner {
    private var text: Substring

    init(_ line: String) { text = line[...].drop { $0 == " " } }

    var rest: String { String(text.drop { $0 == " " }) }

    mutating func word(until stops: String) -> String {
        text = text.drop { $0 == " " }
        let word = text.prefix { !stops.contains($0) }
        text = text.dropFirst(word.count)
        return String(word)
    }

    mutating func skip(_ character: Character) -> Bool {
        guard text.first == character else { return false }
        text = text.dropFirst()
        return true
    }

    /// The place of the next word in `words`, when it is one of them.
    mutating func take(_ words: [String]) -> Int? {
        var copy = self
        guard let place = words.firstIndex(of: copy.word(until: " ")) else { return nil }
        self = copy
        return place
    }

    mutating func string() throws -> String {
        text = text.drop { $0 == " " }
        guard skip("\"") else { return "" }
        var string = ""
        while let character = text.popFirst() {
            switch character {
            case "\"": return string
            case "\\":
                switch text.popFirst() {
                case "n": string += "\n"
                case "u":
                    string.unicodeScalars.append(Unicode.Scalar(UInt32(text.prefix(4), radix: 16)!)!)
                    text = text.dropFirst(4)
                case let other: string.append(other ?? "\\")
                }
            default: string.append(character)
            }
        }
        throw GoldenError("a string has no end")
    }

    /// `key=value` up to the end of the line.
    mutating func pairs() throws -> [NamedValue] {
        var pairs: [NamedValue] = []
        while !rest.isEmpty {
            text = text.drop { $0 == " " }
            let key = text.first == "\"" ? try string() : word(until: "=")
            guard skip("=") else { throw GoldenError("no value: \(rest)") }
            pairs.append(NamedValue(key, try value()))
        }
        return pairs
    }

    private mutating func value() throws -> Value {
        if text.first == "\"" { return .string(try string()) }
        if skip("[") {
            var elements: [Value] = []
            while !skip("]") {
                elements.append(try value())
                _ = skip(",")
            }
            return .array(elements)
        }
        switch word(until: " ,]") {
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "nil": return .none
        case "map": return .other("v")
        case let word:
            if let int = Int64(word) { return .int(int) }
            if let float = Double(word) { return .float(float) }
            throw GoldenError("no value: \(word)")
        }
    }
}
