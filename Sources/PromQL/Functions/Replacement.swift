internal import Patterns

/// What `label_replace` writes: text in which `$1`, `${1}`, `$name` and `$$` stand for something else.
struct Replacement {
    private enum Part { case text([UInt8]), group(Int) }

    private var parts: [Part] = []

    /// A reference takes the longest run of letters, digits and `_`; one to a group that there is not is empty.
    init(_ template: String, _ pattern: Pattern) {
        var rest = Array(template.utf8)[...]
        while let dollar = rest.firstIndex(of: UInt8(ascii: "$")) {
            parts.append(.text(Array(rest[..<dollar])))
            rest = rest[(dollar + 1)...]
            if rest.first == UInt8(ascii: "$") {
                parts.append(.text([UInt8(ascii: "$")]))
                rest = rest.dropFirst()
                continue
            }
            let isBraced = rest.first == UInt8(ascii: "{")
            let name = (isBraced ? rest.dropFirst() : rest).prefix(while: \.isNameByte)
            guard !name.isEmpty, !isBraced || (name.endIndex < rest.endIndex && rest[name.endIndex] == UInt8(ascii: "}")) else {
                parts.append(.text([UInt8(ascii: "$")]))
                continue
            }
            rest = rest[(name.endIndex + (isBraced ? 1 : 0))...]
            let text = String(decoding: name, as: UTF8.self)
            let isNumber = name.allSatisfy(\.isDigit)
            if let group = isNumber ? Int(text) : pattern.group(text), group <= pattern.groups { parts.append(.group(group)) }
        }
        parts.append(.text(Array(rest)))
    }

    func text(_ source: UnsafeRawBufferPointer, _ captures: [Range<Int>?]) -> String {
        var bytes: [UInt8] = []
        for part in parts {
            switch part {
            case .text(let text): bytes += text
            case .group(let group):
                if let range = captures[group] { bytes += source[range] }
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
