/// `/api/status/buildinfo`: exactly the six fields of Tempo, all of them text. The version is that of the Tempo whose API is
/// answered, because Grafana derives from it what it may ask for.
extension BuildInfo {
    func json() -> [UInt8] {
        var answer = JSONAnswer()
        answer.object {
            $0.member("version", Self.tempoVersion)
            $0.member("revision", revision)
            $0.member("branch", branch)
            $0.member("buildUser", "loupe \(version)")
            $0.member("buildDate", date)
            $0.member("goVersion", "swift6.3")
        }
        return answer.array()
    }
}
