/// A piece of the text.
struct Token: Equatable {
    enum Kind: Equatable {
        /// A name, which may be a keyword; `text` has it.
        case name
        /// A name with a colon, of a metric only.
        case metricName
        case number(Double)
        case duration(millis: Int64)
        case string(String)
        /// Punctuation and operators.
        case symbol(String)
        case end
        /// What is no token, and why.
        case invalid(String)
    }

    var kind: Kind
    /// In bytes from the start of the text.
    var offset: Int
    /// The bytes as they stand there.
    var text: String

    /// As errors name it.
    var words: String {
        switch kind {
        case .name, .metricName: Binary.Operator(rawValue: text.lowercased()) != nil ? "<op:\(text.lowercased())>" : "identifier \"\(text)\""
        case .number: "number \"\(text)\""
        case .duration: "duration \"\(text)\""
        case .string: "string \(text)"
        case .symbol(")"): "right parenthesis ')'"
        case .symbol(let symbol): Binary.Operator(rawValue: symbol) != nil ? "<op:\(symbol)>" : "\"\(symbol)\""
        case .end: "end of input"
        case .invalid(let words): words
        }
    }
}
