internal import CShims
internal import Trace
internal import Zlib

/// Reads a chunk, of the form that `SeriesChunk` describes.
struct SeriesChunkReader {
    let times: [Int64]
    private let pieces: [Piece]
    private let bytes: [UInt8]

    private struct Piece {
        var ids: ClosedRange<UInt32>
        var contentCount: Int
        var place: Range<Int>
    }

    /// More than any window has.
    private static let timeLimit = 1 << 20, pieceLimit = 1 << 20, contentLimit = 64 << 20

    init(_ bytes: [UInt8]) throws(SeriesDamage) {
        self.bytes = bytes
        guard bytes.count >= SeriesChunk.frameBytes, Array(bytes[0..<4]) == SeriesChunk.magic else {
            throw SeriesDamage(what: "it does not begin as one")
        }
        let version = bytes.number(4, 2)
        guard version == Int(SeriesChunk.version) else { throw SeriesDamage(what: "its format is \(version), which this Loupe does not know") }
        let head = SeriesChunk.frameBytes..<SeriesChunk.frameBytes + bytes.number(8, 4)
        guard head.upperBound <= bytes.count, SeriesChunk.crc(Array(bytes[0..<12] + bytes[head])) == UInt32(bytes.number(12, 4)) else {
            throw SeriesDamage(what: "the checksum of its head is wrong")
        }
        var times: [Int64] = []
        var pieces: [Piece] = []
        let isSound = bytes.withUnsafeBytes { memory in
            var cursor = ProtobufCursor(UnsafeRawBufferPointer(rebasing: memory[head]))
            guard let count = try? cursor.varint(), count <= Self.timeLimit else { return false }
            var time: Int64 = 0
            for _ in 0..<count {
                guard let change = cursor.signed() else { return false }
                time = time &+ change
                times.append(time)
            }
            guard let pieceCount = try? cursor.varint(), pieceCount <= Self.pieceLimit else { return false }
            var (place, last) = (head.upperBound, UInt64(0))
            for _ in 0..<pieceCount {
                guard let skipped = try? cursor.varint(), let width = try? cursor.varint(), let content = try? cursor.varint(),
                      let length = try? cursor.varint(), skipped <= UInt32.max, width <= UInt32.max, last + skipped + width <= UInt32.max,
                      content <= Self.contentLimit, length >= 5, length <= UInt64(memory.count - place)
                else { return false }
                let ids = UInt32(last + skipped)...UInt32(last + skipped + width)
                pieces.append(Piece(ids: ids, contentCount: Int(content), place: place..<place + Int(length)))
                place += Int(length)
                last = UInt64(ids.upperBound)
            }
            return true
        }
        guard isSound else { throw SeriesDamage(what: "its head makes no sense") }
        self.times = times
        self.pieces = pieces
    }

    /// Calls `found` with the samples of each of `ids`, which ascend. A damaged piece is passed over.
    /// - Returns: the damage that was met.
    func read(_ ids: [UInt32], _ found: (UInt32, SeriesSamples) -> Void) -> [SeriesDamage] {
        var damage: [SeriesDamage] = []
        var inflater: Inflater?
        for piece in pieces {
            let wanted = ids.lowerBound(piece.ids.lowerBound)..<ids.lowerBound(piece.ids.upperBound, orEqual: true)
            if wanted.isEmpty { continue }
            if inflater == nil { inflater = Inflater(.raw) }
            do throws(SeriesDamage) {
                let content = try content(piece, inflater)
                try read(content, piece, ids[wanted], found)
            } catch { damage.append(error) }
        }
        return damage
    }

    private func content(_ piece: Piece, _ inflater: Inflater?) throws(SeriesDamage) -> [UInt8] {
        let body = bytes[(piece.place.lowerBound + 4)..<piece.place.upperBound]
        guard SeriesChunk.crc(Array(body)) == UInt32(bytes.number(piece.place.lowerBound, 4)) else {
            throw SeriesDamage(what: "the checksum of series \(piece.ids.lowerBound) to \(piece.ids.upperBound) is wrong")
        }
        if body.first == 0 { return Array(body.dropFirst()) }
        var isWhole = false
        let content = [UInt8](unsafeUninitializedCapacity: piece.contentCount) { output, count in
            bytes.withUnsafeBytes { memory in
                let input = UnsafeRawBufferPointer(rebasing: memory[(piece.place.lowerBound + 5)..<piece.place.upperBound])
                let whole = UnsafeMutableRawBufferPointer(output)
                count = (try? inflater?.inflate(input, into: UnsafeMutableRawBufferPointer(rebasing: whole[..<piece.contentCount]))) ?? 0
                isWhole = count == piece.contentCount
            }
        }
        guard isWhole else { throw SeriesDamage(what: "series \(piece.ids.lowerBound) to \(piece.ids.upperBound) cannot be inflated") }
        return content
    }

    private func read(
        _ content: [UInt8], _ piece: Piece, _ wanted: ArraySlice<UInt32>, _ found: (UInt32, SeriesSamples) -> Void
    ) throws(SeriesDamage) {
        var wanted = wanted
        let isSound = content.withUnsafeBytes { memory in
            var cursor = ProtobufCursor(memory)
            var id = UInt64(piece.ids.lowerBound)
            while !cursor.isAtEnd, let next = wanted.first {
                guard let skipped = try? cursor.varint(), skipped <= UInt32.max, let range = try? cursor.lengthDelimited() else { return false }
                id += skipped
                guard id <= UInt64(piece.ids.upperBound) else { return false }
                while let first = wanted.first, UInt64(first) < id { wanted = wanted.dropFirst() }
                guard UInt64(next) == id || wanted.first.map({ UInt64($0) == id }) == true else { continue }
                guard let samples = samples(UnsafeRawBufferPointer(rebasing: memory[range.start..<range.end])) else { return false }
                found(UInt32(id), samples)
            }
            return true
        }
        guard isSound else { throw SeriesDamage(what: "series \(piece.ids.lowerBound) to \(piece.ids.upperBound) make no sense") }
    }

    private func samples(_ memory: UnsafeRawBufferPointer) -> SeriesSamples? {
        var cursor = ProtobufCursor(memory)
        var samples = SeriesSamples()
        guard let runs = try? cursor.varint(), runs <= times.count else { return nil }
        var end: UInt64 = 0
        for _ in 0..<runs {
            guard let skipped = try? cursor.varint(), let length = try? cursor.varint(), skipped <= times.count, length <= times.count,
                  end + skipped + length <= times.count
            else { return nil }
            for place in end + skipped..<end + skipped + length { samples.places.append(UInt32(place)) }
            end += skipped + length
        }
        guard let form = cursor.byte() else { return nil }
        let count = samples.places.count
        samples.values.reserveCapacity(count)
        switch form {
        case 0: return readWhole(&cursor, count, &samples.values) ? samples : nil
        case 1: return readDoubles(&cursor, count, &samples.values) ? samples : nil
        default: return nil
        }
    }

    private func readWhole(_ cursor: inout ProtobufCursor, _ count: Int, _ values: inout [Double]) -> Bool {
        var number: Int64 = 0
        while values.count < count {
            guard let change = cursor.signed() else { return false }
            number = number &+ change
            values.append(Double(number))
            if change == 0, values.count > 1, !cursor.appendRepeats(to: &values, limit: count) { return false }
        }
        return true
    }

    private func readDoubles(_ cursor: inout ProtobufCursor, _ count: Int, _ values: inout [Double]) -> Bool {
        guard count > 0, var bits = try? cursor.fixed64() else { return count == 0 }
        values.append(Double(bitPattern: bits))
        while values.count < count {
            guard let tag = cursor.byte() else { return false }
            if tag == 0 {
                values.append(Double(bitPattern: bits))
                if !cursor.appendRepeats(to: &values, limit: count) { return false }
                continue
            }
            let top = Int(tag >> 3 & 7), bottom = Int(tag & 7)
            guard tag & 0xc0 == 0x80, top + bottom < 8 else { return false }
            for place in bottom..<8 - top {
                guard let byte = cursor.byte() else { return false }
                bits ^= UInt64(byte) << UInt64(8 * place)
            }
            values.append(Double(bitPattern: bits))
        }
        return true
    }
}

extension ProtobufCursor {
    fileprivate mutating func signed() -> Int64? {
        guard let bits = try? varint() else { return nil }
        return Int64(bitPattern: bits >> 1) ^ -Int64(bitPattern: bits & 1)
    }

    fileprivate mutating func byte() -> UInt8? {
        guard position < end else { return nil }
        defer { position += 1 }
        return position.load(as: UInt8.self)
    }

    /// Reads how often the last value comes again.
    fileprivate mutating func appendRepeats(to values: inout [Double], limit: Int) -> Bool {
        guard let more = try? varint(), more <= UInt64(limit - values.count), let last = values.last else { return false }
        values.append(contentsOf: repeatElement(last, count: Int(more)))
        return true
    }
}

extension [UInt8] {
    fileprivate func number(_ place: Int, _ count: Int) -> Int { (0..<count).reduce(0) { $0 | Int(self[place + $1]) << (8 * $1) } }
}

extension [UInt32] {
    /// The first place whose element is not below `id`; not below or equal to it when asked so. The elements ascend.
    fileprivate func lowerBound(_ id: UInt32, orEqual: Bool = false) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < id || orEqual && self[middle] == id { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
