// House rules over web/ as a whole: kinds of module, imports, names, policy, size.

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('../../web', import.meta.url));
const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(root.length + 1));
const modules = files.filter((file) => file.endsWith('.js'));
const source = Object.fromEntries(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
const importsOf = (file) => [...source[file].matchAll(/^import (.+?) from '(.+?)';$/gms)].map(([, what, from]) => ({ what, path: join(file, '..', from) }));

/** Code without comments, strings' contents and template texts, for looking at names. */
const stripped = (file) => source[file].replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');

test('every import is of names, from a file that is there and exports them', () => {
  for (const file of modules) {
    assert.ok(!/^import (?!\{)/m.test(source[file]) && !/ as /.test(importsOf(file).map(({ what }) => what).join()), `${file}: named imports only, without aliases`);
    assert.ok(!/^export default|\bawait import\(/m.test(stripped(file)), `${file}: no default export, no import()`);
    for (const { what, path } of importsOf(file)) {
      assert.ok(modules.includes(path), `${file} imports ${path}`);
      for (const name of what.replace(/[{}]/g, '').split(',').map((part) => part.trim()).filter(Boolean)) {
        assert.ok(new RegExp(`^export (?:async )?(?:const|let|class|function\\*?) ${name.replace('$', '\\$')}\\b`, 'm').test(source[path]), `${path} exports ${name} for ${file}`);
      }
    }
  }
});

test('nothing is imported or exported in vain', () => {
  const used = new Set(modules.flatMap((file) => importsOf(file).flatMap(({ what, path }) => what.replace(/[{}]/g, '').split(',').map((name) => `${path}#${name.trim()}`))));
  const inTests = readdirSync(fileURLToPath(new URL('.', import.meta.url))).filter((name) => name.endsWith('.mjs')).map((name) => readFileSync(new URL(name, import.meta.url), 'utf8')).join('\n');
  for (const file of modules) {
    for (const [, name] of source[file].matchAll(/^export (?:async )?(?:const|let|class|function) (\w+)/gm)) {
      assert.ok(used.has(`${file}#${name}`) || new RegExp(`\\b${name}\\b`).test(inTests), `${file}: ${name} is exported and used nowhere`);
    }
    for (const { what } of importsOf(file)) {
      for (const name of what.replace(/[{}]/g, '').split(',').map((part) => part.trim()).filter(Boolean)) {
        assert.ok(stripped(file).match(new RegExp(`\\b${name}\\b`, 'g')).length > 1, `${file}: ${name} is imported and not used`);
      }
    }
  }
});

test('top-level names are unique across web/, so that modules can be put into one file', () => {
  const owner = new Map();
  for (const file of modules) {
    for (const [, list, single] of stripped(file).matchAll(/^(?:export )?(?:async )?(?:(?:const|let|var|class|function\*?) (?:\{([^}]*)\}|(\w+)))/gm)) {
      for (const name of (list ?? single).split(',').map((part) => part.split(':').pop().trim())) {
        assert.ok(!owner.has(name), `${name} is declared in ${owner.get(name)} and in ${file}`);
        owner.set(name, file);
      }
    }
  }
  assert.ok(owner.size > 150);
});

test('kinds are kept apart: model knows no DOM, drawing no page, nobody but data/api.js the server', () => {
  const allowed = { model: ['model'], data: ['data', 'model'], draw: ['draw', 'model'], page: ['page', 'draw', 'data', 'model'] };
  for (const file of modules.filter((name) => name.includes('/'))) {
    const kind = file.split('/')[0];
    for (const { path } of importsOf(file)) assert.ok(allowed[kind].includes(path.split('/')[0]), `${file} may not import ${path}`);
    if (kind === 'model') assert.ok(!/\b(document|window|fetch|localStorage|requestAnimationFrame)\b[.(]/.test(stripped(file)), `${file} uses the browser`);
    if (file !== 'data/api.js') assert.ok(!/\bfetch\(/.test(stripped(file)), `${file} talks to the server`);
  }
});

test('imports form no circle', () => {
  const state = new Map();
  const visit = (file, path) => {
    assert.ok(state.get(file) !== 'open', `circle: ${[...path, file].join(' -> ')}`);
    if (state.has(file)) return;
    state.set(file, 'open');
    for (const { path: next } of importsOf(file)) visit(next, [...path, file]);
    state.set(file, 'done');
  };
  for (const file of modules) visit(file, []);
});

test('the policy can hold: no markup strings, no inline style or script, no address of another host', () => {
  for (const file of modules) assert.ok(!/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setAttribute\('style'/.test(stripped(file)), file);
  const html = source['index.html'];
  assert.ok(!/ style=|<script>|<style|\son\w+=/.test(html));
  assert.ok(html.includes('<base href="/ui/">'));
  for (const file of files.filter((name) => /\.(html|css|js)$/.test(name))) {
    const hosts = [...source[file].matchAll(/https?:\/\/([\w.-]+)/g)].map(([, host]) => host).filter((host) => !/^(www\.w3\.org|host\.docker\.internal)$/.test(host));
    assert.deepEqual(hosts, [], file);
  }
});

test('index.html asks for every module at once', () => {
  const listed = [...source['index.html'].matchAll(/<link rel="modulepreload" href="(.+?)">/g)].map(([, href]) => href);
  assert.deepEqual(listed, modules.filter((file) => file !== 'app.js').sort());
});

test('every icon that is used is in the sprite, and the other way round', () => {
  const symbols = new Set([...source['index.html'].matchAll(/<symbol id="i-(\w+)"/g)].map(([, name]) => name));
  assert.ok(symbols.size <= 30);
  const all = modules.map((file) => source[file]).join('\n');
  const used = new Set([...all.matchAll(/(?:\bicon\(|symbol: |(?<!\.)add\()'(\w+)'/g)].map(([, name]) => name));
  for (const name of used) assert.ok(symbols.has(name), name);
  for (const name of symbols) assert.ok(used.has(name), `${name} is never shown`);
});

test('everything sent stays far below 200 KB gzip', () => {
  const size = (matches) => files.filter(matches).reduce((sum, file) => sum + gzipSync(source[file]).length, 0);
  const js = size((file) => file.endsWith('.js')), css = size((file) => file.endsWith('.css')), rest = size((file) => /\.(html|svg)$/.test(file));
  assert.ok(js <= 150_000 && css <= 15_000 && rest <= 10_000, `js ${js}, css ${css}, html and icons ${rest}`);
  console.log(`# gzip: js ${js}, css ${css}, html and icons ${rest} bytes`);
});

test('README.md names every module', () => {
  for (const file of modules) assert.ok(source['README.md'].includes(file.split('/').pop()), `${file} is not on the map`);
});
