/// Why a request given as JSON was refused, and where: the byte, its line and column (both from 1, in bytes), and the path of
/// keys that leads there.
public struct JSONError: Error, Equatable, Sendable {
    public var message: String
    public var offset: Int
    public var line: Int
    public var column: Int
    /// Such as `resourceSpans[0].scopeSpans[1].spans[3].traceId`; empty at the top.
    public var path: String

    init(_ failure: JSONFailure, in text: UnsafeRawBufferPointer) {
        message = failure.message
        offset = failure.offset
        let before = UnsafeRawBufferPointer(rebasing: text[..<min(failure.offset, text.count)])
        let newline = UInt8(ascii: "\n")
        line = before.reduce(1) { $1 == newline ? $0 + 1 : $0 }
        column = before.count - (before.lastIndex(of: newline) ?? -1)
        path = Self.path(at: before)
    }

    /// Walks the text once more, up to where it failed: the way there is only kept when someone asks for it.
    private static func path(at before: UnsafeRawBufferPointer) -> String {
        var steps: [Step] = []
        var index = 0
        while index < before.count {
            switch before[index] {
            case UInt8(ascii: "{"): steps.append(.key(0..<0))
            case UInt8(ascii: "["): steps.append(.index(0))
            case UInt8(ascii: "}"), UInt8(ascii: "]"): _ = steps.popLast()
            case UInt8(ascii: ","):
                switch steps.popLast() {
                case .index(let element): steps.append(.index(element + 1))
                case .key: steps.append(.key(0..<0))
                case nil: break
                }
            case UInt8(ascii: "\""):
                let start = index + 1
                index = start
                while index < before.count, before[index] != UInt8(ascii: "\"") { index += before[index] == UInt8(ascii: "\\") ? 2 : 1 }
                if case .key(let key) = steps.last, key.isEmpty { steps[steps.count - 1] = .key(start..<min(index, before.count)) }
            default: break
            }
            index += 1
        }
        return text(of: steps, in: before)
    }

    private enum Step {
        case key(Range<Int>)
        case index(Int)
    }

    private static func text(of steps: [Step], in text: UnsafeRawBufferPointer) -> String {
        var path = ""
        for step in steps {
            if path.utf8.count > 500 { return path + "…" }
            switch step {
            case .index(let element): path += "[\(element)]"
            case .key(let key) where !key.isEmpty:
                path += (path.isEmpty ? "" : ".") + String(decoding: text[key.prefix(80)], as: UTF8.self)
            case .key: break
            }
        }
        return path
    }
}

extension JSONError: CustomStringConvertible {
    public var description: String {
        "\(path.isEmpty ? "" : path + ": ")\(message) (line \(line), column \(column), byte \(offset))"
    }
}
