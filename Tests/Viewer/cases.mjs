// Tests as tables: one name, one function, rows of [input…, expected]. Test tooling.

import { test } from 'node:test';
import assert from 'node:assert/strict';

/** Runs `check(...inputs)` for each row and compares with its last item; no-break spaces may be written as plain ones. */
export function table(name, check, rows) {
  test(name, () => {
    for (const row of rows) {
      const inputs = row.slice(0, -1);
      assert.deepEqual(plainSpaces(check(...inputs)), row[row.length - 1], `${name}: ${JSON.stringify(inputs, (_, value) => (typeof value === 'bigint' ? String(value) : value))}`);
    }
  });
}

function plainSpaces(value) {
  return typeof value === 'string' ? value.replaceAll('\u00a0', ' ') : value;
}
