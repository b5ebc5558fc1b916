// Markdown -> a tree of what a text panel may hold. Pure. There is no HTML in it: a tag is text like any other, and a link
// leads to http, https or a path of this server, or it is text as well. All searches are linear in the text's length.

/**
 * @typedef {{type: 'text', text: string} | {type: 'code', text: string} | {type: 'break'}
 *   | {type: 'strong' | 'em' | 'del', children: Inline[]} | {type: 'link', href: string, children: Inline[]}} Inline
 */
/**
 * @typedef {{type: 'heading', level: number, children: Inline[]} | {type: 'paragraph', children: Inline[]}
 *   | {type: 'code', text: string} | {type: 'rule'} | {type: 'quote', blocks: Block[]}
 *   | {type: 'list', isOrdered: boolean, start: number, items: Block[][]}
 *   | {type: 'table', align: ('start' | 'center' | 'end')[], head: Inline[][], rows: Inline[][][]}} Block
 */

// Deeper nesting is not for reading.
const DEPTH_MAX = 8;

const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const HEADING = /^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$/;
const RULE = /^ {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( {0,3})([-*+]|\d{1,9}[.)])(?: {1,4}|\t|$)/;
const DELIMITERS = /^ {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;

/**
 * @param {string} text
 * @returns {Block[]}
 */
export function parseMarkdown(text) {
  return parseBlocks(text.replace(/\r\n?/g, '\n').split('\n'), 0);
}

/**
 * Whether an address may be followed: http, https, or a path of this server.
 * @param {string} address
 */
export function isSafeAddress(address) {
  return /^(https?:\/\/[^/?#\s]|\/(?![/\\]))/i.test(address) && !/[\u0000-\u0020\u007f]/.test(address);
}

/**
 * @param {string[]} lines
 * @param {number} depth
 * @returns {Block[]}
 */
function parseBlocks(lines, depth) {
  /** @type {Block[]} */
  const blocks = [];
  let at = 0;
  while (at < lines.length) {
    const line = lines[at] ?? '';
    const isNested = depth < DEPTH_MAX;
    if (line.trim() === '') {
      at += 1;
    } else if (FENCE.test(line)) {
      at = takeFence(lines, at, blocks);
    } else if (HEADING.test(line)) {
      const [, marks = '#', content = ''] = HEADING.exec(line) ?? [];
      blocks.push({ type: 'heading', level: marks.length, children: parseInline(content) });
      at += 1;
    } else if (RULE.test(line)) {
      blocks.push({ type: 'rule' });
      at += 1;
    } else if (isNested && QUOTE.test(line)) {
      at = takeQuote(lines, at, blocks, depth);
    } else if (isNested && ITEM.test(line)) {
      at = takeList(lines, at, blocks, depth);
    } else if (line.includes('|') && DELIMITERS.test(lines[at + 1] ?? '')) {
      at = takeTable(lines, at, blocks);
    } else {
      at = takeParagraph(lines, at, blocks);
    }
  }
  return blocks;
}

/** @param {string[]} lines @param {number} at @param {Block[]} blocks */
function takeFence(lines, at, blocks) {
  const fence = FENCE.exec(lines[at] ?? '')?.[1] ?? '```';
  let end = at + 1;
  while (end < lines.length && !(lines[end] ?? '').trim().startsWith(fence)) end += 1;
  blocks.push({ type: 'code', text: lines.slice(at + 1, end).join('\n') });
  return end + 1;
}

/** @param {string[]} lines @param {number} at @param {Block[]} blocks @param {number} depth */
function takeQuote(lines, at, blocks, depth) {
  let end = at;
  while (end < lines.length && QUOTE.test(lines[end] ?? '')) end += 1;
  blocks.push({ type: 'quote', blocks: parseBlocks(lines.slice(at, end).map((line) => line.replace(QUOTE, '')), depth + 1) });
  return end;
}

/** @param {string[]} lines @param {number} at @param {Block[]} blocks @param {number} depth */
function takeList(lines, at, blocks, depth) {
  const marker = ITEM.exec(lines[at] ?? '')?.[2] ?? '-';
  const isOrdered = /\d/.test(marker);
  /** @type {Block[][]} */
  const items = [];
  let end = at;
  while (end < lines.length) {
    const match = ITEM.exec(lines[end] ?? '');
    if (!match || /\d/.test(match[2] ?? '') !== isOrdered || RULE.test(lines[end] ?? '')) break;
    const width = match[0].length;
    const own = [(lines[end] ?? '').slice(width)];
    end += 1;
    // What stands under the item's text belongs to it, a blank line before it or not; so does the rest of its paragraph.
    while (end < lines.length) {
      const line = lines[end] ?? '';
      const indent = line.length - line.trimStart().length;
      if (line.trim() === '') {
        const next = lines[end + 1] ?? '';
        if (next.trim() === '' || next.length - next.trimStart().length < 2) break;
        own.push('');
      } else if (indent >= Math.min(width, 2)) {
        own.push(line.slice(Math.min(indent, width)));
      } else if (startsBlock(line) || own.at(-1)?.trim() === '') {
        break;
      } else {
        own.push(line);
      }
      end += 1;
    }
    items.push(parseBlocks(own, depth + 1));
    // Items may stand apart.
    if ((lines[end] ?? '').trim() === '' && ITEM.test(lines[end + 1] ?? '')) end += 1;
  }
  blocks.push({ type: 'list', isOrdered, start: isOrdered ? Number.parseInt(marker, 10) : 1, items });
  return end;
}

/** @param {string} line */
function startsBlock(line) {
  return FENCE.test(line) || HEADING.test(line) || RULE.test(line) || QUOTE.test(line) || ITEM.test(line);
}

/** @param {string[]} lines @param {number} at @param {Block[]} blocks */
function takeTable(lines, at, blocks) {
  const head = splitRow(lines[at] ?? '');
  const align = splitRow(lines[at + 1] ?? '').map((cell) => {
    const [isLeft, isRight] = [cell.startsWith(':'), cell.endsWith(':')];
    return /** @type {'start' | 'center' | 'end'} */ (isLeft && isRight ? 'center' : isRight ? 'end' : 'start');
  });
  /** @type {Inline[][][]} */
  const rows = [];
  let end = at + 2;
  while (end < lines.length && (lines[end] ?? '').trim() !== '' && !startsBlock(lines[end] ?? '')) {
    const cells = splitRow(lines[end] ?? '');
    rows.push(head.map((_, index) => parseInline(cells[index] ?? '')));
    end += 1;
  }
  blocks.push({ type: 'table', align: head.map((_, index) => align[index] ?? 'start'), head: head.map((cell) => parseInline(cell)), rows });
  return end;
}

/** @param {string} line @returns {string[]} cells; "\|" is no border */
function splitRow(line) {
  const inner = line.trim().replace(/^\|/, '').replace(/(?<!\\)\|$/, '');
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'));
}

/** @param {string[]} lines @param {number} at @param {Block[]} blocks */
function takeParagraph(lines, at, blocks) {
  let end = at + 1;
  while (end < lines.length && (lines[end] ?? '').trim() !== '' && !startsBlock(lines[end] ?? '')) end += 1;
  const own = lines.slice(at, end);
  /** @type {Inline[]} */
  const children = [];
  // Two spaces or a backslash at its end break a line; any other end is a space.
  let open = '';
  own.forEach((line, index) => {
    const isLast = index === own.length - 1;
    const isBreak = !isLast && /( {2}|\\)$/.test(line);
    open += line.trim().replace(isBreak ? /\\$/ : /$^/, '');
    if (isBreak) {
      children.push(...parseInline(open), { type: 'break' });
      open = '';
    } else if (!isLast) {
      open += ' ';
    }
  });
  blocks.push({ type: 'paragraph', children: [...children, ...parseInline(open)] });
  return end;
}

const PUNCTUATION = /[!-/:-@[-`{-~]/;
const BARE_ADDRESS = /https?:\/\/[^\s<>"'`]+/iy;
/** @type {['**' | '__' | '~~' | '*' | '_', 'strong' | 'em' | 'del'][]} */
const MARKS = [['**', 'strong'], ['__', 'strong'], ['~~', 'del'], ['*', 'em'], ['_', 'em']];

/**
 * @param {string} text
 * @param {number} [depth]
 * @param {boolean} [isInLink] there are no links in links
 * @returns {Inline[]}
 */
export function parseInline(text, depth = 0, isInLink = false) {
  /** @type {Inline[]} */
  const list = [];
  /** @type {Set<string>} marks that are opened for the last time: what none closes here, none closes further on */
  const unclosed = new Set();
  let plain = '';
  let at = 0;
  const flush = () => {
    if (plain !== '') list.push({ type: 'text', text: plain });
    plain = '';
  };
  while (at < text.length) {
    const found = text[at] === '\\' && PUNCTUATION.test(text[at + 1] ?? '') ? { node: null, text: text[at + 1] ?? '', end: at + 2 }
      : codeAt(text, at, unclosed) ?? (isInLink ? null : linkAt(text, at, depth)) ?? (depth < DEPTH_MAX ? markedAt(text, at, { depth, unclosed, isInLink }) : null);
    if (found === null) {
      plain += text[at];
      at += 1;
      continue;
    }
    if (found.node) {
      flush();
      list.push(found.node);
    } else {
      plain += found.text;
    }
    at = found.end;
  }
  flush();
  return list;
}

/** @typedef {{node: Inline | null, text: string, end: number}} Found */

/** @param {string} text @param {number} at @param {Set<string>} unclosed @returns {Found | null} */
function codeAt(text, at, unclosed) {
  if (text[at] !== '`') return null;
  let length = 1;
  while (text[at + length] === '`') length += 1;
  const fence = '`'.repeat(length);
  const end = unclosed.has(fence) ? -1 : text.indexOf(fence, at + length);
  if (end < 0) {
    unclosed.add(fence);
    return { node: null, text: fence, end: at + length };
  }
  return { node: { type: 'code', text: text.slice(at + length, end).trim() }, text: '', end: end + length };
}

// Nobody writes longer ones, and each "[" looks for its end no further.
const LINK_TEXT_MAX = 500;

/** @param {string} text @param {number} at @param {number} depth @returns {Found | null} */
function linkAt(text, at, depth) {
  if (text[at] === 'h' && !/\w/.test(text[at - 1] ?? '')) {
    BARE_ADDRESS.lastIndex = at;
    const address = BARE_ADDRESS.exec(text)?.[0].replace(/[.,:;!?)\]}*_~|]+$/, '');
    if (address && isSafeAddress(address)) return { node: { type: 'link', href: address, children: [{ type: 'text', text: address }] }, text: '', end: at + address.length };
  }
  if (text[at] !== '[') return null;
  const part = text.slice(at, at + LINK_TEXT_MAX + 2100);
  const match = /^\[((?:[^[\]\\]|\\.){1,500})\]\(<?([^\s<>()]*(?:\([^\s<>()]*\)[^\s<>()]*)*)>?(?:[ \t]+(?:"[^"]*"|'[^']*'))?[ \t]*\)/.exec(part);
  const [whole = '', label = '', address = ''] = match ?? [];
  // One that may not be followed stays as it was written.
  if (!match || !isSafeAddress(address)) return match ? { node: null, text: whole, end: at + whole.length } : null;
  return { node: { type: 'link', href: address, children: parseInline(label, depth + 1, true) }, text: '', end: at + whole.length };
}

/** @param {string} text @param {number} at @param {{depth: number, unclosed: Set<string>, isInLink: boolean}} how @returns {Found | null} */
function markedAt(text, at, { depth, unclosed, isInLink }) {
  for (const [mark, type] of MARKS) {
    if (!text.startsWith(mark, at)) continue;
    const isWord = mark.startsWith('_');
    // An underscore inside a word is a part of a name.
    if (unclosed.has(mark) || !/\S/.test(text[at + mark.length] ?? '') || (isWord && /\w/.test(text[at - 1] ?? ''))) continue;
    for (let end = text.indexOf(mark, at + mark.length + 1); end >= 0; end = text.indexOf(mark, end + 1)) {
      const after = text[end + mark.length] ?? '';
      const isClosing = /\S/.test(text[end - 1] ?? '') && !(isWord && /\w/.test(after)) && !(mark.length === 1 && after === mark);
      if (isClosing && text[end - 1] !== '\\' && !(mark.length === 1 && text[end - 1] === mark)) {
        return { node: { type, children: parseInline(text.slice(at + mark.length, end), depth + 1, isInLink) }, text: '', end: end + mark.length };
      }
    }
    unclosed.add(mark);
  }
  return null;
}
