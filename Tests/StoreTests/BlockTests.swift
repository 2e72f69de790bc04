import Testing
import Trace
import Zlib

@testable import Store

@Suite struct BlockTests {
    /// Every trace of `batches`, through a block.
    private func throughBlock(_ batches: [SpanBatch], compress: Bool) throws -> [TraceID: [PlainSpan]] {
        var head = HeadBuilder()
        for batch in batches { head.append(batch, receivedNanos: 5) }
        let view = head.view()
        let reader = BlockReader(BlockEncoder.encode(view, rows: 0..<view.spans.count, compress: compress), firstSequence: 1)
        var result: [TraceID: [PlainSpan]] = [:]
        for id in Set(batches.flatMap { $0.spans.map(\.traceID) }) {
            var assembler = TraceAssembler()
            #expect(try reader.read { try $0.collect(id, into: &assembler) })
            result[id] = assembler.finish(id, lastReceivedNanos: nil, inspectedBytes: 0).batch.plain
        }
        return result
    }

    private func expected(_ batches: [SpanBatch]) -> [TraceID: [PlainSpan]] {
        var seen: Set<String> = []
        var result: [TraceID: [PlainSpan]] = [:]
        for span in batches.flatMap(\.plain) {
            if seen.insert("\(span.traceID.hex) \(span.spanID.hex) \(span.kind & 7)").inserted { result[span.traceID, default: []].append(span) }
        }
        return result.mapValues { spans in
            spans.enumerated().sorted { $0.element.start != $1.element.start ? $0.element.start < $1.element.start : $0.offset < $1.offset }.map(\.element)
        }
    }

    @Test("what goes into a block comes out of it, span for span", arguments: [
        (seed: 1, batches: 1, spans: 1, traces: 1), (2, 3, 40, 5), (3, 4, 700, 60), (4, 2, 9000, 4000), (5, 3, 7000, 1), (6, 5, 8000, 3),
    ], [true, false])
    func roundTrip(_ shape: (seed: Int, batches: Int, spans: Int, traces: Int), compress: Bool) throws {
        var maker = BatchMaker(seed: UInt64(shape.seed))
        let batches = (0..<shape.batches).map { _ in maker.batch(spans: shape.spans, traces: shape.traces) }
        let expected = expected(batches), found = try throughBlock(batches, compress: compress)
        #expect(found.count == expected.count)
        for (id, spans) in expected {
            let matches = found[id] == spans
            #expect(matches)
            if !matches, let other = found[id] {
                let index = zip(spans, other).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? -1
                Issue.record("trace \(id.hex), \(spans.count) and \(other.count) spans, first difference at \(index)")
                return
            }
        }
    }

    @Test func anEntryIsFoundOnItsPage() throws {
        var batch = SpanBatch()
        batch.resources.append(.init(message: .empty, schemaURL: .empty))
        batch.scopes.append(.init(resource: 0, message: .empty, schemaURL: .empty))
        func name(_ number: Int) -> String { "span \(number) " + String(repeating: "x", count: number % 977 == 0 ? 40_000 : number % 50) }
        for number in 0..<20_000 {
            var span = SpanRecord(), text = name(number)
            span.traceID = TraceID(high: 1, low: UInt64(number / 10))
            span.spanID = SpanID(bits: UInt64(number + 1))
            span.startNanos = UInt64(number)
            span.name = text.withUTF8 { batch.append(UnsafeRawBufferPointer($0)) }
            batch.spans.append(span)
        }
        var head = HeadBuilder()
        head.append(batch, receivedNanos: 1)
        let block = BlockEncoder.encode(head.view(), rows: 0..<20_000, compress: true)
        let bytes = block.chunks.first { $0.number == BlockFormat.directoryChunk }!.bytes
        let directory = try bytes.withUnsafeBytes { try BlockDirectory(decoding: $0, inflater: Inflater(.raw)) }
        let column = FixedColumn.name.rawValue
        #expect(directory.places == block.directory.places)
        #expect(directory.groups.count == 2 && directory.places[column].pages.count > 40)
        try BlockReader(block, firstSequence: 1).read { access in
            for group in 0..<2 {
                let all = try access.entries(column, group: group)
                #expect(all.ends.count == directory.places[column].entries[group] + 1)
                for code in stride(from: all.firstCode, to: all.firstCode + all.ends.count - 1, by: 61) {
                    var lookup = TextLookup(column)
                    #expect(try lookup.string(code, in: access) == name(code))
                    #expect(String(decoding: all.bytes[all.range(code)], as: UTF8.self) == name(code))
                }
            }
        }
        #expect(throws: BlockDamage.self) {
            try BlockReader(block, firstSequence: 1).read { access in
                var lookup = TextLookup(column)
                _ = try lookup.string(20_000, in: access)
            }
        }
    }

    @Test func repeatedSpansAreKeptOnce() throws {
        var maker = BatchMaker(seed: 9)
        let batch = maker.batch(spans: 300, traces: 20)
        let once = try throughBlock([batch], compress: true), thrice = try throughBlock([batch, batch, batch], compress: true)
        #expect(once == thrice)
    }

    @Test func moreKeysThanChunksInOneRequest() throws {
        var batch = SpanBatch()
        batch.resources.append(.init(message: .empty, schemaURL: .empty))
        batch.scopes.append(.init(resource: 0, message: .empty, schemaURL: .empty))
        let value = (0..<5000).map { _ in UInt8.random(in: 33...126) }.withUnsafeBytes { batch.append($0) }
        let bytes = ([0x3a, 1, 0xff] as [UInt8]).withUnsafeBytes { batch.append($0) }              // an AnyValue with bytes_value
        for number in 0..<1500 {
            var span = SpanRecord()
            span.traceID = TraceID(high: 1, low: UInt64(number / 100))
            span.spanID = SpanID(bits: UInt64(number + 1))
            for type in AttributeType.allCases {
                var key = "key.\(number).\(type)"
                let range = key.withUTF8 { batch.append(UnsafeRawBufferPointer($0)) }
                let record: AttributeRecord = switch type {
                case .empty: .init(key: range, type: type, bits: 0)
                case .bool: .init(key: range, type: type, bits: UInt64(number & 1))
                case .int: .init(key: range, type: type, bits: UInt64(bitPattern: Int64(-number)))
                case .double: .init(key: range, type: type, bits: Double(number).bitPattern)
                case .string: .init(key: range, type: type, range: value)
                case .other: .init(key: range, type: type, range: bytes)
                }
                batch.attributes.append(record)
            }
            span.attributes = RowRange(first: number * AttributeType.allCases.count, count: AttributeType.allCases.count)
            batch.spans.append(span)
        }
        var head = HeadBuilder()
        head.append(batch, receivedNanos: 5)
        let isFull = head.isFull
        #expect(isFull)
        let view = head.view()
        let block = BlockEncoder.encode(view, rows: 0..<view.spans.count, compress: false)
        #expect(block.chunks.allSatisfy { $0.number < chunkColumnLimit })
        let reader = BlockReader(block, firstSequence: 1)
        for trace in [0, 6, 14] {
            var assembler = TraceAssembler()
            let id = TraceID(high: 1, low: UInt64(trace))
            #expect(try reader.read { try $0.collect(id, into: &assembler) })
            let found = assembler.finish(id, lastReceivedNanos: nil, inspectedBytes: 0).batch.plain
            #expect(found == batch.plain.filter { $0.traceID == id })
        }
    }

    @Test func invalidTextIsRepairedAndValuesThatAreNotTextAreNot() throws {
        var batch = SpanBatch()
        batch.resources.append(.init(message: .empty, schemaURL: .empty))
        batch.scopes.append(.init(resource: 0, message: .empty, schemaURL: .empty))
        var span = SpanRecord()
        span.traceID = TraceID(high: 1, low: 2)
        span.spanID = SpanID(bits: 3)
        span.name = ([0x61, 0xff, 0x62] as [UInt8]).withUnsafeBytes { batch.append($0) }
        let bytes = ([0x3a, 1, 0xff] as [UInt8]).withUnsafeBytes { batch.append($0) }
        batch.attributes.append(.init(key: .empty, type: .other, range: bytes))
        span.attributes = RowRange(first: 0, count: 1)
        batch.spans.append(span)
        let found = try #require(try throughBlock([batch], compress: true)[span.traceID]?.first)
        #expect(found.name == "a\u{FFFD}b")
        #expect(found.attributes.first?.bytes == [0x3a, 1, 0xff])
    }

    @Test func aFlippedByteIsNoticedOrChangesNothing() throws {
        var maker = BatchMaker(seed: 12)
        var head = HeadBuilder()
        head.append(maker.batch(spans: 400, traces: 30), receivedNanos: 5)
        let view = head.view()
        let block = BlockEncoder.encode(view, rows: 0..<view.spans.count, compress: true)
        let ids = block.traceIDs
        func read(_ chunks: [UInt16: [UInt8]]) throws -> [[PlainSpan]] {
            let directory = try chunks[BlockFormat.directoryChunk]!.withUnsafeBytes { try BlockDirectory(decoding: $0, inflater: .init(.raw)) }
            return try ids.map { id in
                var assembler = TraceAssembler()
                _ = try BlockReader(directory, source: .memory(chunks), firstSequence: 0).read { try $0.collect(id, into: &assembler) }
                return assembler.finish(id, lastReceivedNanos: nil, inspectedBytes: 0).batch.plain
            }
        }
        let chunks = Dictionary(uniqueKeysWithValues: block.chunks.map { ($0.number, $0.bytes) })
        let whole = try read(chunks)
        var noticed = 0
        for _ in 0..<300 {
            var damaged = chunks
            let chunk = damaged.keys.sorted().randomElement(using: &maker.random)!
            guard let place = damaged[chunk]?.indices.randomElement(using: &maker.random) else { continue }
            damaged[chunk]![place] ^= 1 << UInt8.random(in: 0...7, using: &maker.random)
            do { #expect(try read(damaged) == whole) } catch is BlockDamage { noticed += 1 }
        }
        #expect(noticed > 200)
    }

    @Test func listsAgreeWithTheSpans() throws {
        var maker = BatchMaker(seed: 21)
        var head = HeadBuilder()
        let batches = [maker.batch(spans: 20_000, traces: 900), maker.batch(spans: 30_000, traces: 901)]
        for batch in batches { head.append(batch, receivedNanos: 5) }
        let view = head.view()
        let reader = BlockReader(BlockEncoder.encode(view, rows: 0..<view.spans.count, compress: true), firstSequence: 1)
        let table = try reader.traceTable()
        let expected = expected(batches)
        #expect(table.entries.count == expected.count)
        for (id, spans) in expected {
            let entry = try #require(table.entry(id))
            #expect(entry.startNanos == spans.map(\.start).min())
            #expect(entry.endNanos == spans.map { max($0.start, $0.end) }.max())
            #expect(entry.spans == spans.count)
            #expect(Int(entry.errors) == spans.filter { $0.status & 3 == 2 && $0.status == 2 }.count)
            #expect((entry.rootName == TraceTable.none) == !spans.contains { $0.parentID.isZero })
            #expect(table.counts(of: entry).reduce(0) { $0 + $1.spans } == entry.spans)
        }
        let starts = table.newestFirst.map { table.entries[Int($0)].startNanos }
        #expect(starts == starts.sorted(by: >))
    }
}

@Suite struct BloomTests {
    @Test func findsWhatWasPutInAndLittleElse() {
        var random = SeededGenerator(3)
        let ids = (0..<10_000).map { _ in TraceID(high: random.next(), low: random.next()) }
        var bloom = Bloom(traces: ids.count)
        for id in ids { bloom.insert(id) }
        #expect(ids.allSatisfy { bloom.mayContain($0) })
        let wrong = (0..<10_000).filter { _ in bloom.mayContain(TraceID(high: random.next(), low: random.next())) }.count
        #expect(wrong < 200)
    }
}
