/// Which Loupe this is.
public struct BuildInfo: Sendable {
    public var version: String
    /// The commit, possibly shortened.
    public var revision: String
    public var branch: String
    /// RFC 3339 date.
    public var date: String

    /// The Tempo whose API is answered. Grafana 10 to 11.2 streams searches only from 2.2.0 on, metrics from 2.7.0.
    public static let tempoVersion = "2.9.0"

    public init(version: String, revision: String, branch: String = "main", date: String = "") {
        self.version = version
        self.revision = revision
        self.branch = branch
        self.date = date
    }
}
