internal import PromQL
internal import Wire

/// The parameters of a request: those of the form in its body, then those of its query string. Of a repeated one the first value
/// counts, unless it may repeat. Unknown ones are ignored. (promql.md §1)
struct PrometheusForm {
    private let all: [(name: String, value: String)]
    let nowMillis: Int64

    /// A query of 128 KiB, percent-encoded, and some more.
    static let bodyLimits = BodyLimits(wireBytes: 1 << 20, inflatedBytes: 1 << 20)

    init(_ request: Request, nowMillis: Int64) throws(BodyFailure) {
        let form = request.head.method == "POST" && request.head["content-type"]?.lowercased().hasPrefix("application/x-www-form-urlencoded") == true
        let body = form ? try request.inflated().withBytes { String(decoding: $0, as: UTF8.self) } : ""
        all = QueryParameters(body).all + request.head.parameters.all
        self.nowMillis = nowMillis
    }

    /// "" when there is none.
    subscript(name: String) -> String { all.first { $0.name == name }?.value ?? "" }

    func values(of name: String) -> [String] { all.filter { $0.name == name }.map(\.value) }

    // MARK: Times

    /// The beginning and the end of time, as far as one can calculate with them.
    static let allTime = (from: -Int64(Moments.limitSeconds) * 1_000, through: Int64(Moments.limitSeconds) * 1_000)

    /// Seconds since 1970 or RFC 3339, in milliseconds; `absent` when it is not given.
    func time(_ name: String, absent: Int64) throws(PrometheusFailure) -> Int64 {
        guard !self[name].isEmpty else { return absent }
        guard let millis = Self.millis(self[name]) else {
            throw PrometheusFailure(parameter: name, "Invalid time value for '\(name)': cannot parse \"\(self[name])\" to a valid timestamp")
        }
        return millis
    }

    func requiredTime(_ name: String) throws(PrometheusFailure) -> Int64 {
        guard let millis = Self.millis(self[name]) else {
            throw PrometheusFailure(parameter: name, "cannot parse \"\(self[name])\" to a valid timestamp")
        }
        return millis
    }

    /// `start` and `end` of calls that need neither.
    func window() throws(PrometheusFailure) -> (from: Int64, through: Int64) {
        (try time("start", absent: Self.allTime.from), try time("end", absent: Self.allTime.through))
    }

    private static func millis(_ text: String) -> Int64? {
        if let seconds = number(text) {
            // Far away is legal, and finds nothing.
            return Int64((max(-Moments.limitSeconds, min(seconds, Moments.limitSeconds)) * 1_000).rounded())
        }
        guard let (seconds, nanos) = parseRFC3339(text) else { return nil }
        return Int64(seconds) * 1_000 + Int64((nanos + 500_000) / 1_000_000)
    }

    private static func number(_ text: String) -> Double? {
        let isPlain = !text.isEmpty && text.utf8.allSatisfy { (48...57).contains($0) || "+-.eE".utf8.contains($0) }
        guard isPlain, let value = Double(text), value.isFinite else { return nil }
        return value
    }

    // MARK: Others

    /// Seconds, from a number of them or from a text such as `1m30s`; nil when it is not given.
    func seconds(_ name: String) throws(PrometheusFailure) -> Double? { self[name].isEmpty ? nil : try requiredSeconds(name) }

    func requiredSeconds(_ name: String) throws(PrometheusFailure) -> Double {
        let text = self[name]
        if let seconds = Self.number(text) {
            guard seconds.magnitude <= Double(DurationText.limitMillis) / 1_000 else {
                throw PrometheusFailure(parameter: name, "cannot parse \"\(text)\" to a valid duration. It overflows int64")
            }
            return seconds
        }
        do throws(DurationText.Failure) {
            return Double(try DurationText.millis(text)) / 1_000
        } catch {
            throw PrometheusFailure(parameter: name, "cannot parse \"\(text)\" to a valid duration")
        }
    }

    /// How many to give at most; nil for all.
    func limit() throws(PrometheusFailure) -> Int? {
        let text = self["limit"]
        guard !text.isEmpty else { return nil }
        guard let limit = Int(text) else { throw PrometheusFailure(parameter: "limit", "cannot parse \"\(text)\" to a number") }
        guard limit >= 0 else { throw PrometheusFailure(parameter: "limit", "limit must be non-negative") }
        return limit == 0 ? nil : limit
    }

    /// How many `match[]` a request may have; each asks all series anew.
    private static let maxSelectors = 1_000

    /// What `match[]` selects, one selector each.
    func selectors() throws(PrometheusFailure) -> [Selector] {
        var selectors: [Selector] = []
        let texts = values(of: "match[]")
        guard texts.count <= Self.maxSelectors else { throw PrometheusFailure(parameter: "match[]", "more than \(Self.maxSelectors) of them") }
        for text in texts {
            do throws(ParseError) {
                selectors.append(try Selector(parsing: text))
            } catch {
                throw PrometheusFailure(parameter: "match[]", error.description)
            }
        }
        return selectors
    }

    func query() throws(PrometheusFailure) -> Query {
        do throws(ParseError) { return try Query(parsing: self["query"]) } catch { throw PrometheusFailure(error) }
    }
}
