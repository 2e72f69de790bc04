import Foundation
import Testing

@testable import Settings

/// The documents that are made from the table. `make documents` rewrites them.
@Suite struct DocumentTests {
    private static let top = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let mayWrite = ProcessInfo.processInfo.environment["LOUPE_WRITE_DOCUMENTS"] != nil

    @Test("the README's table of settings is the table in the code")
    func readme() throws {
        let file = Self.top.appending(path: "README.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        let parts = text.components(separatedBy: "<!-- settings -->\n")
        try #require(parts.count == 3, "README.md holds the table between two marks <!-- settings -->")
        let wanted = parts[0] + "<!-- settings -->\n" + HelpText.markdownTable + "<!-- settings -->\n" + parts[2]
        if Self.mayWrite { try wanted.write(to: file, atomically: true, encoding: .utf8) }
        #expect(Self.mayWrite || text == wanted, "README.md is behind the table of settings; run: make documents")
    }

    @Test("the example file explains every setting, and its text is the table's")
    func example() throws {
        let file = Self.top.appending(path: "deploy/loupe.example.yaml")
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        if Self.mayWrite { try HelpText.exampleFile.write(to: file, atomically: true, encoding: .utf8) }
        #expect(Self.mayWrite || text == HelpText.exampleFile, "deploy/loupe.example.yaml is behind the table of settings; run: make documents")
    }

    @Test("the example file is valid as it stands, and with every line switched on")
    func exampleIsValid() throws {
        #expect(try configuration("--config loupe.yaml", file: HelpText.exampleFile).memoryBytes == Configuration().memoryBytes)
        let lines = HelpText.exampleFile.split(separator: "\n").map { $0.hasPrefix("#") && !$0.hasPrefix("# ") ? $0.dropFirst() : $0 }
        let settings = try configuration("--config loupe.yaml", file: lines.joined(separator: "\n"))
        for setting in Setting.table where setting.isAllowedInFile {
            guard case .file = settings.source(of: setting.name) else {
                Issue.record("\(setting.name) is not in the example file")
                continue
            }
        }
    }

    @Test("names, flags and variables are different and plain; every row says something", arguments: Setting.table)
    func rows(_ setting: Setting) {
        #expect(setting.name.allSatisfy { $0 == "-" || ("a"..."z").contains($0) })
        #expect(Setting.table.filter { $0.name == setting.name }.count == 1)
        #expect(!setting.summary.isEmpty && !setting.summary.hasSuffix("."))
        #expect(setting.detail.isEmpty || setting.detail.hasSuffix("."))
        #expect(HelpText.overview.contains("\(setting.flag) \(setting.placeholder)"))
    }

    @Test("a default is a value that its setting takes", arguments: Setting.table)
    func defaults(_ setting: Setting) throws {
        guard !setting.defaultText.isEmpty, setting.name != "data" else { return }
        var settings = Configuration()
        try setting.read(setting.defaultText, &settings)
        #expect(setting.text(in: settings) == setting.defaultText)
        #expect(settings == Configuration())
    }
}
