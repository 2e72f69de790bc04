internal import CRE2

/// A regular expression. `matches` is what `=~` and `!~` of TraceQL ask: a text from end to end; `Pattern+Search.swift` finds it in texts.
/// Case matters.
///
/// The syntax is RE2's, which is Go's, and so is the promise: matching takes time linear in the text. Any number of threads may
/// use one pattern at once. Syntax: https://github.com/google/re2/wiki/Syntax
public final class Pattern: Sendable {
    /// Why a text is no pattern, in RE2's words: `missing ]: [`.
    public struct Failure: Error, Equatable, Sendable {
        public var message: String

        public init(message: String) { self.message = message }
    }

    /// What a pattern's program and its automata may take. A pattern whose program needs more is refused.
    private static let memoryBytes = 4 << 20

    // RE2's matching is const and locks what it builds on the way; this object alone frees it.
    nonisolated(unsafe) let compiled: OpaquePointer

    /// - Parameter dotMatchesNewline: as TraceQL has it. Go's regular expressions do not, unless told `(?s)`.
    public init(_ text: String, dotMatchesNewline: Bool = true) throws(Failure) {
        var text = text
        compiled = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { cre2_compile($0.baseAddress, $0.count, Self.memoryBytes, dotMatchesNewline) }
        }
        if let error = cre2_error(compiled) { throw Failure(message: String(cString: error)) }
    }

    deinit { cre2_free(compiled) }

    public func matches(_ bytes: UnsafeRawBufferPointer) -> Bool {
        cre2_matches(compiled, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
    }

    /// A range, by bytes, in which every matching text lies; nil when nothing is known. What `api-.*` matches begins at `api-`.
    public var bounds: (lower: [UInt8], upper: [UInt8])? {
        let limit = 64
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 2 * limit) { memory in
            guard let lower = memory.baseAddress else { return nil }
            let upper = lower + limit
            var counts = (lower: 0, upper: 0)
            guard cre2_range(compiled, limit, lower, &counts.lower, upper, &counts.upper) else { return nil }
            func copy(_ start: UnsafeMutablePointer<CChar>, _ count: Int) -> [UInt8] {
                UnsafeBufferPointer(start: start, count: count).map { UInt8(bitPattern: $0) }
            }
            return (copy(lower, counts.lower), copy(upper, counts.upper))
        }
    }
}
