/// The table of settings as text: for a terminal, for the README, for the example file.
public enum HelpText {
    /// What `loupe help` prints. No line is wider than 100 columns.
    public static var overview: String {
        var text = """
            loupe keeps OpenTelemetry traces, answers as Grafana Tempo and shows them in a browser.

            Usage:
              loupe [serve] [--SETTING VALUE]…   start; stop with Ctrl-C or SIGTERM
              loupe serve --check-config         say whether the settings are right, and stop
              loupe query '{ TRACEQL }'          search, or metrics as a table; loupe help query says more
              loupe trace ID                     draw one trace
              loupe help [SETTING]               this text, or all about one setting
              loupe version

            A flag wins over the environment variable (LOUPE_ and the name in capitals: LOUPE_OTLP_GRPC),
            which wins over the key of the same name in the YAML file, which wins over the default.

            """
        for section in Setting.Section.allCases {
            text += "\n\(section.rawValue):\n"
            for setting in Setting.table where setting.section == section { text += row(setting) }
        }
        return text
    }

    /// What `loupe help query` and `loupe help trace` print.
    public static var client: String {
        var text = """
            loupe query and loupe trace ask a running Loupe, or a data directory that none uses.

            Usage:
              loupe query '{ status = error } | select(span.http.route)' [OPTION]…
              loupe query '{ } | rate() by (resource.service.name)' [OPTION]…
              loupe trace ID [OPTION]…

            Options of query and trace:

            """
        for option in ClientOption.table where option.commands.contains("trace") { text += row(option) }
        text += "\nOptions of query alone:\n"
        for option in ClientOption.table where !option.commands.contains("trace") { text += row(option) }
        return text + "\nThe exit code is 0 when there was an answer, 1 when there was none, 2 when the question was wrong.\n"
    }

    private static func row(_ setting: Setting) -> String { row(setting.flag, setting.placeholder, setting.summary, setting.defaultText) }
    private static func row(_ option: ClientOption) -> String { row(option.flag, option.placeholder, option.summary, option.defaultText) }

    private static func row(_ flag: String, _ placeholder: String, _ summary: String, _ defaultText: String) -> String {
        let left = "  \(flag) \(placeholder)"
        let column = 28
        let gap = left.count + 1 < column ? String(repeating: " ", count: column - left.count) : "\n" + String(repeating: " ", count: column)
        var text = left + gap + summary + "\n"
        if !defaultText.isEmpty { text += String(repeating: " ", count: column) + "[\(defaultText)]\n" }
        return text
    }

    /// What `loupe help SETTING` prints.
    public static func page(of setting: Setting) -> String {
        var text = "\(setting.flag) \(setting.placeholder)\n\n\(setting.summary).\n"
        if !setting.detail.isEmpty { text += wrapped(setting.detail, width: 90) + "\n" }
        text += "\n"
        if !setting.allowed.isEmpty { text += "Values:       \(setting.allowed)\n" }
        text += "Default:      \(setting.defaultText.isEmpty ? "none" : setting.defaultText)\n"
        text += "Environment:  \(setting.variable)\n"
        if setting.isAllowedInFile { text += "File:         \(setting.name): \(exampleValue(setting))\n" }
        return text
    }

    /// The table of the README, in Markdown.
    public static var markdownTable: String {
        var text = "| Flag and file key | Environment | Default | |\n|---|---|---|---|\n"
        for setting in Setting.table {
            let standard = setting.defaultText.isEmpty ? "" : setting.name == "data" ? setting.defaultText : "`\(setting.defaultText)`"
            let note = setting.allowed.isEmpty ? "" : " (\(setting.allowed))"
            text += "| `\(setting.flag)` | `\(setting.variable)` | \(standard) | \((setting.summary + note).replacing("|", with: "\\|")) |\n"
        }
        return text
    }

    /// A file that explains every setting and sets none.
    public static var exampleFile: String {
        var text = """
            # Settings of Loupe. Every line is commented out and shows the default; remove the # to change one.
            # Use it with: loupe --config loupe.yaml     Check it with: loupe serve --check-config --config loupe.yaml
            # A flag (--retention 30d) or an environment variable (LOUPE_RETENTION=30d) wins over this file.

            """
        for section in Setting.Section.allCases {
            let settings = Setting.table.filter { $0.section == section && $0.isAllowedInFile }
            guard !settings.isEmpty else { continue }
            text += "\n# ---- \(section.rawValue)\n"
            for setting in settings {
                let values = setting.allowed.isEmpty ? "" : " Values: \(setting.allowed)."
                let standard = setting.name == "data" ? " Default: \(setting.defaultText)." : ""
                text += "\n" + wrapped("\(setting.summary).\(values)\(standard) \(setting.detail)", width: 110, prefix: "# ")
                text += "\n#\(setting.name): \(exampleValue(setting))\n"
            }
        }
        return text
    }

    /// A value in YAML: the default, or the placeholder of a setting that has none.
    private static func exampleValue(_ setting: Setting) -> String {
        if setting.isList { return "[" + setting.defaultText.split(separator: ",").map { "\"\($0)\"" }.joined(separator: ", ") + "]" }
        if setting.name == "data" { return "/var/lib/loupe" }
        if setting.defaultText.isEmpty { return "/etc/loupe/\(setting.name).pem" }
        return setting.defaultText
    }

    static func wrapped(_ text: String, width: Int, prefix: String = "") -> String {
        var lines: [String] = []
        var line = prefix
        for word in text.split(separator: " ") {
            if line.count > prefix.count, line.count + 1 + word.count > width {
                lines.append(line)
                line = prefix
            }
            line += (line.count > prefix.count ? " " : "") + word
        }
        return (lines + [line]).joined(separator: "\n")
    }
}
