// The few parts of Node that tests/frontend uses. The full types would put Node's globals into the browser's code, where
// setTimeout returns a number and `process` does not exist.

declare module 'node:test' {
  export function test(name: string, run: (context: unknown) => void | Promise<void>): void;
}

declare module 'node:assert/strict' {
  interface Assert {
    (value: unknown, message?: string): asserts value;
    equal(actual: unknown, expected: unknown, message?: string): void;
    notEqual(actual: unknown, expected: unknown, message?: string): void;
    deepEqual(actual: unknown, expected: unknown, message?: string): void;
    ok(value: unknown, message?: string): asserts value;
    match(value: string, pattern: RegExp, message?: string): void;
  }
  const assert: Assert;
  export default assert;
}

declare module 'node:fs' {
  interface Entry {
    name: string;
    isDirectory(): boolean;
  }
  export function readFileSync(path: string | number, encoding: 'utf8'): string;
  export function readdirSync(path: string, options: { withFileTypes: true }): Entry[];
  export function existsSync(path: string): boolean;
}

declare module 'node:path' {
  export function join(...parts: string[]): string;
  export function dirname(path: string): string;
  export function relative(from: string, to: string): string;
  export const sep: string;
  export const posix: { join(...parts: string[]): string; normalize(path: string): string; dirname(path: string): string };
}

declare module 'node:url' {
  export function fileURLToPath(url: string): string;
}

declare module 'node:process' {
  /** Of this process so far, or since an earlier reading; microseconds. */
  export function cpuUsage(since?: { user: number; system: number }): { user: number; system: number };
}
