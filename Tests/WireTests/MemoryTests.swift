import Synchronization
import Testing
import Zlib
@testable import Wire

@Suite struct ByteBudgetTests {
    @Test("reserving stops at the limit, taking at twice the limit") func limits() {
        let budget = ByteBudget(limitBytes: 100)
        #expect(budget.reserve(100))
        #expect(!budget.reserve(1))
        #expect(budget.take(100))
        #expect(!budget.take(1))
        budget.give(200)
        #expect(budget.usedBytes == 0)
        #expect(budget.peakBytes == 200)
    }

    @Test("the line is served in order, and nobody passes it") func order() {
        let budget = ByteBudget(limitBytes: 100)
        let served = Mutex<[Int]>([])
        #expect(budget.reserve(90))
        _ = budget.wait(for: 50) { served.withLock { $0.append(50) } }
        let second = budget.wait(for: 20) { served.withLock { $0.append(20) } }
        _ = budget.wait(for: 30) { served.withLock { $0.append(30) } }
        #expect(!budget.reserve(1))
        budget.give(30)
        #expect(served.withLock { $0 } == [])
        #expect(budget.leave(second))
        budget.give(60)
        #expect(served.withLock { $0 } == [50, 30])
        #expect(budget.usedBytes == 80)
        #expect(budget.waitingCount == 0)
    }

    @Test("who leaves after the grant has the bytes") func lateLeave() {
        let budget = ByteBudget(limitBytes: 10)
        let ticket = budget.wait(for: 10) {}
        #expect(!budget.leave(ticket))
        #expect(budget.usedBytes == 10)
    }

    @Test("many threads, never above the limit, nobody forgotten") func threads() {
        let hammer = BudgetHammer()
        let threads = (0..<8).map { _ in Thread { hammer.strike() } }
        for thread in threads { thread.join() }
        #expect(hammer.granted.load(ordering: .relaxed) == 16_000)
        #expect(hammer.budget.usedBytes == 0)
        #expect(hammer.budget.peakBytes <= 1000)
    }
}

/// One budget for many threads.
private final class BudgetHammer: Sendable {
    let budget = ByteBudget(limitBytes: 1000)
    let granted = Atomic<Int>(0)

    func strike() {
        for round in 0..<2000 {
            let bytes = 100 + round % 300
            if budget.reserve(bytes) { pay(bytes) } else { _ = budget.wait(for: bytes) { self.pay(bytes) } }
        }
    }

    private func pay(_ bytes: Int) {
        granted.add(1, ordering: .relaxed)
        budget.give(bytes)
    }
}

@Suite struct BodyAssemblerTests {
    private func assembler(budget: Int = 1 << 20, limit: Int = 1 << 20, window: Int = 1 << 16) -> (BodyAssembler, BodyStore) {
        let store = BodyStore(budget: ByteBudget(limitBytes: budget))
        return (BodyAssembler(store: store, limitBytes: limit, windowBytes: window), store)
    }

    @Test("bodies of every size come out as they went in, declared or not", arguments: [0, 1, 100, 4096, 65536, 65537, 500_000, 1 << 20], [true, false])
    func assembles(_ count: Int, _ isDeclared: Bool) {
        var (body, store) = assembler(budget: 8 << 20)
        let content = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        if isDeclared { #expect(body.declare(length: count) == .stored) }
        for start in stride(from: 0, to: count, by: 10_000) {
            let piece = Array(content[start..<min(start + 10_000, count)])
            #expect(piece.withUnsafeBytes { body.append($0) } == .stored)
        }
        var result: Body? = body.finish()
        #expect(result?.withBytes { Array($0) } == content)
        result = nil
        #expect(store.budget.usedBytes == 0)
    }

    @Test("a large one waits, keeps what has come, and goes on after the grant") func waits() {
        var (body, store) = assembler()
        #expect(store.budget.reserve(900_000))
        let size = SizeClass.roundUp(300_000)
        #expect(body.declare(length: 300_000) == .mustWait(bytes: size))
        #expect(Array(repeating: UInt8(7), count: 60_000).withUnsafeBytes { body.append($0) } == .stored)
        #expect(body.allowedBytes == 1 << 16)
        store.budget.give(900_000)
        #expect(store.budget.reserve(size))
        body.admit(bytes: size)
        #expect(Array(repeating: UInt8(7), count: 240_000).withUnsafeBytes { body.append($0) } == .stored)
        #expect(body.finish().withBytes { $0.allSatisfy { $0 == 7 } })
        #expect(store.budget.usedBytes == 0)
    }

    @Test("one of unknown length may hold more by the time of its grant than the grant is for") func lateGrant() {
        var (body, store) = assembler(budget: 4 << 20)
        #expect(store.budget.reserve(4 << 20))
        let piece = [UInt8](repeating: 7, count: 70_000)
        guard case .mustWait(let bytes) = piece.withUnsafeBytes({ body.append($0) }) else { return #expect(Bool(false)) }
        for _ in 0..<4 { #expect(piece.withUnsafeBytes { body.append($0) } == .stored) }
        #expect(bytes < 5 * piece.count)
        store.budget.give(4 << 20)
        #expect(store.budget.reserve(bytes))
        body.admit(bytes: bytes)
        #expect(piece.withUnsafeBytes { body.append($0) } == .stored)
        #expect(body.finish().withBytes { $0.count == 6 * piece.count && $0.allSatisfy { $0 == 7 } })
        #expect(store.budget.usedBytes == 0)
    }

    @Test("beyond the limit, and beyond the budget's ceiling") func refuses() {
        var (body, _) = assembler(limit: 1000)
        #expect(body.declare(length: 1001) == .tooLarge(bytes: 1001))
        var (open, store) = assembler(limit: 1000)
        #expect([UInt8](repeating: 1, count: 1000).withUnsafeBytes { open.append($0) } == .stored)
        #expect([1].withUnsafeBytes { open.append(UnsafeRawBufferPointer(rebasing: $0[..<1])) } == .tooLarge(bytes: 1001))
        open.discard()
        #expect(store.budget.usedBytes == 0)
        var (poor, full) = assembler()
        #expect(full.budget.take(2 << 20))
        #expect([UInt8](repeating: 1, count: 10).withUnsafeBytes { poor.append($0) } == .overloaded)
    }

    @Test("pieces are kept for reuse, within the budget") func reuse() {
        let store = BodyStore(budget: ByteBudget(limitBytes: 1 << 20))
        #expect(store.budget.reserve(1 << 18))
        let first = store.memory(paid: 1 << 18)
        store.recycle(first)
        #expect(store.budget.reserve(1 << 18))
        let second = store.memory(paid: 1 << 18)
        #expect(first.base == second.base)
        store.recycle(second)
    }

    @Test("size classes waste a fifth at most") func classes() {
        for bytes in stride(from: 32 << 10, to: 256 << 20, by: 999_983) {
            let rounded = SizeClass.roundUp(bytes)
            #expect(rounded >= bytes && rounded <= bytes * 5 / 4)
            #expect(SizeClass.roundUp(rounded) == rounded)
        }
    }
}

@Suite struct InflatedBodyTests {
    private func request(_ bytes: [UInt8], _ encoding: ContentEncoding, limit: Int = 1 << 20) -> Request {
        Request(head: RequestHead(method: "POST", path: "/"), body: Body(copying: bytes), encoding: encoding,
                limits: BodyLimits(wireBytes: 1 << 20, inflatedBytes: limit))
    }
    private let text = [UInt8](repeating: 65, count: 100_000)

    @Test("identity is the same body, gzip and deflate are inflated") func inflates() throws {
        let plain = request(text, .identity)
        #expect(try plain.inflated() === plain.body)
        #expect(try request(Deflater(.gzip).deflated(text), .gzip).inflated().withBytes { Array($0) } == text)
        #expect(try request(Deflater(.zlib).deflated(text), .deflate).inflated().withBytes { Array($0) } == text)
        let member = Deflater(.gzip).deflated(text)
        #expect(try request(member + member, .gzip).inflated().bytes.count == 200_000)
    }

    @Test("a lying size in the gzip trailer is no more than a hint") func lies() throws {
        var member = Deflater(.gzip).deflated(text)
        for value in [UInt8(0), 0xff] {
            member.replaceSubrange(member.count - 4..<member.count, with: [value, value, value, value])
            #expect(throws: BodyFailure.self) { try request(member, .gzip).inflated() }    // the sum is wrong, but nothing breaks
        }
    }

    @Test("what cannot be inflated says why") func refuses() {
        #expect(throws: BodyFailure.inflatedTooLarge(limitBytes: 99_999)) { try request(Deflater(.gzip).deflated(text), .gzip, limit: 99_999).inflated() }
        #expect(throws: BodyFailure.corrupt("declared as gzip, but it starts with 7b 7d instead of 1f 8b")) { try request([0x7b, 0x7d], .gzip).inflated() }
        #expect(throws: BodyFailure.corrupt("the compressed stream is empty")) { try request([], .gzip).inflated() }
        #expect(throws: BodyFailure.corrupt("the compressed stream ends too early")) {
            try request(Array(Deflater(.gzip).deflated(text).dropLast(3)), .gzip).inflated()
        }
    }
}
