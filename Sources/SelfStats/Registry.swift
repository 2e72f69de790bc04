/// Every number that Loupe shows about itself: one table, put together at the start and read whenever someone asks. What others
/// keep, such as the metrics made of spans, comes from `sources` into the same answer.
public struct Registry: Sendable {
    /// Families as they are when asked for, for an answer of the given format.
    public typealias Source = @Sendable (ExpositionFormat) -> [FamilySnapshot]

    let families: [Family]
    private let sources: [Source]

    /// The names must be well-formed and different: a wrong one is a mistake in our table and stops the start.
    /// - Parameter sources: of them, families are left out whose name is taken: a scraper refuses an answer with one name twice.
    public init(_ families: [Family], sources: [Source] = []) {
        for family in families { precondition(Self.isName(family.name), "bad metric name \(family.name)") }
        precondition(Set(families.map(\.name)).count == families.count, "two metrics of one name")
        self.families = families
        self.sources = sources
    }

    /// `[a-zA-Z_:][a-zA-Z0-9_:]*`
    static func isName(_ text: String) -> Bool {
        func isStart(_ byte: UInt8) -> Bool {
            (65...90).contains(byte) || (97...122).contains(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ":")
        }
        guard let first = text.utf8.first, isStart(first) else { return false }
        return text.utf8.allSatisfy { isStart($0) || (48...57).contains($0) }
    }

    /// The text that `/metrics` answers.
    public func exposition(_ format: ExpositionFormat) -> [UInt8] {
        var writer = ExpositionWriter(format: format)
        for family in families { writer.write(family) }
        var names = Set(families.map(\.name))
        for source in sources {
            for family in source(format) where Self.isName(family.name) && names.insert(family.name).inserted { writer.write(family) }
        }
        return writer.finish()
    }
}
