// The bytes of a block, format 1.
//
// A block is a set of chunks, one row of table `chunk` each (id = block << 12 | chunk number):
//
//   chunk 0        the directory: one segment
//   chunk 1        columns smaller than 4 KiB, one after the other
//   chunk 2...     one larger column each
//
// Rows are spans: traces in the order of their ids, the spans of a trace by start, then arrival; a span that repeats another's
// id and kind within its trace was left out. Rows are cut into groups of about 16,384 (`rowsPerGroup`), at trace boundaries
// unless a trace is larger than 32,768 rows. A column has one segment per group that has a value in it (length 0 otherwise),
// so one trace costs one segment of each column, and a scan reads a column in one piece.
//
//   segment        pieces, then u32 CRC-32C of them (little-endian, as everything)
//   piece          u8 codec, varint raw length, then: 0 the bytes; 1 varint length, raw deflate (RFC 1951); 2 one byte, repeated
//   numbers        u8 width, varint minimum, `width` pieces: byte planes of (number - minimum), lowest first
//
// Columns in fixed order, then the attribute columns of spans, events and links as the directory names them:
//
//   traceID        one piece, 16 bytes a trace, sorted: it is its own index
//   traceRows      numbers: spans of the trace
//   traceStart     numbers: start of the trace's first row (ns since 1970) minus the block's base
//   spanID         one piece, 8 bytes a row as sent
//   parent         numbers: 0 root, 1 not in this block (see foreignParent), else zigzag(row - parent's row) + 2
//   foreignParent  one piece, 8 bytes for each row whose `parent` is 1
//   start          numbers: ns after the previous row of the same trace and group, else after the trace's start
//   duration       numbers: ns; 0 where the end lies before the start (rare field endNanos has it)
//   name           text
//   kindStatus     numbers: kind | status << 3
//   envelope       numbers: index into the directory's envelopes
//   shape          numbers: index into the directory's span shapes
//   eventCount, linkCount          numbers: of the row
//   eventTime                      numbers: zigzag(time - span start)
//   eventName                      text
//   eventShape, linkShape          numbers
//   linkTraceID, linkSpanID        one piece of 16 or 8 bytes a link
//
// Text (and bytes) columns have two segments a group: first all dictionary segments, then all code segments.
//   dictionary     the entries that appear first in this group, in pages of about 16 KiB of text; codes count on over groups.
//                  A page is a segment of its own, so that one entry costs one page: numbers: lengths, then one piece: the text
//   codes          u8 0: each value is new, in order (no codes follow); u8 1: numbers
// Attribute columns hold a value for each row whose shape names them: strings and encoded AnyValues as text, ints as numbers of
// (value + 2^63), doubles as numbers of their bits, bools as numbers, empty values not at all.
// Beyond 4,000 columns the rest of a row's attributes is one value of the rare field moreAttributes: an encoded KeyValueList.
//
// Directory: varint format, base, spans, traces, min and max nanos, keep nanos; of each
// group: first row, rows carried over from a trace of the group before, first trace, event, link, and the first row's trace id; resources and scopes (blobs as EnvelopeTable makes them), envelopes (pairs); for spans, events,
// links: columns (name, kind, occurrence, values, distinct, min, max) and shapes; then for each column its place (chunk, offset)
// its segments' lengths, and for text how many entries each group adds, then of each group that adds some its number of pages
// and of each page but the last its entries and its length.
//
// History: 1 is the first. (Before any release dictionaries were not cut into pages.)

enum BlockFormat {
    static let current = 1
    static let rowsPerGroup = 16_384
    static let rowsPerGroupLimit = 32_768
    static let smallColumnBytes = 4096
    static let pageBytes = 16 << 10
    static let directoryChunk: UInt16 = 0
    static let smallChunk: UInt16 = 1
}

/// The columns every block has, in the order of the directory.
package enum FixedColumn: Int, CaseIterable {
    case traceID = 0, traceRows, traceStart, spanID, parent, foreignParent, start, duration, name, kindStatus, envelope, shape,
        eventCount, linkCount, eventTime, eventName, eventShape, linkShape, linkTraceID, linkSpanID

    package enum Storage { case numbers, ids, text }

    package var storage: Storage {
        switch self {
        case .name, .eventName: .text
        case .traceID, .spanID, .foreignParent, .linkTraceID, .linkSpanID: .ids
        default: .numbers
        }
    }
}

/// Whose attributes a column holds.
package enum AttributeOwner: Int, CaseIterable {
    case span = 0, event, link
}
