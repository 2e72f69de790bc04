// Takes pictures of pages for the eye: node Tests/Viewer/look.mjs OUT-FOLDER PATH [WIDTHxHEIGHT] [dark] [empty] [js=EXPRESSION]
// PATH may name a sample: `trace:checkout`. Prints what the console said.

import { Browser } from './browser.mjs';
import { SAMPLE_IDS, startMockServer } from './mock-server.mjs';

const [folder, path, ...rest] = process.argv.slice(2);
const size = rest.find((word) => /^\d+x\d+$/.test(word)) ?? '1440x900';
const [width, height] = size.split('x').map(Number);
const script = rest.find((word) => word.startsWith('js='))?.slice(3);
const server = await startMockServer({ empty: rest.includes('empty'), live: rest.includes('live') });
if (rest.includes('problems')) {
  const last = String(BigInt(Date.now() - 3000) * 1_000_000n);
  server.store.problems = [{ kind: 'tls', peer: '10.0.3.7', listener: 'otlp-grpc', count: 14, first: last, last, userAgent: 'OTel-OTLP-Exporter-Python/1.27', sentence: 'A client wants TLS on a plaintext port.', fix: 'Use http:// or insecure: true, or give Loupe a certificate.' },
    { kind: 'path', peer: '172.17.0.4', listener: 'otlp-http', count: 1, first: last, last, userAgent: 'curl/8.5', sentence: 'POST /traces is not an OTLP path.', fix: 'Use the base URL, or …/v1/traces.' }];
}
const browser = await Browser.launch();
const page = await browser.page({ width, height, dark: rest.includes('dark') });
const [route, sample, query = ''] = path.split(':');
await page.open(`${server.url}/ui/${sample ? `trace/${SAMPLE_IDS[sample]}${query}` : route}`);
await page.until('document.querySelector("main")?.firstChild !== null');
await new Promise((resolve) => setTimeout(resolve, sample?.endsWith('million') ? 8000 : 900));
if (script) {
  console.log(await page.evaluate(script));
  await new Promise((resolve) => setTimeout(resolve, 500));
}
const file = `${folder}/${(sample ?? route).replace(/\W+/g, '-') || 'start'}-${width}${rest.includes('dark') ? '-dark' : ''}.png`;
await page.screenshot(file);
console.log(file, await page.evaluate('location.pathname + location.search'), page.problems);
await browser.close();
await server.close();
