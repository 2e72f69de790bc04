/// Durations and sizes as people write them.
enum Units {
    /// Longest first where one is the beginning of another.
    static let durations: [(unit: String, milliseconds: Double)] = [
        ("w", 7 * 86_400_000), ("d", 86_400_000), ("h", 3_600_000), ("ms", 1), ("m", 60_000), ("s", 1000),
    ]
    static let sizes: [(unit: String, bytes: Double)] = [
        ("TiB", 0x1p40), ("GiB", 0x1p30), ("MiB", 0x1p20), ("KiB", 0x1p10),
        ("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3), ("B", 1),
    ]

    /// Reads `7d`, `1h30m`, `1.5s`, `500ms`. Days and weeks are 24 hours and 7 days.
    static func duration(_ text: String) throws(Fault) -> Duration {
        var rest = Substring(text)
        var total = 0.0
        repeat {
            guard let number = takeNumber(&rest) else {
                throw Fault("is not a duration", "write a number and a unit (w d h m s ms), for example 7d, 12h or 1h30m")
            }
            guard let unit = durations.first(where: { rest.hasPrefix($0.unit) }) else {
                throw Fault("has no unit after \(text.dropLast(rest.count))", "the units are w d h m s ms, for example \(text.dropLast(rest.count))s")
            }
            total += number * unit.milliseconds
            rest = rest.dropFirst(unit.unit.count).drop { $0 == " " }
        } while !rest.isEmpty
        guard total < 1e15 else { throw Fault("is more than can be counted", "write a shorter duration, for example 365d") }
        return .milliseconds(Int(total.rounded()))
    }

    /// Reads `10GiB`, `1.5GB`, `512 mib`, `64Mi`, `1000`: powers of two with an i, powers of ten without.
    static func size(_ text: String) throws(Fault) -> Int {
        var rest = Substring(text)
        guard let number = takeNumber(&rest) else {
            throw Fault("is not a size", "write a number and a unit, for example 512MiB or 10GB")
        }
        let name = rest.drop { $0 == " " }.lowercased()
        let match = sizes.first { $0.unit.lowercased() == name || $0.unit.contains("i") && $0.unit.lowercased() == name + "b" }
        guard let unit = name.isEmpty ? ("B", 1) : match else {
            let digits = text.dropLast(rest.count)
            let fix = ["k", "m", "g", "t"].contains(name)
                ? "write \(digits)\(name.uppercased())iB or \(digits)\(name.uppercased())B" : "the units are B kB MB GB TB and KiB MiB GiB TiB"
            throw Fault("has the unit \"\(rest.drop { $0 == " " })\"", fix)
        }
        let total = number * unit.1
        guard total < 0x1p53 else { throw Fault("is more than can be counted", "write a smaller size, for example 100GiB") }
        return Int(total.rounded())
    }

    static func text(_ duration: Duration) -> String {
        let parts = duration.components
        var left = Double(parts.seconds * 1000 + parts.attoseconds / 1_000_000_000_000_000)
        var text = ""
        for (unit, size) in [("d", 86_400_000.0), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)] where left >= size {
            text += "\(Int(left / size))\(unit)"
            left = left.truncatingRemainder(dividingBy: size)
        }
        return text.isEmpty ? "0s" : text
    }

    static func text(size bytes: Int) -> String {
        for (unit, size) in sizes where bytes >= Int(size) && bytes % Int(size) == 0 { return "\(bytes / Int(size))\(unit)" }
        return "\(bytes)B"
    }

    private static func takeNumber(_ text: inout Substring) -> Double? {
        let digits = text.prefix { ("0"..."9").contains($0) || $0 == "." }
        guard let first = digits.first, first != ".", digits.last != ".", let number = Double(digits) else { return nil }
        text = text.dropFirst(digits.count).drop { $0 == " " }
        return number
    }
}
