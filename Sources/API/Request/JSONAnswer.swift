internal import OTLP

/// JSON written straight into bytes: the commas are its business, the shape is the caller's.
struct JSONAnswer: ~Copyable {
    private var output: OutputBuffer
    private var needsComma = false

    init(reserving count: Int = 1_024) { output = OutputBuffer(capacity: count) }

    /// What was written.
    func array() -> [UInt8] { output.array() }

    mutating func object(_ members: (inout JSONAnswer) -> Void) { enclosed("{", "}", members) }
    mutating func array(_ items: (inout JSONAnswer) -> Void) { enclosed("[", "]", items) }

    mutating func object(_ key: StaticString, _ members: (inout JSONAnswer) -> Void) {
        self.key(key)
        object(members)
    }

    mutating func array(_ key: StaticString, _ items: (inout JSONAnswer) -> Void) {
        self.key(key)
        array(items)
    }

    mutating func member(_ key: StaticString, _ value: String) {
        self.key(key)
        string(value)
    }

    /// Writes `null` when there is no value.
    mutating func member(_ key: StaticString, _ value: String?) {
        self.key(key)
        if let value { string(value) } else { literal("null") }
    }

    mutating func member(_ key: StaticString, _ value: Int) {
        self.key(key)
        literal(String(value))
    }

    mutating func member(_ key: StaticString, _ value: Bool) {
        self.key(key)
        literal(value ? "true" : "false")
    }

    /// A number that may need more than the 53 bits of a double travels as text.
    mutating func member(_ key: StaticString, quoted value: UInt64) {
        self.key(key)
        string(String(value))
    }

    /// Fractions of a second and rates: three digits are plenty. Writes `null` for what is no finite number.
    mutating func member(_ key: StaticString, rounded value: Double?) {
        self.key(key)
        guard let value, value.isFinite else { return literal("null") }
        literal(String((value * 1_000).rounded() / 1_000))
    }

    mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { string(UnsafeRawBufferPointer($0)) }
    }

    /// Text as it stands in an arena; invalid UTF-8 is repaired.
    mutating func string(_ text: UnsafeRawBufferPointer) {
        separate()
        output.json(string: text)
    }

    mutating func number(_ value: Int) { literal(String(value)) }

    /// A number in the spelling of its text.
    mutating func number(text: String) { literal(text) }

    mutating func null() { literal("null") }

    /// A key that comes from data.
    mutating func key(_ text: String) {
        string(text)
        output.append(":")
        needsComma = false
    }

    mutating func key(_ key: StaticString) {
        separate()
        output.append("\"")
        output.append(key)
        output.append("\":")
        needsComma = false
    }

    /// A value that `write` appends as JSON itself.
    mutating func value(_ write: (inout OutputBuffer) -> Void) {
        separate()
        write(&output)
    }

    private mutating func literal(_ text: String) {
        separate()
        output.append(utf8: text)
    }

    private mutating func enclosed(_ open: StaticString, _ close: StaticString, _ content: (inout JSONAnswer) -> Void) {
        separate()
        output.append(open)
        needsComma = false
        content(&self)
        output.append(close)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { output.append(",") }
        needsComma = true
    }
}
