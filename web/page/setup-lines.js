// The lines that point an exporter at this Loupe, per language. Text only; the page decides how it looks.

/**
 * @param {{httpEndpoint: string, grpcEndpoint: string}} endpoints  URLs as the application must use them
 * @returns {{name: string, code: string, note: string}[]}
 */
export function setupLines({ httpEndpoint, grpcEndpoint }) {
  const environment = `export OTEL_SERVICE_NAME=my-service
export OTEL_EXPORTER_OTLP_ENDPOINT=${httpEndpoint}
export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
export OTEL_METRICS_EXPORTER=none OTEL_LOGS_EXPORTER=none`;
  return [
    { name: 'Python, Django + Celery', note: 'Start the workers through opentelemetry-instrument, too: a task then continues the trace of the request that queued it.', code: `pip install opentelemetry-distro opentelemetry-exporter-otlp-proto-http
opentelemetry-bootstrap -a install

${environment}

opentelemetry-instrument python manage.py runserver --noreload
opentelemetry-instrument celery -A shop worker` },
    { name: 'Node', note: '', code: `npm install @opentelemetry/api @opentelemetry/auto-instrumentations-node

${environment}
export NODE_OPTIONS="--require @opentelemetry/auto-instrumentations-node/register"

node server.js` },
    { name: 'Java', note: '', code: `${environment}

java -javaagent:opentelemetry-javaagent.jar -jar app.jar` },
    { name: 'Go', note: 'The exporter reads the endpoint from the environment.', code: `go get go.opentelemetry.io/otel/sdk go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp

exporter, err := otlptracehttp.New(ctx)
provider := trace.NewTracerProvider(trace.WithBatcher(exporter))
otel.SetTracerProvider(provider)
defer provider.Shutdown(ctx)

${environment}` },
    { name: '.NET', note: '', code: `dotnet add package OpenTelemetry.Extensions.Hosting
dotnet add package OpenTelemetry.Instrumentation.AspNetCore
dotnet add package OpenTelemetry.Exporter.OpenTelemetryProtocol

builder.Services.AddOpenTelemetry()
    .WithTracing(t => t.AddAspNetCoreInstrumentation().AddOtlpExporter());

${environment}` },
    { name: 'Collector', note: '', code: `exporters:
  otlp/loupe:
    endpoint: ${grpcEndpoint.replace(/^https?:\/\//, '')}
    tls:
      insecure: ${grpcEndpoint.startsWith('https') ? 'false' : 'true'}

service:
  pipelines:
    traces:
      exporters: [otlp/loupe]` },
    { name: 'curl', note: '', code: `curl ${httpEndpoint}/v1/traces -H 'content-type: application/json' -d '{"resourceSpans":[{"resource":{"attributes":[
  {"key":"service.name","value":{"stringValue":"curl"}}]},"scopeSpans":[{"spans":[{
  "traceId":"'$(openssl rand -hex 16)'","spanId":"'$(openssl rand -hex 8)'","name":"hello","kind":1,
  "startTimeUnixNano":"'$(date +%s)000000000'","endTimeUnixNano":"'$(date +%s)250000000'"}]}]}]}'` },
  ];
}

/** Where applications must send to, as seen from this page's address. @param {object[]} listeners of /ui/api/state */
export function exporterEndpoints(listeners, hostname) {
  const urlOf = (name, port) => {
    const listener = listeners.find((candidate) => candidate.name === name);
    const host = hostname.includes(':') && !hostname.startsWith('[') ? `[${hostname}]` : hostname;
    return `${listener?.tls ? 'https' : 'http'}://${host}:${/:(\d+)$/.exec(listener?.address ?? '')?.[1] ?? port}`;
  };
  return { httpEndpoint: urlOf('otlp-http', 4318), grpcEndpoint: urlOf('otlp-grpc', 4317) };
}

/**
 * A small trace in OTLP JSON: a request, two queries, one call that failed.
 * @param {bigint} endNanos when the request ended, ns since 1970
 * @param {(bytes: number) => string} randomHex
 */
export function testTrace(endNanos, randomHex) {
  const traceId = randomHex(16);
  const began = endNanos - 180_000_000n;
  const root = randomHex(8);
  const span = (name, kind, from, to, parentSpanId, attributes = {}, failure = '') => ({ traceId, spanId: parentSpanId ? randomHex(8) : root, parentSpanId, name, kind,
    startTimeUnixNano: String(began + BigInt(from) * 1_000_000n), endTimeUnixNano: String(began + BigInt(to) * 1_000_000n),
    attributes: Object.entries(attributes).map(([key, value]) => ({ key, value: { stringValue: value } })), status: failure ? { code: 2, message: failure } : {} });
  const resource = (name, spans) => ({ resource: { attributes: [{ key: 'service.name', value: { stringValue: name } }] }, scopeSpans: [{ scope: { name: 'loupe.test-trace' }, spans }] });
  return { traceId, payload: { resourceSpans: [
    resource('test-web', [span('GET /hello', 2, 0, 180, '', { 'http.request.method': 'GET', 'http.route': '/hello' }), span('render page', 1, 120, 172, root)]),
    resource('test-db', [span('SELECT greeting', 3, 12, 48, root, { 'db.system': 'postgresql', 'db.query.text': 'SELECT text FROM greeting WHERE language = \'en\'' })]),
    resource('test-mail', [span('send mail', 3, 52, 110, root, {}, 'this one fails on purpose')]),
  ] } };
}
