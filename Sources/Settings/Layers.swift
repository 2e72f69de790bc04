/// Lays the file, the environment and the flags over the defaults. A plain value; every problem is collected, so that
/// one run shows them all.
struct Layers {
    let environment: [String: String]
    var problems: [String] = []
    private var configuration = Configuration()

    init(environment: [String: String]) { self.environment = environment }

    mutating func resolve(
        flags: [ArgumentList.Assignment], readFile: (String) -> Result<[UInt8], FileFault>
    ) -> Configuration {
        if let path = flags.last(where: { $0.setting.name == "config" })?.value ?? variable("LOUPE_CONFIG") {
            takeFile(expandingHome(path), readFile)
        }
        takeEnvironment()
        for setting in Setting.table {
            let values = flags.filter { $0.setting.name == setting.name }.map(\.value)
            guard let last = values.last else { continue }
            take(setting.isList ? values.joined(separator: ",") : last, for: setting, from: .flag(setting.flag))
        }
        if problems.isEmpty { settle() }
        return configuration
    }

    // MARK: The layers

    private mutating func takeFile(_ path: String, _ readFile: (String) -> Result<[UInt8], FileFault>) {
        do {
            let root = try YAMLNode(parsing: readFile(path).get())
            guard case .map(let entries) = root.content else {
                if !root.isNull { problems.append("\(path):1:1: the file must hold keys and values, such as memory: 512MiB") }
                return
            }
            for entry in entries { take(entry, path) }
        } catch let error as YAMLError {
            problems.append("\(path):\(error.mark.line):\(error.mark.column): \(error.message)")
        } catch let error as FileFault {
            problems.append("config: cannot read \(path): \(error.reason)")
        } catch {
            problems.append("config: cannot read \(path)")
        }
    }

    private mutating func take(_ entry: YAMLNode.Entry, _ path: String) {
        let place = "\(path):\(entry.keyMark.line):\(entry.keyMark.column)"
        guard let setting = Setting.named(entry.key), setting.isAllowedInFile else {
            let known = Setting.table.filter(\.isAllowedInFile).map(\.name)
            return problems.append(entry.key == "config"
                ? "\(place): config cannot be set in the file; use --config or LOUPE_CONFIG"
                : "\(place): no setting is called \(entry.key)" + suggestion(for: entry.key, in: known) + "; loupe help lists them all")
        }
        let source = Source.file(path: path, line: entry.value.mark.line, column: entry.value.mark.column)
        switch entry.value.content {
        case _ where entry.value.isNull:
            problems.append("\(place): \(setting.name) has no value; write one, or remove the line for the default \(setting.defaultText)")
        case .scalar(let text, _):
            take(text, for: setting, from: source)
        case .list(let items) where setting.isList:
            var texts: [String] = []
            for item in items {
                guard case .scalar(let text, _) = item.content else {
                    let place = "\(path):\(item.mark.line):\(item.mark.column)"
                    return problems.append("\(place): \(setting.name) is a list of texts; write each as - \(setting.placeholder)")
                }
                texts.append(text)
            }
            take(texts.isEmpty ? "off" : texts.joined(separator: ","), for: setting, from: source)
        case .list, .map:
            problems.append("\(place): \(setting.name) takes a single value; write \(setting.name): \(setting.placeholder)")
        }
    }

    private mutating func takeEnvironment() {
        for setting in Setting.table {
            guard let value = variable(setting.variable) else { continue }
            take(value, for: setting, from: .environment(variable: setting.variable))
        }
        let known = Setting.table.map(\.variable)
        for name in environment.keys.sorted() where name.hasPrefix("LOUPE_") && !known.contains(name) {
            configuration.warnings.append("the environment variable \(name) is not known" + suggestion(for: name, in: known) + " and is ignored")
        }
    }

    private mutating func take(_ text: String, for setting: Setting, from source: Source) {
        do {
            try setting.read(text, &configuration)
            configuration.sources[setting.name] = source
        } catch {
            problems.append("\(setting.name): \"\(text)\" \(error.what) (from \(source)); \(error.fix)")
        }
    }

    // MARK: What holds between settings

    private mutating func settle() {
        configuration.config = configuration.config.map(expandingHome)
        configuration.data = expandingHome(configuration.data)
        configuration.tlsCertificate = configuration.tlsCertificate.map(expandingHome)
        configuration.tlsKey = configuration.tlsKey.map(expandingHome)
        if configuration.data.isEmpty { settleData() }
        settleMessage()
        settleTLS()
        settleListeners()
    }

    private mutating func settleData() {
        if let base = variable("XDG_DATA_HOME"), base.hasPrefix("/") {
            configuration.data = "\(base)/loupe"
        } else if let home = variable("HOME") {
            configuration.data = "\(home)/.local/share/loupe"
        } else {
            problems.append("data: there is no default because HOME is not set; write --data DIR")
        }
    }

    private mutating func settleMessage() {
        let half = configuration.memoryBytes / 2
        guard configuration.maxMessageBytes > half else { return }
        let source = configuration.source(of: "max-message")
        guard source != .standard else { return configuration.maxMessageBytes = half }
        problems.append("max-message: \"\(Units.text(size: configuration.maxMessageBytes))\" is more than half of memory "
            + "\(Units.text(size: configuration.memoryBytes)) (from \(source)); raise memory or write at most \(Units.text(size: half))")
    }

    private mutating func settleTLS() {
        switch (configuration.tlsCertificate, configuration.tlsKey) {
        case (.some, nil): problems.append("tls-cert: needs the private key (from \(configuration.source(of: "tls-cert"))); set tls-key too")
        case (nil, .some): problems.append("tls-key: needs the certificate (from \(configuration.source(of: "tls-key"))); set tls-cert too")
        default: break
        }
    }

    private mutating func settleListeners() {
        let listeners = configuration.listeners
        for (index, one) in listeners.enumerated() {
            for other in listeners[..<index] where one.endpoint.collides(with: other.endpoint) {
                problems.append("\(one.name): \"\(one.endpoint)\" is taken by \(other.name) \(other.endpoint) "
                    + "(from \(configuration.source(of: one.name))); give one of them another port, or off")
            }
        }
    }

    // MARK: The environment

    /// An empty variable counts as unset, as it does in a compose file.
    private func variable(_ name: String) -> String? {
        guard let value = environment[name], !value.isEmpty else { return nil }
        return value
    }

    /// Shells leave the ~ of `--data=~/traces` alone, and so does YAML.
    private func expandingHome(_ path: String) -> String {
        guard path.hasPrefix("~/"), let home = variable("HOME") else { return path }
        return home + path.dropFirst()
    }
}

extension Configuration {
    /// The listeners that are on, by the names of their settings.
    public var listeners: [(name: String, endpoint: Endpoint)] {
        let all: [(String, Endpoint?)] = [
            ("otlp-grpc", otlpGRPC), ("otlp-http", otlpHTTP), ("api", api), ("metrics", metrics), ("health", health),
        ]
        return all.compactMap { name, endpoint in endpoint.map { (name, $0) } }
    }
}
