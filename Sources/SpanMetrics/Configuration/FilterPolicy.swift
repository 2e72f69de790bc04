/// One of `filter_policies`: which spans a processor takes.
public struct FilterPolicy: Equatable, Sendable {
    public enum Effect: Equatable, Sendable {
        /// All policies of this kind have to match.
        case include
        /// One of this kind has to match.
        case includeAny
        case exclude
    }

    public enum Match: Equatable, Sendable { case strict, regex }

    /// A value as configured; in a `strict` match, types matter.
    public enum Value: Equatable, Sendable {
        case string(String)
        case int(Int64)
        case double(Double)
        case bool(Bool)
    }

    public struct Condition: Equatable, Sendable {
        /// `resource.X`, `span.X`, `kind`, `name` or `status`.
        public var key: String
        public var value: Value

        public init(key: String, value: Value) {
            self.key = key
            self.value = value
        }
    }

    public var effect: Effect
    public var match: Match
    /// All of them have to hold.
    public var conditions: [Condition]

    public init(_ effect: Effect, _ match: Match, _ conditions: [Condition]) {
        self.effect = effect
        self.match = match
        self.conditions = conditions
    }
}
