/// What a command line asks for.
public enum Command: Equatable, Sendable {
    case serve(Configuration)
    case checkConfig(Configuration)
    case query(ClientCommand)
    case trace(ClientCommand)
    case version
    /// Text to print.
    case help(String)

    static let names = ["serve"] + ClientCommand.names + ["version", "help"]

    /// Reads a command line, its environment, and the file that either names. Nothing else is looked at and nothing is
    /// changed, so the outcome depends on the arguments alone.
    ///
    /// - Parameter arguments: without the program's own name.
    /// - Parameter readFile: the bytes of a file, or why they cannot be had.
    public static func parse(
        arguments: [String], environment: [String: String], readFile: (String) -> Result<[UInt8], FileFault>
    ) -> Result<Command, UsageError> {
        if arguments.first == "help" { return help(arguments.dropFirst().first) }
        if let first = arguments.first, ClientCommand.names.contains(first) {
            return ClientCommand.parse(first, arguments.dropFirst(), home: environment["HOME"])
        }
        let line = ArgumentList(arguments)
        let command = line.words.first ?? "serve"
        let rest = line.words.dropFirst()
        var problems = line.problems
        switch command {
        case _ where !names.contains(command):
            return .failure(UsageError(problems + [unknown(command)]))
        case _ where line.wantsHelp:
            return .success(.help(HelpText.overview))
        case "version":
            guard rest.isEmpty, line.assignments.isEmpty, problems.isEmpty else {
                return .failure(UsageError(["version takes no arguments"]))
            }
            return .success(.version)
        default:
            if line.wantsVersion { return .success(.version) }
            if let extra = rest.first { problems.append("serve takes no argument \"\(extra)\"; settings are written --name VALUE") }
        }
        var layers = Layers(environment: environment)
        layers.problems = problems
        let configuration = layers.resolve(flags: line.assignments, readFile: readFile)
        guard layers.problems.isEmpty else { return .failure(UsageError(layers.problems)) }
        return .success(line.wantsCheck ? .checkConfig(configuration) : .serve(configuration))
    }

    private static func help(_ topic: String?) -> Result<Command, UsageError> {
        if let topic, ClientCommand.names.contains(topic) { return .success(.help(HelpText.client)) }
        guard var topic, !names.contains(topic) else { return .success(.help(HelpText.overview)) }
        while topic.hasPrefix("-") { topic.removeFirst() }
        if let setting = Setting.named(topic) { return .success(.help(HelpText.page(of: setting))) }
        return .failure(UsageError(["no setting is called \"\(topic)\"" + suggestion(for: topic, in: Setting.table.map(\.name))
            + "; loupe help lists them all"]))
    }

    private static func unknown(_ word: String) -> String {
        "no command is called \"\(word)\"" + suggestion(for: word, in: names) + "; the commands are \(names.joined(separator: ", "))"
    }
}

/// Why a command line was refused: exit code 2. Every problem is one line.
public struct UsageError: Error, Equatable, CustomStringConvertible {
    public var problems: [String]

    init(_ problems: [String]) { self.problems = problems }

    /// Ready for standard error.
    public var description: String { problems.map { "loupe: \($0)" }.joined(separator: "\n") }
}

/// Why a file could not be read, in the system's words.
public struct FileFault: Error, Equatable {
    public var reason: String
    public init(_ reason: String) { self.reason = reason }
}

/// The arguments sorted into kinds, before any is looked up in the table.
struct ArgumentList {
    struct Assignment: Equatable {
        var setting: Setting
        var value: String
        static func == (a: Assignment, b: Assignment) -> Bool { a.setting.name == b.setting.name && a.value == b.value }
    }

    private(set) var words: [String] = []
    private(set) var assignments: [Assignment] = []
    private(set) var wantsHelp = false
    private(set) var wantsVersion = false
    private(set) var wantsCheck = false
    private(set) var problems: [String] = []

    init(_ arguments: [String]) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "-h", "--help": wantsHelp = true
            case "--version": wantsVersion = true
            case "--check-config": wantsCheck = true
            case _ where argument.hasPrefix("-") && argument != "-": takeFlag(argument, &rest)
            default: words.append(argument)
            }
        }
    }

    private mutating func takeFlag(_ argument: String, _ rest: inout ArraySlice<String>) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let flag = String(parts[0])
        guard let setting = Setting.table.first(where: { $0.flag == flag }) else {
            let switches = ["--check-config", "--help", "--version"]
            if switches.contains(flag) { return problems.append("\(flag) takes no value") }
            // What follows was probably meant as its value, not as a command.
            if parts.count == 1, let value = rest.first, !value.hasPrefix("-"), !Command.names.contains(value) { rest.removeFirst() }
            let dashes = flag.hasPrefix("--") ? flag : "-" + flag
            return problems.append("no setting is called \(flag)" + suggestion(for: dashes, in: Setting.table.map(\.flag) + switches)
                + "; loupe help lists them all")
        }
        if parts.count == 2 {
            assignments.append(Assignment(setting: setting, value: String(parts[1])))
        } else if let value = rest.first, !value.hasPrefix("--") {
            rest.removeFirst()
            assignments.append(Assignment(setting: setting, value: value))
        } else {
            problems.append("\(flag) needs a value; write \(flag) \(setting.placeholder)")
        }
    }
}

/// `, did you mean X?` when some name is near, else nothing.
func suggestion(for text: String, in names: [String]) -> String {
    nearestName(to: text, in: names).map { " (did you mean \($0)?)" } ?? ""
}
