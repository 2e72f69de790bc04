extension Setting {
    /// Every setting there is, in the order in which people meet them.
    public static let table: [Setting] = [
        Setting(
            "config", .general, \.config, .path("FILE"),
            "YAML file to read settings from",
            "A flag wins over an environment variable, which wins over the file, which wins over the default. "
                + "The file's keys are the names of the settings."),
        Setting(
            "data", .general, \.data, .path("DIR"), defaultText: "$XDG_DATA_HOME/loupe, else ~/.local/share/loupe",
            "Directory that holds everything Loupe keeps",
            "It is created when missing. One process at a time may use it. To move Loupe, stop it and copy this "
                + "directory."),

        Setting(
            "otlp-grpc", .listeners, \.otlpGRPC, .endpoint,
            "Address for OTLP over gRPC",
            "`:4317` binds every interface, which a container needs; port 0 picks a free port; `off` opens "
                + "none. OTLP over HTTP sent here works too."),
        Setting(
            "otlp-http", .listeners, \.otlpHTTP, .endpoint,
            "Address for OTLP over HTTP, protobuf and JSON",
            "Exporters append `/v1/traces`. OTLP over gRPC sent here works too."),
        Setting(
            "api", .listeners, \.api, .endpoint,
            "Address for the viewer, the Tempo API, /metrics and /ready",
            "Grafana's Tempo data source and the browser both use this one. OTLP sent here works too. There is "
                + "no login: put a proxy in front before opening it to others."),
        Setting(
            "metrics", .listeners, \.metrics, .endpoint,
            "Address for Prometheus to scrape metrics from",
            "The same text as /metrics on the `api` address, at the address where Prometheus configurations "
                + "made for a Collector expect it."),
        Setting(
            "health", .listeners, \.health, .endpoint,
            "Address for health probes",
            "Answers like the Collector's health_check extension: 200 while Loupe takes traces, 503 while it "
                + "starts or stops."),

        Setting(
            "retention", .storage, \.retention, .duration(.seconds(60), .seconds(36_500 * 86_400)),
            "How long traces are kept",
            "Whole blocks are deleted, so a span can stay somewhat longer than this."),
        Setting(
            "max-disk", .storage, \.maxDiskBytes, .size(64 << 20, 1 << 50),
            "Largest size of the data directory; the oldest traces go first",
            "Retention by age and this limit both hold; whichever is reached first deletes."),
        Setting(
            "fsync", .storage, \.fsync, .onOff,
            "Whether an acknowledged span is safe from a power cut",
            "With `off` it is safe only from a crash or `kill -9` of Loupe itself; slow disks then no longer "
                + "slow the exporters down."),

        Setting(
            "memory", .limits, \.memoryBytes, .size(64 << 20, 1 << 40),
            "Memory that Loupe may use",
            "When requests in flight would need more, exporters are told to wait and try again; nothing "
                + "acknowledged is lost. Give a container a quarter more than this."),
        Setting(
            "max-message", .limits, \.maxMessageBytes, .size(64 << 10, 1 << 30),
            "Largest OTLP message accepted, before and after decompression",
            "At most half of `memory`; the default shrinks with it. A larger message is refused with "
                + "RESOURCE_EXHAUSTED or 413 and the limit in the text."),

        Setting(
            "metrics-generator", .metrics, \.generatedMetrics, .names([
                "span-metrics", "service-graphs", "host-info", "span-metrics-count", "span-metrics-latency", "span-metrics-size",
                "service-graphs-request", "service-graphs-latency", "service-graphs-connection-info",
            ]),
            "Metrics made of spans, by the names of Tempo's processors",
            "They are at /metrics under Tempo's names, and for as long as `retention` says below /prometheus on the `api` address, "
                + "where Grafana's service graph finds them without a Prometheus."),

        Setting(
            "tls-cert", .access, \.tlsCertificate, .path("FILE"),
            "PEM file with the certificate chain; every listener then takes TLS",
            "Plain connections still work on the same ports, so a health probe needs no certificate. Needs `tls-key`."),
        Setting(
            "tls-key", .access, \.tlsKey, .path("FILE"),
            "PEM file with the certificate's private key",
            "Needs `tls-cert`."),
        Setting(
            "cors-origins", .access, \.corsOrigins, .origins,
            "Origins whose pages may send OTLP from a browser",
            "Write them as the browser sends them, comma-separated or as a YAML list. `off` allows none, `*` any."),

        Setting(
            "log-level", .logging, \.logLevel, .choice,
            "How much is logged"),
        Setting(
            "log-format", .logging, \.logFormat, .choice,
            "How log lines look: for people, or one JSON object each"),
    ]

    public static func named(_ name: String) -> Setting? { table.first { $0.name == name } }
}
