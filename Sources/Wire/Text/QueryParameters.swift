/// The parameters of a query string, decoded, in order: `a=1&b=x%20y&b=z+w&flag`.
public struct QueryParameters: Sendable {
    public let all: [(name: String, value: String)]

    /// - Parameter query: as `RequestHead.query` has it: without `?`, still encoded. nil has no parameters.
    public init(_ query: String?) {
        all = (query ?? "").split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (Percent.decode(parts[0], plusIsSpace: true), parts.count > 1 ? Percent.decode(parts[1], plusIsSpace: true) : "")
        }
    }

    /// The first value of `name`; empty for a parameter without `=`, nil when there is none.
    public subscript(name: String) -> String? { all.first { $0.name == name }?.value }

    public func values(of name: String) -> [String] { all.filter { $0.name == name }.map(\.value) }
}

extension RequestHead {
    public var parameters: QueryParameters { QueryParameters(query) }

    /// The path's segments between slashes, each decoded; empty segments (`//`, a trailing `/`) are left out.
    /// An escaped slash stays inside of its segment.
    public var pathSegments: [String] { path.split(separator: "/").map { Percent.decode($0) } }
}
