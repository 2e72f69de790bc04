import Glibc
import Testing
@testable import Store

/// Database files that are not what they should be: a sentence, not a crash, and never silence.
@Suite struct DatabaseDamageTests {
    /// A closed database with three blocks.
    static func make() throws -> (directory: TemporaryDirectory, path: String, ids: [Int64]) {
        let directory = TemporaryDirectory()
        let database = try DatabaseTests.open(directory)
        let ids = try (0..<3).map {
            try database.commit(
                block: DatabaseTests.row($0), chunks: [(0, bodyBytes(100_000, seed: $0))], journalDone: .start)
        }
        database.close()
        return (directory, database.path, ids)
    }

    @Test("files that are no Loupe database of this version", arguments: [
        ("printf 'hello, this is some text and no database' > DB", "damaged or no database"),
        ("head -c 20000 /dev/urandom > DB", "damaged or no database"),
        ("rm DB; sqlite3 DB 'CREATE TABLE t(x)'", "another program"),
        ("sqlite3 DB \"UPDATE meta SET v=2 WHERE k='format'\"", "newer Loupe (format 2, this one reads up to 1)"),
        ("sqlite3 DB \"DELETE FROM meta WHERE k='format'\"", "does not say which format"),
        ("sqlite3 DB 'DROP TABLE chunk'", "no such table: chunk"),
        ("chmod 0 DB; rm DB; mkdir DB", "cannot open"),
    ])
    func refused(_ command: String, _ words: String) throws {
        let (directory, path, _) = try Self.make()
        shell(command.replacing("DB", with: path))
        let error = #expect(throws: StoreError.self) { try DatabaseTests.open(directory) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains(path) == true)
    }

    @Test("an empty file is an empty store", arguments: ["", "loupe.db", "loupe.db-wal"])
    func emptyFile(_ name: String) throws {
        let directory = TemporaryDirectory()
        if name != "" { writeFile(directory.path + "/" + name, []) }
        let database = try DatabaseTests.open(directory)
        #expect(try database.loadBlocks() == [])
        let facts = readFile(database.path)
        #expect(facts.count >= 18 && Int(facts[16]) << 8 | Int(facts[17]) == 16_384)
        database.close()
        var file = stat()
        #expect(stat(database.path, &file) == 0 && (name == "loupe.db" || file.st_mode & 0o077 == 0))
    }

    @Test("a page of zeros: what lies in it is an error, the rest is readable")
    func zeroedPages() throws {
        let (directory, path, ids) = try Self.make()
        let whole = readFile(path)
        var (errors, readable) = (0, 0)
        for page in 1..<whole.count / 16_384 {
            var damaged = whole
            for byte in page * 16_384..<(page + 1) * 16_384 { damaged[byte] = 0 }
            writeFile(path, damaged)
            do {
                let database = try DatabaseTests.open(directory)
                defer { database.close() }
                #expect(try database.loadBlocks().count == 3)
                for id in ids {
                    do {
                        let bytes = try database.withReader { reader throws in try reader.bytes(block: id, column: 0) }
                        if bytes == nil { errors += 1 } else { readable += 1 }
                    } catch {
                        #expect("\(error)".contains(path) && "\(error)".contains("block \(id)"))
                        errors += 1
                    }
                }
            } catch {
                #expect("\(error)".contains(path))
                errors += 1
            }
        }
        #expect(errors > 5 && readable > 20)
    }

    @Test("what follows damage in the write-ahead log never happened; what precedes it did")
    func damagedLog() throws {
        let directory = TemporaryDirectory()
        let database = try DatabaseTests.open(directory)
        let first = try database.commit(
            block: DatabaseTests.row(0), chunks: [(0, bodyBytes(50_000, seed: 0))],
            journalDone: JournalPosition(segment: 1, offset: 1))
        var (file, log): ([UInt8], [UInt8]) = ([], [])
        try database.withReader { reader throws in
            _ = try reader.size(block: first, column: 0)   // from here on nothing is copied out of the log
            do {
                for number in 1..<4 {
                    _ = try database.commit(
                        block: DatabaseTests.row(number), chunks: [(0, bodyBytes(50_000, seed: number))],
                        journalDone: JournalPosition(segment: 1, offset: UInt32(number + 1)))
                }
            } catch { Issue.record(error) }
            (file, log) = (readFile(database.path), readFile(database.path + "-wal"))
        }
        database.close()
        var seen: Set<Int> = []
        for cut in stride(from: 0, through: log.count, by: 7_001) {
            let copy = TemporaryDirectory()
            writeFile(copy.path + "/loupe.db", file)
            var damaged = log
            if cut < log.count { damaged[cut] ^= 4 }
            writeFile(copy.path + "/loupe.db-wal", damaged)
            guard let again = try? DatabaseTests.open(copy) else { continue }   // the tables themselves were in the log
            let blocks = try again.loadBlocks()
            seen.insert(blocks.count)
            #expect(again.journalDone.offset == UInt32(blocks.count), "a block and its place in the journal go together")
            for block in blocks {
                #expect(try again.withReader { reader throws in try reader.size(block: block.id, column: 0) } == 50_000)
            }
            again.close()
        }
        #expect(seen.count > 2)
    }

    @Test func readOnlyDirectory() throws {
        guard getuid() != 0 else { return }   // nothing stops root
        let directory = TemporaryDirectory()
        chmod(directory.path, 0o500)
        #expect(throws: StoreError.self) { try DatabaseTests.open(directory) }
        #expect(throws: StoreError.self) { try DirectoryLock(directory: directory.path) }
        chmod(directory.path, 0o700)
    }
}
