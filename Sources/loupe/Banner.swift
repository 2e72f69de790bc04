import Settings
import Store

/// What a start prints: where everything is, the line to copy, and what is already there.
func banner(_ configuration: Configuration, _ bound: [String: Endpoint], _ status: StoreStatus) -> String {
    func url(_ name: String, _ scheme: String = "http") -> String? {
        bound[name].map { endpoint in
            let host = endpoint.host.isEmpty || endpoint.host == "0.0.0.0" || endpoint.host == "::" ? "localhost" : endpoint.host
            return "\(scheme)\(configuration.tlsCertificate == nil ? "" : "s")://\(Endpoint(host: host, port: endpoint.port))"
        }
    }
    var lines = ["Loupe \(Version.number)"]
    if let api = url("api") {
        lines.append("  traces   \(api)/ui/     in a browser")
        lines.append("  Tempo    \(api)         as a Grafana data source")
    }
    if let endpoint = url("otlp-http") ?? url("otlp-grpc") {
        lines.append("  send     OTEL_EXPORTER_OTLP_ENDPOINT=\(endpoint)")
    }
    if let grpc = url("otlp-grpc") { lines.append("           or \(grpc) with OTEL_EXPORTER_OTLP_PROTOCOL=grpc") }
    let held = status.spans == 0 ? "empty" : "\(grouped(status.spans)) spans, \(bytes(status.diskBytes)) of \(bytes(status.maxDiskBytes))"
    lines.append("  data     \(status.directory) (\(held))")
    return lines.joined(separator: "\n")
}

/// 1234567 as 1,234,567.
func grouped(_ number: Int) -> String {
    var digits = Array(String(number))
    var place = digits.count - 3
    while place > 0 {
        digits.insert(",", at: place)
        place -= 3
    }
    return String(digits)
}

/// 1536 as 1.5 KiB.
func bytes(_ count: Int) -> String {
    var value = Double(count)
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if value < 1024 { return unit == "B" ? "\(count) B" : "\(Double(Int(value * 10)) / 10) \(unit)" }
        value /= 1024
    }
    return "\(Double(Int(value * 10)) / 10) TiB"
}
