extension ClientCommand {
    static let names = ["query", "trace"]

    /// - Parameter arguments: what follows the command's name.
    static func parse(_ command: String, _ arguments: some Sequence<String>, home: String?) -> Result<Command, UsageError> {
        if arguments.contains(where: { $0 == "-h" || $0 == "--help" }) { return .success(.help(HelpText.client)) }
        var reader = ClientArguments(command)
        reader.take(Array(arguments)[...])
        guard reader.problems.isEmpty else { return .failure(UsageError(reader.problems)) }
        var result = reader.result
        if case .directory(let path) = result.source, path.hasPrefix("~/"), let home { result.source = .directory(home + path.dropFirst()) }
        return .success(command == "query" ? .query(result) : .trace(result))
    }
}

/// Reads the arguments one by one; every problem is collected, so that one run shows them all.
private struct ClientArguments {
    let command: String
    var result = ClientCommand()
    var problems: [String] = []
    private var words: [String] = []
    private var flags: Set<String> = []

    init(_ command: String) { self.command = command }

    private var options: [ClientOption] { ClientOption.table.filter { $0.commands.contains(command) } }

    mutating func take(_ arguments: ArraySlice<String>) {
        var rest = arguments
        while let argument = rest.popFirst() {
            // A query may begin with a minus only behind a brace; an option never holds one.
            if argument.hasPrefix("--") { takeFlag(argument, &rest) } else { words.append(argument) }
        }
        if flags.isSuperset(of: ["--url", "--data"]) { problems.append("--url and --data exclude each other; write one of them") }
        let example = command == "query" ? "loupe query '{ status = error }'" : "loupe trace 4bf92f3577b34da6a3ce929d0e0e4736"
        switch words.count {
        case 0: problems.append("\(command) needs \(command == "query" ? "a query" : "the id of a trace"), for example \(example)")
        case 1: result.text = words[0]
        default: problems.append("\(command) takes one argument, not \(words.count); quote it as in \(example)")
        }
    }

    private mutating func takeFlag(_ argument: String, _ rest: inout ArraySlice<String>) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let flag = String(parts[0])
        guard let option = options.first(where: { $0.flag == flag }) else {
            if parts.count == 1, let value = rest.first, !value.hasPrefix("-"), !value.hasPrefix("{") { rest.removeFirst() }
            let nearest = suggestion(for: flag, in: options.map(\.flag))
            return problems.append("\(command) has no option \(flag)\(nearest); loupe help \(command) lists them all")
        }
        guard let value = parts.count == 2 ? String(parts[1]) : rest.popFirst() else {
            return problems.append("\(flag) needs a value; write \(flag) \(option.placeholder)")
        }
        flags.insert(flag)
        do { try option.read(value, &result) } catch { problems.append("\(flag): \"\(value)\" \(error.what); \(error.fix)") }
    }
}
