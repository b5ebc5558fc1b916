// When the newest sample of a panel before its range is: asked over a year, then finer around what was found.
import { runBatches } from '../api/query.js';
import { serverNowMs } from '../api/client.js';
import { asksOf, splitItem } from './panel-data.js';

/** @typedef {import('../../types/app').ShownPanel} Panel */

const YEAR_MS = 365 * 86_400_000;
// An answer has about 300 steps, so that three of them narrow a year down to seconds.
const ROUNDS = 3;

/**
 * @param {Panel} panel
 * @param {Record<string, string[]>} variables
 * @param {number} endMs of the range without data
 * @returns {Promise<number | null>} start of the step that it is in; null when a year has none
 */
export async function findNewest(panel, variables, endMs) {
  let [startMs, untilMs] = [endMs - YEAR_MS, Math.min(endMs, serverNowMs())];
  /** @type {number | null} */
  let newest = null;
  for (let round = 0; round < ROUNDS; round += 1) {
    const found = await newestIn(panel, variables, startMs, untilMs);
    if (found === null) break;
    newest = found.tsMs;
    if (found.stepMs <= 1000) break;
    [startMs, untilMs] = [found.tsMs, Math.min(untilMs, found.tsMs + found.stepMs)];
  }
  return newest;
}

/**
 * @param {Panel} panel
 * @param {Record<string, string[]>} variables
 * @param {number} start
 * @param {number} end
 * @returns {Promise<{tsMs: number, stepMs: number} | null>}
 */
async function newestIn(panel, variables, start, end) {
  /** @type {{tsMs: number, stepMs: number} | null} */
  let newest = null;
  const asks = asksOf(panel, { start, end }, 'UTC', variables);
  await runBatches(asks, (_, items) => {
    for (const item of items.flatMap(splitItem)) {
      if (!('data' in item)) continue;
      const { times, series } = item.data;
      for (let row = times.length - 1; row >= 0; row -= 1) {
        if (!series.some((one) => typeof one.values[row] === 'number')) continue;
        const tsMs = times[row] ?? 0;
        if (newest === null || tsMs > newest.tsMs) newest = { tsMs, stepMs: item.meta.stepMs };
        break;
      }
    }
  }, new AbortController().signal);
  return newest;
}
