import Testing
@testable import API

@Suite struct ShapeTests {
    @Test("SQL: what varies goes, what tells two statements apart stays", arguments: [
        ("SELECT * FROM users WHERE id = 42", "select * from users where id = ?"),
        ("select *\n\tfrom users  where name = 'O''Brien' ;", "select * from users where name = ?"),
        (#"SELECT "Users"."Name" FROM "Users" WHERE a=1.5e-3"#, #"select "Users"."Name" from "Users" where a=?"#),
        ("SELECT `Id` FROM t1 WHERE t1.x > -5 AND y = +.5", "select `Id` from t1 where t1.x > ? and y = ?"),
        ("SELECT 1 WHERE id IN (1, 2,3)", "select ? where id in (?)"),
        ("SELECT 1 WHERE id IN($1,$2)", "select ? where id in (?)"),
        ("SELECT 1 WHERE id not in (SELECT id FROM b WHERE c IN (7))", "select ? where id not in (select id from b where c in (?))"),
        ("INSERT INTO t (a,b) VALUES (1,'x'), (2, 'y'),(now(), 'z') RETURNING id", "insert into t (a,b) values (?,?) returning id"),
        ("INSERT INTO t VALUES (?, ?)", "insert into t values (?, ?)"),
        ("SELECT a -- the id\nFROM t /* hint */ WHERE b = %s AND c = %(name)s", "select a from t where b = ? and c = ?"),
        ("/* traceparent='00-ab' */ SELECT a", "select a"),
        ("SELECT a::text, b FROM t WHERE c = :id AND d = @p1", "select a::text, b from t where c = ? and d = ?"),
        ("SELECT @@version, @x, a % b, a := 3", "select @@version, @x, a % b, a := ?"),
        ("SELECT $tag$it's$tag$, E'a\\'b', x'ff', name'", "select ?, ?, ?, name?"),
        ("SELECT * FROM events_2024 WHERE k = 0xFF", "select * from events_2024 where k = ?"),
        ("SELECT 'unterminated", "select ?"),
        ("SELECT * FROM café WHERE ü = 1", "select * from café where ü = ?"),
        ("", ""),
        ("1-1", "?-?"),
    ])
    func sql(_ statement: String, _ shape: String) { #expect(text(SQLShape.of, statement) == shape) }

    @Test("MySQL: double quotes enclose text")
    func mySQL() { #expect(text({ SQLShape.of($0, .mySQL) }, #"SELECT "a" FROM t"#) == "select ? from t") }

    @Test("a long IN list is folded although the statement is cut within it")
    func cutList() {
        let statement = "SELECT a WHERE b IN (" + String(repeating: "123456, ", count: 10_000) + "1)"
        #expect(text({ SQLShape.of($0) }, statement) == "select a where b in (?)")
        let insert = "INSERT INTO t VALUES " + String(repeating: "(1, 2), ", count: 10_000) + "(1, 2)"
        #expect(text({ SQLShape.of($0) }, insert) == "insert into t values (?, ?)")
    }

    @Test("commands: the key without what names one thing", arguments: [
        ("GET user:1234:cart", "GET user:*:cart"),
        ("set session:550e8400-e29b-41d4-a716-446655440000 xyz EX 60", "SET session:*"),
        ("HGETALL \"cart:9f86d081884c7d65\"", "HGETALL \"cart:*\""),
        ("PING", "PING"),
        ("GET a1\r\nGET a2\r\nDEL b", "GET a*\nDEL b"),
        ("GET deadbeefcafe", "GET deadbeefcafe"),
        (#"{"find":"users","filter":{"_id":7}}"#, "find users"),
        (#"{ "aggregate" : "orders" , "pipeline": []}"#, "aggregate orders"),
        (#"{"ping":1}"#, "ping"),
        ("db.users.find({_id: 7})", "db.users.find"),
        ("", ""),
    ])
    func command(_ command: String, _ shape: String) { #expect(text(Masking.command, command) == shape) }

    @Test("paths: segments that name one thing become {}", arguments: [
        ("/orders/123/items/4", "/orders/{}/items/{}"),
        ("/users/550e8400-e29b-41d4-a716-446655440000?x=1#y", "/users/{}"),
        ("https://shop.example:8443/api/v1/cart?id=7", "/api/v1/cart"),
        ("http://shop.example", "/"),
        ("/img/4711.png", "/img/{}.png"),
        ("/api/v2/oauth2/s3", "/api/v2/oauth2/s3"),
        ("/o/ord-20481/", "/o/{}/"),
        ("/t/01ARZ3NDEKTSV4RRFFQ69G5FAV", "/t/{}"),
        ("/blob/da39a3ee5e6b4b0d3255bfef95601890afd80709", "/blob/{}"),
        ("/", "/"),
        ("*", "*"),
    ])
    func path(_ url: String, _ shape: String) { #expect(text(Masking.path, url) == shape) }

    @Test("any bytes are survived")
    func noise() {
        var random = SystemRandomNumberGenerator()
        let alphabet = Array("'\"`$%:@?(),.;-/*[]{}= \n\\0e1ax".utf8) + [0, 0x80, 0xff]
        for _ in 0..<2_000 {
            let bytes = (0..<Int.random(in: 0..<40, using: &random)).map { _ in alphabet.randomElement(using: &random)! }
            bytes.withUnsafeBytes {
                _ = SQLShape.of($0)
                _ = SQLShape.of($0, .mySQL)
                _ = Masking.command($0)
                _ = Masking.path($0)
            }
        }
    }
}

private func text(_ shape: (UnsafeRawBufferPointer) -> [UInt8], _ text: String) -> String {
    String(decoding: Array(text.utf8).withUnsafeBytes(shape), as: UTF8.self)
}

private extension SQLShape {
    static func of(_ statement: UnsafeRawBufferPointer) -> [UInt8] { of(statement, .standard) }
}
