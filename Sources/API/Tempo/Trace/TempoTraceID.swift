internal import Trace

/// A trace id as it stands in a Tempo URL: 1 to 32 hexadecimal digits, shorter ones padded on the left; refusals in Tempo's words.
func parseTempoTraceID(_ text: String) throws(BadParameter) -> TraceID {
    for (index, character) in text.enumerated() where !(character.isASCII && character.isHexDigit) {
        throw BadParameter("trace IDs can only contain hex characters: invalid character '\(character)' at position \(index + 1)")
    }
    guard let id = TraceID(hex: text) else { throw BadParameter("trace IDs can't be larger than 128 bits") }
    return id
}
