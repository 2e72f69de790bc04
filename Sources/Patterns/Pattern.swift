internal import CRE2

/// A regular expression, as `=~` and `!~` apply it: it has to match a text from end to end, dot matches newlines too, case matters.
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
    private nonisolated(unsafe) let compiled: OpaquePointer

    public init(_ text: String) throws(Failure) {
        var text = text
        compiled = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { cre2_compile($0.baseAddress, $0.count, Self.memoryBytes) }
        }
        if let error = cre2_error(compiled) { throw Failure(message: String(cString: error)) }
    }

    deinit { cre2_free(compiled) }

    public func matches(_ bytes: UnsafeRawBufferPointer) -> Bool {
        cre2_matches(compiled, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
    }

    /// How many groups there are; the whole is group 0 and not counted.
    public var groups: Int { cre2_groups(compiled) }

    /// The number of the group `name`, as `(?P<name>…)` has it.
    public func group(_ name: String) -> Int? {
        var name = name
        let number = name.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { cre2_group(compiled, $0.baseAddress, $0.count) }
        }
        return number == 0 ? nil : number
    }

    /// Where each group lies in `bytes`, the whole first; nil for a group that took no part. Nil when the pattern does not match.
    public func captures(_ bytes: UnsafeRawBufferPointer) -> [Range<Int>?]? {
        let count = groups + 1
        var begins = [Int](repeating: -1, count: count), ends = begins
        guard cre2_capture(compiled, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count, count, &begins, &ends) else {
            return nil
        }
        return zip(begins, ends).map { begin, end in begin < 0 ? nil : begin..<end }
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
