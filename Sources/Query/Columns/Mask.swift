/// Which of a group's rows are meant: a byte each, 0 or 1.
enum Mask {
    case none
    case all
    case some([UInt8])

    var isNone: Bool { if case .none = self { true } else { false } }
    var isAll: Bool { if case .all = self { true } else { false } }

    /// `none` when no byte is set.
    init(_ bytes: [UInt8]) { self = bytes.contains(1) ? .some(bytes) : .none }

    init(_ flag: Bool) { self = flag ? .all : .none }

    subscript(row: Int) -> Bool {
        switch self {
        case .none: false
        case .all: true
        case .some(let bytes): bytes[row] != 0
        }
    }

    func bytes(_ count: Int) -> [UInt8] {
        switch self {
        case .none: [UInt8](repeating: 0, count: count)
        case .all: [UInt8](repeating: 1, count: count)
        case .some(let bytes): bytes
        }
    }

    func contains(in rows: Range<Int>) -> Bool {
        switch self {
        case .none: return false
        case .all: return !rows.isEmpty
        case .some(let bytes):
            return bytes.withUnsafeBufferPointer { bytes in
                for row in rows where bytes[row] != 0 { return true }
                return false
            }
        }
    }

    func count(in rows: Range<Int>) -> Int {
        switch self {
        case .none: return 0
        case .all: return rows.count
        case .some(let bytes):
            return bytes.withUnsafeBufferPointer { bytes in
                var count = 0
                for row in rows { count &+= Int(bytes[row]) }
                return count
            }
        }
    }

    static func & (a: Mask, b: Mask) -> Mask {
        switch (a, b) {
        case (.none, _), (_, .none): return .none
        case (.all, let other), (let other, .all): return other
        case (.some(var left), .some(let right)):
            left.withUnsafeMutableBufferPointer { left in right.withUnsafeBufferPointer { right in for row in left.indices { left[row] &= right[row] } } }
            return Mask(left)
        }
    }

    static func | (a: Mask, b: Mask) -> Mask {
        switch (a, b) {
        case (.all, _), (_, .all): return .all
        case (.none, let other), (let other, .none): return other
        case (.some(var left), .some(let right)):
            left.withUnsafeMutableBufferPointer { left in right.withUnsafeBufferPointer { right in for row in left.indices { left[row] |= right[row] } } }
            return .some(left)
        }
    }

    static prefix func ! (a: Mask) -> Mask {
        switch a {
        case .none: return .all
        case .all: return .none
        case .some(var bytes):
            bytes.withUnsafeMutableBufferPointer { bytes in for row in bytes.indices { bytes[row] ^= 1 } }
            return Mask(bytes)
        }
    }
}
