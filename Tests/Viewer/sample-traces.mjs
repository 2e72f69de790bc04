// Synthetic traces of every shape the viewer must survive. Deterministic: a seeded generator, no clock.
// A span: {spanId, parentId, service, name, kind, status, statusMessage, start, dur, group, attributes, events, links, flagged}
// with start and dur in ns from the trace's t0.

const MS = 1e6;

/** Small fast generator (mulberry32), so that every run sees the same traces. */
export function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export const spanIdOf = (number) => (number + 1).toString(16).padStart(16, 'a0000000');
const text = (k, value) => ({ k, v: { stringValue: value } });
const int = (k, value) => ({ k, v: { intValue: String(value) } });

/** Collects the spans of one trace. */
export class TraceBuilder {
  spans = [];
  constructor(id, t0) {
    this.id = id;
    this.t0 = t0;
  }
  add(parent, service, name, start, dur, more = {}) {
    const span = { spanId: spanIdOf(this.spans.length), parentId: parent?.spanId ?? null, service, name, kind: 1, status: 0, statusMessage: '', group: '',
      start: Math.round(start), dur: Math.round(dur), ...more };
    this.spans.push(span);
    return span;
  }
  done() {
    return { id: this.id, t0: this.t0, spans: this.spans };
  }
}

const PYTHON_STACK = `Traceback (most recent call last):
  File "/usr/local/lib/python3.12/site-packages/django/core/handlers/exception.py", line 55, in inner
    response = get_response(request)
  File "/usr/local/lib/python3.12/site-packages/django/core/handlers/base.py", line 197, in _get_response
    response = wrapped_callback(request, *callback_args, **callback_kwargs)
  File "/usr/local/lib/python3.12/site-packages/django/views/generic/base.py", line 104, in view
    return self.dispatch(request, *args, **kwargs)
  File "/app/shop/checkout.py", line 88, in post
    charge = payments.charge(order)
  File "/app/shop/payments.py", line 41, in charge
    raise PaymentRefused(response.status_code)
shop.payments.PaymentRefused: 502 from payments.internal
`;
const PRICE_SQL = "SELECT p.id, p.amount, p.currency FROM shop_price AS p LEFT JOIN shop_discount AS d ON d.price_id = p.id WHERE p.item_id = 4711 AND p.valid_from <= '2026-11-24' ORDER BY p.valid_from DESC LIMIT 1";
const PRICE_GROUP = 'select p.id, p.amount, p.currency from shop_price as p left join shop_discount as d on d.price_id = p.id where p.item_id = ? and p.valid_from <= ? order by p.valid_from desc limit ?';

/** The shop's checkout: N+1 queries, a payment that failed and was retried, a gap, events, links. */
export function checkoutTrace(id, t0, prices = 240) {
  const b = new TraceBuilder(id, t0);
  const root = b.add(null, 'shop-web', 'POST /checkout', 0, 1920 * MS, { kind: 2, status: 2, statusMessage: 'payment refused', group: '/checkout',
    attributes: [text('http.request.method', 'POST'), text('http.route', '/checkout'), int('http.response.status_code', 502), text('url.path', '/checkout'), text('url.scheme', 'https'),
      text('user_agent.original', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36'), text('shop.tenant', 'acme'), text('shop.cart.id', 'c-88213'), int('shop.cart.items', prices),
      { k: 'shop.flags', v: { arrayValue: { values: [{ stringValue: 'new-pricing' }, { boolValue: true }] } } }],
    links: [{ traceId: 'd'.repeat(32), spanId: 'e'.repeat(16), traceState: '', attributes: [text('link.reason', 'previous attempt')], dropped: 0 }] });
  const session = b.add(root, 'shop-web', 'session.load', 2 * MS, 9 * MS);
  b.add(session, 'redis', 'GET session', 3 * MS, 2.1 * MS, { kind: 3, group: 'get session:*', attributes: [text('db.system', 'redis'), text('db.statement', 'GET session:8f1c')] });
  const cart = b.add(root, 'shop-web', 'cart.total', 14 * MS, 1140 * MS, { attributes: [text('code.filepath', '/app/shop/cart.py'), int('code.lineno', 132), text('code.function', 'total')] });
  b.add(cart, 'postgres', 'SELECT items', 15 * MS, 12 * MS, { kind: 3, group: 'select * from shop_item where cart_id = ?', attributes: [text('db.system', 'postgresql'), text('db.statement', "SELECT * FROM shop_item WHERE cart_id = 'c-88213'")] });
  const random = seededRandom(7);
  const each = 1118 / prices;
  for (let i = 0; i < prices; i++) {
    b.add(cart, 'postgres', 'SELECT price', (30 + i * each) * MS, (each * (0.55 + 0.4 * random())) * MS, { kind: 3, group: PRICE_GROUP,
      attributes: [text('db.system', 'postgresql'), text('db.name', 'shop'), text('db.statement', PRICE_SQL), text('server.address', 'db-1.internal')],
      status: i === 77 ? 2 : 0, statusMessage: i === 77 ? 'canceling statement due to lock timeout' : '' });
  }
  const payment = b.add(root, 'shop-web', 'POST payments', 1345 * MS, 410 * MS, { kind: 3, status: 2, statusMessage: '502 Bad Gateway', group: '/charge',
    attributes: [text('http.request.method', 'POST'), text('url.full', 'http://payments.internal/charge'), int('http.response.status_code', 502)],
    events: [{ at: 1346 * MS, name: 'connection.acquired', attributes: [] },
      { at: 1750 * MS, name: 'exception', attributes: [text('exception.type', 'shop.payments.PaymentRefused'), text('exception.message', '502 from payments.internal'), text('exception.stacktrace', PYTHON_STACK)] }] });
  for (let attempt = 0; attempt < 3; attempt++) {
    const failed = attempt < 2;
    const charge = b.add(payment, 'payments', 'POST /charge', (1350 + attempt * 132) * MS, 122 * MS, { kind: 2, status: 2, statusMessage: failed ? 'upstream timeout' : 'card declined', group: '/charge' });
    b.add(charge, 'payments', 'card.authorize', (1354 + attempt * 132) * MS, 110 * MS, { kind: 3, status: failed ? 2 : 0, events: [{ at: (1360 + attempt * 132) * MS, name: 'retry', attributes: [int('attempt', attempt + 1)] }] });
  }
  const send = b.add(root, 'shop-web', 'send receipt', 1760 * MS, 6 * MS, { kind: 4 });
  const work = b.add(send, 'shop-worker', 'run receipt', 1810 * MS, 105 * MS, { kind: 5 });
  b.add(work, 'smtp', 'SMTP send', 1820 * MS, 60 * MS, { kind: 3 });
  let chain = b.add(root, 'shop-web', 'render', 1770 * MS, 140 * MS);
  for (const name of ['gzip middleware', 'csrf middleware', 'auth middleware', 'locale middleware', 'messages middleware']) chain = b.add(chain, 'shop-web', name, chain.start + 0.1 * MS, chain.dur - 0.2 * MS);
  b.add(chain, 'shop-web', 'template checkout.html', chain.start + 0.2 * MS, chain.dur - 0.4 * MS);
  return b.done();
}

/** A random tree that looks like traffic between services. */
export function randomTrace(id, t0, count, seed = 1, { services = 8, errors = 0.01, spread = 5000 } = {}) {
  const random = seededRandom(seed);
  const b = new TraceBuilder(id, t0);
  const names = ['gateway', 'orders', 'inventory', 'postgres', 'redis', 'billing', 'search', 'mailer', 'auth', 'catalog', 'shipping', 'reports', 'flags'].slice(0, services);
  while (names.length < services) names.push(`service-${names.length}`);
  const root = b.add(null, names[0], 'GET /report', 0, spread * MS, { kind: 2, group: '/report' });
  const open = [root];
  while (b.spans.length < count) {
    const parent = open[Math.floor(random() ** 1.6 * open.length)];
    const fraction = random() * 0.9;
    const dur = Math.max(1000, parent.dur * (1 - fraction) * random() * 0.6);
    const service = random() < 0.55 ? parent.service : names[Math.floor(random() * names.length)];
    const operation = `${['load', 'store', 'check', 'render', 'fetch', 'merge'][Math.floor(random() * 6)]} ${['item', 'price', 'user', 'page', 'block'][Math.floor(random() * 5)]}`;
    const failed = random() < errors;
    const span = b.add(parent, service, operation, parent.start + parent.dur * fraction, dur, { kind: service === parent.service ? 1 : 3, status: failed ? 2 : 0, statusMessage: failed ? 'deadline exceeded' : '' });
    if (open.length < 4000) open.push(span);
    else open[Math.floor(random() * open.length)] = span;
  }
  return b.done();
}

const HOSTILE_NAME = '</script><script>alert(1)</script><!-- ';

/** Every sample by a short name. Ids are the name's place, so that links in tests stay readable. */
export const SAMPLES = {
  checkout: (id, t0) => checkoutTrace(id, t0),
  one: (id, t0) => new OneSpan(id, t0).done(),
  zero: (id, t0) => {
    const b = new TraceBuilder(id, t0);
    const root = b.add(null, 'clockless', 'instant', 0, 0);
    b.add(root, 'clockless', 'instant child', 0, 0);
    return b.done();
  },
  fiveThousand: (id, t0) => randomTrace(id, t0, 5000, 5),
  hundredThousand: (id, t0) => randomTrace(id, t0, 100_000, 6, { services: 12 }),
  million: (id, t0) => randomTrace(id, t0, 1_000_000, 8, { services: 12, errors: 0.0005, spread: 60_000 }),
  missing: (id, t0) => {
    const b = new TraceBuilder(id, t0);
    const root = b.add(null, 'shop-web', 'GET /orders', 0, 300 * MS, { kind: 2 });
    b.add(root, 'shop-web', 'auth', 4 * MS, 20 * MS);
    for (let i = 0; i < 3; i++) b.add({ spanId: '9f3c000000000001' }, 'shop-mail', 'render mail', (60 + i * 30) * MS, 25 * MS);
    const late = b.add({ spanId: '9f3c000000000002' }, 'shop-mail', 'send', 180 * MS, 60 * MS);
    b.add(late, 'smtp', 'SMTP DATA', 190 * MS, 30 * MS);
    return b.done();
  },
  loop: (id, t0) => {
    const b = new TraceBuilder(id, t0);
    const root = b.add(null, 'a', 'root', 0, 100 * MS);
    b.add(root, 'a', 'fine', 5 * MS, 20 * MS);
    const one = b.add(null, 'b', 'ouroboros head', 10 * MS, 50 * MS);
    const two = b.add(one, 'b', 'ouroboros body', 12 * MS, 40 * MS);
    const three = b.add(two, 'b', 'ouroboros tail', 14 * MS, 30 * MS);
    one.parentId = three.spanId;
    b.add(three, 'b', 'hangs off the loop', 15 * MS, 5 * MS);
    const alone = b.add(null, 'c', 'its own parent', 40 * MS, 5 * MS);
    alone.parentId = alone.spanId;
    return b.done();
  },
  duplicates: (id, t0) => {
    const b = new TraceBuilder(id, t0);
    const root = b.add(null, 'a', 'root', 0, 50 * MS);
    b.add(root, 'a', 'sent twice', 5 * MS, 10 * MS, { spanId: 'abcabcabcabcabca' });
    b.add(root, 'a', 'sent twice', 5 * MS, 12 * MS, { spanId: 'abcabcabcabcabca' });
    b.add(root, 'b', 'ends before it starts', 20 * MS, 0, { flagged: true });
    return b.done();
  },
  deep: (id, t0) => {
    const b = new TraceBuilder(id, t0);
    let parent = null;
    for (let i = 0; i < 300; i++) parent = b.add(parent, ['a', 'b', 'c'][i % 3] + '-service', `level ${i}`, i * MS, (700 - 2 * i) * MS);
    return b.done();
  },
  hostile: (id, t0) => {
    const b = new TraceBuilder(id, t0);
    const root = b.add(null, '<img src=x onerror=alert(1)>', HOSTILE_NAME, 0, 80 * MS, { kind: 2, status: 2, statusMessage: '\u202Eevil\u202C \u0000 NUL \u2028 line' });
    b.add(root, 'right\u202Eleft', 'name with \u0000 NUL and \u2028 separator', 5 * MS, 30 * MS, { attributes: [text('big', 'x'.repeat(1_000_000)), text('</script>', '<!-- <b>bold</b>'), text('url', 'javascript:alert(1)'), text('docs', 'https://example.org/a?b=c')] });
    b.add(root, 'long', 'n'.repeat(5000), 10 * MS, 20 * MS, { attributes: Array.from({ length: 60 }, (_, i) => text(`http.request.header.x-long-${i}`, 'v'.repeat(i * 20))) });
    return b.done();
  },
  noRoot: (id, t0) => {
    const b = new TraceBuilder(id, t0);
    const first = b.add({ spanId: 'ffffffffffffffff' }, 'worker', 'consume job', 0, 90 * MS, { kind: 5 });
    b.add(first, 'worker', 'step', 10 * MS, 30 * MS);
    return b.done();
  },
  noService: (id, t0) => {
    const b = new TraceBuilder(id, t0);
    const root = b.add(null, null, 'anonymous', 0, 10 * MS);
    b.add(root, null, 'child', MS, 3 * MS);
    return b.done();
  },
  manyServices: (id, t0) => randomTrace(id, t0, 400, 11, { services: 30 }),
};

class OneSpan extends TraceBuilder {
  constructor(id, t0) {
    super(id, t0);
    this.add(null, 'cron', 'nightly backup', 0, 83 * 60e9, { attributes: [text('job', 'backup')] });
  }
}
