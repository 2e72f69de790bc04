/// What `loupe query` or `loupe trace` was asked: a question to a running Loupe, or to a data directory that none uses.
public struct ClientCommand: Equatable, Sendable {
    public enum Source: Equatable, Sendable {
        case url(String)
        case directory(String)
    }
    public enum Output: String, CaseIterable, Sendable { case table, json }

    /// A query in TraceQL, or the id of a trace.
    public var text = ""
    public var source = Source.url(Self.standardURL)
    public var output = Output.table
    /// How far back a query looks, as it was written.
    public var since = "1h"
    /// How many traces a search shows.
    public var limit = 20
    /// Between the samples of a metrics query, as it was written; nil: what suits the range.
    public var step: String?

    public static let standardURL = "http://127.0.0.1:3200"

    public init() {}
}

/// An option of these commands: how it is written, what it says, and how its text is read.
struct ClientOption: Sendable {
    let name: String
    let placeholder: String
    let summary: String
    let defaultText: String
    /// Commands that know it.
    let commands: Set<String>
    let read: @Sendable (String, inout ClientCommand) throws(Fault) -> Void

    var flag: String { "--\(name)" }

    static let table: [ClientOption] = [
        ClientOption(
            name: "since", placeholder: "DURATION", summary: "how far back to look", defaultText: "1h", commands: ["query"]
        ) { text, command throws(Fault) in
            guard try Units.duration(text) > .zero else { throw Fault("is no time at all", "write a duration such as 15m or 1h") }
            command.since = text
        },
        ClientOption(
            name: "limit", placeholder: "N", summary: "how many traces to show, the newest", defaultText: "20", commands: ["query"]
        ) { text, command throws(Fault) in
            guard let limit = Int(text), limit > 0 else { throw Fault("is not a number above 0", "write a number such as 20") }
            command.limit = limit
        },
        ClientOption(
            name: "step", placeholder: "DURATION", summary: "time between samples of a metrics query", defaultText: "what suits the range", commands: ["query"]
        ) { text, command throws(Fault) in
            guard try Units.duration(text) > .zero else { throw Fault("is no time at all", "write a duration such as 30s or 1m") }
            command.step = text
        },
        ClientOption(
            name: "output", placeholder: "table|json", summary: "for people, or the API's answer as it is", defaultText: "table",
            commands: ["query", "trace"]
        ) { text, command throws(Fault) in
            command.output = try Form<ClientCommand.Output>.choice.read(text)
        },
        ClientOption(
            name: "url", placeholder: "URL", summary: "a running Loupe, its API's address", defaultText: ClientCommand.standardURL,
            commands: ["query", "trace"]
        ) { text, command throws(Fault) in
            guard text.hasPrefix("http://"), text.count > 7 else { throw Fault("is no http:// URL", "write \(ClientCommand.standardURL), for example") }
            command.source = .url(text)
        },
        ClientOption(
            name: "data", placeholder: "DIR", summary: "read this data directory, which no Loupe may be using", defaultText: "",
            commands: ["query", "trace"]
        ) { text, command throws(Fault) in
            command.source = .directory(try Form<String>.path("DIR").read(text))
        },
    ]
}
