// Reads the front end's sources as text: imports, closures, lists of files. Not a test.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const WEB = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'metricbox', 'web');
export const STATIC = join(WEB, 'static');

/**
 * @param {string} folder
 * @param {(name: string) => boolean} wanted
 * @returns {string[]} paths below static/, with slashes, vendored files left out
 */
export function listFiles(folder = STATIC, wanted = (name) => name.endsWith('.js')) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    const name = relative(STATIC, path).split(sep).join('/');
    if (entry.isDirectory()) return name === 'vendor' ? [] : listFiles(path, wanted);
    return wanted(entry.name) ? [name] : [];
  }).sort();
}

/** @param {string} name */
export function read(name) {
  return readFileSync(join(STATIC, ...name.split('/')), 'utf8');
}

/** @param {string} source */
export function withoutComments(source) {
  return source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
}

/**
 * @param {string} name a file below static/
 * @returns {{fixed: string[], lazy: string[]}} static and dynamic imports; own files as paths, others as bare names
 */
export function importsOf(name) {
  const source = withoutComments(read(name));
  /** @param {string} target */
  const resolve = (target) => (target.startsWith('.') ? posix.normalize(posix.join(posix.dirname(name), target)) : target);
  const fixed = [...source.matchAll(/^(?:import|export)\b[^;'"]*?from\s*'([^']+)'|^import\s+'([^']+)'/gm)].map((match) => resolve(match[1] ?? match[2] ?? ''));
  const lazy = [...source.matchAll(/\bimport\('([^']+)'\)/g)].map((match) => resolve(match[1] ?? ''));
  return { fixed, lazy };
}

/** @returns {Record<string, string>} bare name -> URL, as index.html has it */
export function importMap() {
  const text = /<script type="importmap">([\s\S]*?)<\/script>/.exec(read('index.html'))?.[1] ?? '';
  return JSON.parse(text).imports;
}

// What the vendored modules import from each other.
/** @type {Record<string, string[]>} */
const VENDOR_IMPORTS = {
  'preact/hooks': ['preact'],
  '@preact/signals': ['preact', 'preact/hooks', '@preact/signals-core'],
};

/**
 * Everything that these files load without being asked, as URLs.
 * @param {string[]} names
 * @returns {string[]} sorted
 */
export function closure(names) {
  const map = importMap();
  /** @type {Set<string>} */
  const seen = new Set();
  const queue = [...names];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    queue.push(...(name.endsWith('.js') ? importsOf(name).fixed : VENDOR_IMPORTS[name] ?? []));
  }
  return [...seen].map((name) => (name.endsWith('.js') ? `/static/${name}` : map[name] ?? name)).sort();
}
