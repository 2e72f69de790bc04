package import Trace

/// What names an attribute column of a block: the key as sent, what its values are, and which repetition of the key within a row.
package struct ColumnKey: Hashable, Sendable {
    package var name: [UInt8]
    package var kind: ColumnKind
    package var occurrence: Int
}

/// A type of attribute, or a field that few rows have.
package enum ColumnKind: Hashable, Sendable {
    case attribute(AttributeType)
    case field(RareField)

    @inline(__always) init(_ type: AttributeType) { self = .attribute(type) }

    package enum ValueStorage { case nothing, text, bytes, integer, double, bool }

    /// How the values stand in a column.
    package var storage: ValueStorage {
        switch self {
        case .attribute(.empty): .nothing
        case .attribute(.string): .text
        case .attribute(.other): .bytes
        case .attribute(.int): .integer
        case .attribute(.double): .double
        case .attribute(.bool): .bool
        case .field(.traceState), .field(.statusMessage): .text
        case .field(.moreAttributes): .bytes
        case .field: .integer
        }
    }

    /// One byte on disk: attribute types as they are, fields from 16 on.
    var code: UInt8 {
        switch self {
        case .attribute(let type): type.rawValue
        case .field(let field): 16 + field.rawValue
        }
    }

    init?(code: UInt8) {
        if let type = AttributeType(rawValue: code) {
            self = .attribute(type)
        } else if code >= 16, let field = RareField(rawValue: code - 16) {
            self = .field(field)
        } else {
            return nil
        }
    }
}

/// Fields of spans, events and links that most rows leave at their default. They are kept like attributes, with an empty key.
package enum RareField: UInt8, Sendable, CaseIterable {
    case traceState = 0, statusMessage, flags, droppedAttributes, droppedEvents, droppedLinks
    /// The enum's number, where it is not one that OTLP names.
    case kindNumber, statusNumber
    /// The end as sent, where it lies before the start (the duration column then holds 0).
    case endNanos
    /// The rest of the row's attributes as an encoded KeyValueList, from the first whose key found no column any more.
    case moreAttributes

    var key: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }
}
