internal import PromQL
internal import Wire

/// What clients ask a Prometheus about itself. Loupe has no rules, no alerts and scrapes nothing.
enum PrometheusState {
    /// Clients take features for granted by this number.
    private static let version = "3.5.0"

    static func rules(_ form: PrometheusForm) throws -> Response {
        guard ["", "alert", "record"].contains(form["type"]) else {
            throw PrometheusFailure(parameter: "type", "not supported value \"\(form["type"])\"")
        }
        return PrometheusAnswer.success { $0.object { $0.array("groups") { _ in } } }
    }

    static func alerts(_: PrometheusForm) -> Response {
        PrometheusAnswer.success { $0.object { $0.array("alerts") { _ in } } }
    }

    static func targets(_ form: PrometheusForm) -> Response {
        PrometheusAnswer.success { json in
            json.object { json in
                json.array("activeTargets") { _ in }
                json.array("droppedTargets") { _ in }
                json.key("droppedTargetCounts")
                if form["state"] == "active" { json.null() } else { json.object { _ in } }
            }
        }
    }

    /// No `features`, by which Grafana would know a Mimir.
    static func buildInfo(_ build: BuildInfo) -> Response {
        PrometheusAnswer.success { json in
            json.object { json in
                json.member("version", version)
                json.member("revision", build.revision)
                json.member("branch", "loupe-\(build.version)")
                json.member("buildUser", "loupe")
                json.member("buildDate", build.date)
                json.member("goVersion", "")
            }
        }
    }
}

extension JSONAnswer {
    /// A member that is named by the family.
    mutating func family(_ family: MetricFamily) {
        key(family.name)
        array { json in
            json.object { json in
                json.member("type", family.type)
                json.member("help", family.help)
                json.member("unit", family.unit)
            }
        }
    }
}
