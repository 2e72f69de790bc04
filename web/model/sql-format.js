// SQL laid out over lines for reading. Only white space changes: no word, literal or comment is touched.

const NEW_LINE = new Set(['select', 'from', 'where', 'group', 'order', 'having', 'limit', 'offset', 'union', 'except', 'intersect', 'insert', 'update',
  'delete', 'set', 'values', 'returning', 'with', 'window', 'fetch', 'for']);
const JOIN_STARTS = new Set(['left', 'right', 'inner', 'outer', 'full', 'cross', 'natural', 'join']);
const LONG_LINE = 88;

/** True when the text starts like a SQL statement. */
export function looksLikeSql(text) {
  return /^\s*(?:(?:--[^\n]*\n|\/\*[\s\S]*?\*\/)\s*)*(select|insert|update|delete|with|merge|create|alter|drop|begin|commit|savepoint|release|explain|call|replace)\b/i.test(text);
}

/** Words, literals, quoted names, comments, operators, each as written. */
export function sqlTokens(text) {
  return text.match(/'(?:[^']|'')*'?|"(?:[^"]|"")*"?|`[^`]*`?|\$\$[\s\S]*?\$\$|--[^\n]*|\/\*[\s\S]*?\*\/|[\p{L}_@#:$%?][\p{L}\p{N}_$@#.]*|\d[\w.]*|<>|<=|>=|!=|::|\|\||->>?|[^\s]/gu) ?? [];
}

/**
 * @param {string} text
 * @returns {string} the statement over several lines; short ones stay on one
 */
export function formatSql(text) {
  const tokens = sqlTokens(text);
  const oneLine = joinTokens(tokens);
  if (oneLine.length <= LONG_LINE && !oneLine.includes('--')) return oneLine;
  const lines = [];
  let line = [], indent = 0, pendingIndent = 0;
  const parentheses = [];
  const flush = () => {
    if (line.length > 0) lines.push('  '.repeat(Math.max(0, pendingIndent)) + joinTokens(line));
    line = [];
    pendingIndent = indent;
  };
  tokens.forEach((token, i) => {
    const word = token.toLowerCase();
    const before = tokens[i - 1]?.toLowerCase();
    const inClause = parentheses.length === 0 || parentheses[parentheses.length - 1];
    const startsJoin = JOIN_STARTS.has(word) && !JOIN_STARTS.has(before) && tokens[i + 1] !== '(';
    const startsClause = NEW_LINE.has(word) && !(word === 'set' && before === 'for') && before !== '.' && !(word === 'from' && before === 'delete') && !(word === 'for' && before !== ')');
    if (inClause && (startsClause || startsJoin)) {
      pendingIndent = line.length > 0 ? pendingIndent : indent;
      flush();
      pendingIndent = indent;
    } else if (inClause && (word === 'and' || word === 'or') && !isBetween(tokens, i)) {
      flush();
      pendingIndent = indent + 1;
    }
    if (token === ')') {
      if (parentheses.pop()) {
        flush();
        indent--;
        pendingIndent = indent;
      }
    }
    line.push(token);
    if (token === '(') {
      const isSubquery = tokens[i + 1]?.toLowerCase() === 'select';
      parentheses.push(isSubquery);
      if (isSubquery) {
        indent++;
        flush();
      }
    } else if (token.startsWith('--')) flush();
    else if (token === ',' && inClause && joinTokens(line).length + 2 * pendingIndent > LONG_LINE) {
      flush();
      pendingIndent = indent + 1;
    }
  });
  flush();
  return lines.join('\n');
}

/** The `and` of `between x and y` belongs to its expression. */
function isBetween(tokens, at) {
  for (let i = at - 1; i >= Math.max(0, at - 6); i--) {
    const word = tokens[i].toLowerCase();
    if (word === 'between') return true;
    if (word === 'and' || word === 'or') return false;
  }
  return false;
}

function joinTokens(tokens) {
  let text = '';
  tokens.forEach((token, i) => {
    const before = tokens[i - 1];
    const tight = i === 0 || token === ',' || token === ')' || token === ';' || token === '.' || before === '(' || before === '.' || token === '::' || before === '::'
      || (token === '(' && /^[\p{L}_][\p{L}\p{N}_.]*$/u.test(before) && !/^(and|or|in|values|where|from|join|on|as|select|exists|not|any|all|over|using|into|by|then|when|else)$/i.test(before));
    text += tight ? token : ' ' + token;
  });
  return text;
}
