internal import CRE2

extension Pattern {
    /// A match within a text, by bytes.
    public struct Match: Equatable, Sendable {
        public var range: Range<Int>
        /// Of each group in the order of the pattern; nil for one that took no part.
        public var groups: [Range<Int>?]

        public init(range: Range<Int>, groups: [Range<Int>?]) {
            self.range = range
            self.groups = groups
        }
    }

    /// How many groups there are, the whole not counted.
    public var groups: Int { max(0, Int(cre2_groups(compiled))) }

    /// The names of the groups, in the order of the pattern; nil for a group without a name.
    public var groupNames: [String?] {
        (0..<groups).map { group in cre2_group_name(compiled, Int32(group + 1)).map { String(cString: $0) } }
    }

    /// The number of the group `name`, as `(?P<name>…)` has it; the whole is number 0.
    public func group(_ name: String) -> Int? { groupNames.firstIndex(of: name).map { $0 + 1 } }

    /// Where each group lies in `bytes`, the whole first; nil for a group that took no part. Nil when the pattern does not match
    /// from end to end.
    public func captures(_ bytes: UnsafeRawBufferPointer) -> [Range<Int>?]? {
        match(in: bytes, from: 0, whole: true).map { [$0.range] + $0.groups }
    }

    /// Whether the pattern occurs anywhere in `bytes`.
    public func occurs(in bytes: UnsafeRawBufferPointer) -> Bool {
        var bounds: (Int, Int) = (0, 0)
        return withUnsafeMutableBytes(of: &bounds) { search(bytes, from: 0, whole: false, groups: 0, $0) }
    }

    /// The first match that begins at `from` or later.
    public func firstMatch(in bytes: UnsafeRawBufferPointer, from: Int = 0) -> Match? { match(in: bytes, from: from, whole: false) }

    private func match(in bytes: UnsafeRawBufferPointer, from: Int, whole: Bool) -> Match? {
        guard (0...bytes.count).contains(from) else { return nil }
        let groups = groups
        return withUnsafeTemporaryAllocation(of: Int.self, capacity: 2 * (groups + 1)) { bounds in
            guard search(bytes, from: from, whole: whole, groups: groups, UnsafeMutableRawBufferPointer(bounds)) else { return nil }
            func range(_ group: Int) -> Range<Int>? { bounds[2 * group] < 0 ? nil : bounds[2 * group]..<bounds[2 * group + 1] }
            return range(0).map { Match(range: $0, groups: (0..<groups).map { range($0 + 1) }) }
        }
    }

    /// Where the pattern occurs, from left to right and without overlaps; an empty match follows no other match directly, as in Go.
    public func allMatches(in bytes: UnsafeRawBufferPointer) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var from = 0
        while from <= bytes.count, let match = firstMatch(in: bytes, from: from)?.range {
            if !match.isEmpty || found.last?.upperBound != match.lowerBound { found.append(match) }
            // Past an empty match by a whole character.
            from = match.upperBound
            if match.isEmpty {
                from += 1
                while from < bytes.count, bytes[from] & 0xc0 == 0x80 { from += 1 }
            }
        }
        return found
    }

    private func search(_ bytes: UnsafeRawBufferPointer, from: Int, whole: Bool, groups: Int, _ bounds: UnsafeMutableRawBufferPointer) -> Bool {
        guard let room = bounds.baseAddress?.assumingMemoryBound(to: Int.self) else { return false }
        return cre2_search(compiled, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count, from, whole, Int32(groups), room)
    }
}
