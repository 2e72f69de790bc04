import Glibc

/// Where a table or a waterfall is printed: how wide it is, and whether it has colours.
struct Terminal {
    var width: Int
    var hasColours: Bool

    /// The terminal of standard output; for a file or a pipe 100 columns without colours.
    static func current(_ environment: [String: String]) -> Terminal {
        let isTerminal = isatty(STDOUT_FILENO) == 1
        var size = winsize()
        let isKnown = isTerminal && ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        let width = isKnown ? Int(size.ws_col) : environment["COLUMNS"].flatMap { Int($0) } ?? 100
        let wantsNone = environment["NO_COLOR"].map { !$0.isEmpty } ?? false        // https://no-color.org
        return Terminal(width: max(40, min(width, 400)), hasColours: isTerminal && !wantsNone && environment["TERM"] != "dumb")
    }

    enum Style: String {
        case bold = "1", dim = "2", red = "31"
    }

    func styled(_ text: String, _ style: Style) -> String { hasColours && !text.isEmpty ? "\u{1b}[\(style.rawValue)m\(text)\u{1b}[0m" : text }

    /// One of six colours, red not among them: it means an error.
    func tinted(_ text: String, _ number: Int) -> String {
        hasColours && !text.isEmpty ? "\u{1b}[\([36, 32, 33, 35, 34, 96][number % 6])m\(text)\u{1b}[0m" : text
    }
}

extension String {
    /// Without characters that would move the cursor, change colours or turn the writing direction: span names come from anyone.
    var printable: String {
        let isHarmless: (Unicode.Scalar) -> Bool = { scalar in
            switch scalar.value {
            case 0..<0x20, 0x7f..<0xa0, 0x200e...0x200f, 0x2028...0x202e, 0x2066...0x2069: false
            default: true
            }
        }
        guard !unicodeScalars.allSatisfy(isHarmless) else { return self }
        var text = String.UnicodeScalarView()
        for scalar in unicodeScalars { text.append(isHarmless(scalar) ? scalar : "\u{fffd}") }
        return String(text)
    }

    /// Columns of a terminal.
    var columns: Int { reduce(0) { $0 + $1.columns } }

    /// Exactly `count` columns: cut with `…`, or filled up with blanks.
    func fitted(_ count: Int) -> String {
        let width = columns
        if width <= count { return self + String(repeating: " ", count: count - width) }
        var text = ""
        var used = 0
        for character in self {
            guard used + character.columns < count else { break }
            text.append(character)
            used += character.columns
        }
        return text + "…" + String(repeating: " ", count: max(0, count - used - 1))
    }

    /// With blanks in front.
    func rightAligned(_ count: Int) -> String { String(repeating: " ", count: max(0, count - columns)) + self }
}

extension Character {
    /// Two for what East Asian and emoji fonts draw wide. Source: Unicode Standard Annex 11, the large blocks of it.
    fileprivate var columns: Int {
        switch unicodeScalars.first?.value ?? 0 {
        case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f, 0xff00...0xff60,
             0xffe0...0xffe6, 0x1f300...0x1faff, 0x20000...0x3fffd: 2
        default: 1
        }
    }
}
