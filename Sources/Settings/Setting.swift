/// One row of the table of settings: everything that the help, the README, the example file and the validation know
/// about a setting. Flag, variable and file key follow from the name.
public struct Setting: Sendable {
    public enum Section: String, CaseIterable, Sendable {
        case general = "General"
        case listeners = "Listeners"
        case storage = "Storage"
        case limits = "Limits"
        case metrics = "Metrics"
        case access = "TLS and browsers"
        case logging = "Logging"
    }

    /// Also the key in the file.
    public let name: String
    public let section: Section
    /// What stands for the value: `SIZE`, `HOST:PORT`, `on|off`.
    public let placeholder: String
    /// What is allowed, in words; empty when the placeholder says it.
    public let range: String
    /// As one would write it. Empty for a setting that has none.
    public let defaultText: String
    /// One line, without a full stop.
    public let summary: String
    /// The rest of the story, one paragraph; may be empty.
    public let detail: String
    public let isList: Bool

    /// Reads a text into its place.
    let read: @Sendable (String, inout Configuration) throws(Fault) -> Void
    private let write: @Sendable (Configuration) -> String

    public var flag: String { "--\(name)" }
    public var variable: String { "LOUPE_" + String(name.map { $0 == "-" ? "_" : $0 }).uppercased() }
    /// What is allowed, in words, also where the placeholder says it; empty when any text may be a value.
    public var allowed: String { range.isEmpty && placeholder.contains("|") ? placeholder : range }
    /// A file cannot name the file to read.
    public var isAllowedInFile: Bool { name != "config" }

    /// The value in `configuration`, as one would write it.
    public func text(in configuration: Configuration) -> String { write(configuration) }

    init<Value>(
        _ name: String, _ section: Section, _ place: any WritableKeyPath<Configuration, Value> & Sendable, _ form: Form<Value>,
        defaultText: String? = nil, _ summary: String, _ detail: String = ""
    ) {
        self.name = name
        self.section = section
        placeholder = form.placeholder
        range = form.range
        isList = form.isList
        self.defaultText = defaultText ?? form.write(Configuration()[keyPath: place])
        self.summary = summary
        self.detail = detail
        read = { text, configuration throws(Fault) in configuration[keyPath: place] = try form.read(text) }
        write = { form.write($0[keyPath: place]) }
    }
}
