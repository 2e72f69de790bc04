// Stack traces with the frames of libraries folded, so that one's own code is seen at once.

const LIBRARY = /site-packages|dist-packages|node_modules|node:internal|\/usr\/lib\/|lib\/python\d|\bjava\.|javax\.|jdk\.|sun\.|org\.springframework|org\.apache\.|org\.hibernate|io\.netty|System\.|Microsoft\.|runtime\/|\/go\/pkg\/mod\/|<frozen |internal\/modules/;
const LEAST_FOLD = 3;

/**
 * @typedef {{isLibrary: boolean, lines: string[]}} StackPart  lines that are shown, or folded when isLibrary
 */

/**
 * Cuts a stack trace into parts of own code and of library code. A Python frame is its `File` line and the code below it.
 * @param {string} text @returns {StackPart[]}
 */
export function foldStack(text) {
  const parts = [];
  for (const frame of stackFrames(text.replace(/\r\n/g, '\n').replace(/\n+$/, ''))) {
    const isLibrary = frame.isFrame && LIBRARY.test(frame.lines[0]);
    const last = parts[parts.length - 1];
    if (last && last.isLibrary === isLibrary) {
      last.lines.push(...frame.lines);
      last.frames += 1;
    } else parts.push({ isLibrary, lines: [...frame.lines], frames: 1 });
  }
  return mergeShort(parts);
}

function stackFrames(text) {
  const frames = [];
  for (const line of text.split('\n')) {
    const isPython = /^\s*File "/.test(line);
    const isFrame = isPython || /^\s*at /.test(line) || /^\t\S.*:\d+( \+0x[0-9a-f]+)?$/.test(line);
    const last = frames[frames.length - 1];
    if (!isFrame && last?.isPython && /^\s{3,}/.test(line)) last.lines.push(line);
    else frames.push({ isFrame, isPython, lines: [line] });
  }
  return frames;
}

/** Folding one or two frames hides more than it saves. */
function mergeShort(parts) {
  const merged = [];
  for (const part of parts) {
    const fold = part.isLibrary && part.frames >= LEAST_FOLD;
    const last = merged[merged.length - 1];
    if (!fold && last && !last.isLibrary) last.lines.push(...part.lines);
    else merged.push({ isLibrary: fold, lines: part.lines, frames: part.frames });
  }
  return merged;
}
