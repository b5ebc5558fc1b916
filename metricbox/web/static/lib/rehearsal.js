// A rule over the values of a chart, while somebody drags its threshold: the server's rehearsal (alerts/rehearsal.py) over what is
// at hand, so about right. And the sentence that says what came of either. Pure.
import { holds } from './alerts.js';
import { formatAge } from './durations.js';

/** @typedef {import('./alerts.js').Condition} Condition */
/** @typedef {import('./frames.js').Frame} Frame */

/**
 * @typedef {object} TriedRule
 * @property {Condition} condition
 * @property {number} threshold
 * @property {number | null} recoveryThreshold
 * @property {number} forMs
 * @property {number} keepFiringMs
 * @property {'ok' | 'keep' | 'alert'} noData
 */

/** @typedef {{startMs: number, endMs: number | null}} Spell endMs null: it would still fire at the end */

/**
 * @param {TriedRule} rule
 * @param {readonly number[]} times
 * @param {readonly (number | null | undefined)[]} values
 * @returns {Spell[]}
 */
export function spellsOf(rule, times, values) {
  /** @type {Spell[]} */
  const spells = [];
  const state = { isSeen: false, pendingMs: NaN, firingMs: NaN, clearMs: NaN };
  times.forEach((nowMs, row) => {
    const value = values[row];
    const isGiven = typeof value === 'number';
    // undefined: this series' grid has no such step, which is no gap.
    if (value === undefined) return;
    state.isSeen = state.isSeen || isGiven;
    const isFiring = !Number.isNaN(state.firingMs);
    const isKnown = rule.noData === 'keep' ? isGiven : state.isSeen;
    if (!isKnown) return;
    const isBad = isGiven ? holds(rule.condition, value, rule.threshold) || (isFiring && rule.recoveryThreshold !== null && holds(rule.condition, value, rule.recoveryThreshold))
      : rule.noData === 'alert';
    if (isFiring && isBad) state.clearMs = NaN;
    else if (isFiring) {
      if (Number.isNaN(state.clearMs)) state.clearMs = nowMs;
      if (nowMs - state.clearMs < rule.keepFiringMs) return;
      spells.push({ startMs: state.firingMs, endMs: nowMs });
      Object.assign(state, { firingMs: NaN, pendingMs: NaN, clearMs: NaN });
    } else if (!isBad) state.pendingMs = NaN;
    else {
      if (Number.isNaN(state.pendingMs)) state.pendingMs = nowMs;
      if (nowMs - state.pendingMs >= rule.forMs) state.firingMs = nowMs;
    }
  });
  if (!Number.isNaN(state.firingMs)) spells.push({ startMs: state.firingMs, endMs: null });
  return spells;
}

/** @typedef {{name: string, startMs: number, endMs: number | null}} NamedSpell */

/**
 * @typedef {object} Rehearsal
 * @property {NamedSpell[]} spells
 * @property {number} spellsTotal
 * @property {number} seriesTotal
 * @property {number} seriesFired
 * @property {boolean} isExact false: counted from the chart
 * @property {boolean} isCut more series or spells than were looked at
 * @property {string[]} notes what it was tried on
 */

/**
 * @param {TriedRule} rule
 * @param {Frame} frame
 * @param {(series: import('./frames.js').FrameSeries) => string} nameOf
 * @returns {Rehearsal}
 */
export function rehearseFrame(rule, frame, nameOf) {
  const times = frame.times.slice(0, frame.tail);
  const found = frame.series.map((series) => spellsOf(rule, times, series.values).map((spell) => ({ ...spell, name: nameOf(series) })));
  const spells = found.flat();
  return {
    spells, spellsTotal: spells.length, seriesTotal: frame.series.length, seriesFired: found.filter((list) => list.length > 0).length, isExact: false, isCut: false, notes: [],
  };
}

/** @param {number} count @param {string} word */
const counted = (count, word) => `${count.toLocaleString()} ${word}${count === 1 ? '' : 's'}`;

/**
 * "Would have fired 3 times in the last 7 days on 2 of 11 series. Longest 41 min (db1). Firing now: none."
 * @param {Rehearsal} rehearsal
 * @param {{words: string, endMs: number}} range words: such as 7 days
 */
export function describeRehearsal({ spells, spellsTotal, seriesTotal, seriesFired, isExact, isCut }, { words, endMs }) {
  const about = isExact ? (isCut ? 'at least ' : '') : 'about ';
  const series = `${seriesTotal.toLocaleString()} series`;
  if (spellsTotal === 0) return `Would ${isExact ? '' : 'probably '}not have fired in the last ${words} on any of ${series}.`;
  const head = `Would have fired ${about}${counted(spellsTotal, 'time')} in the last ${words} on ${seriesFired.toLocaleString()} of ${series}.`;
  /** @param {NamedSpell} spell */
  const length = (spell) => (spell.endMs ?? endMs) - spell.startMs;
  const longest = spells.reduce((best, spell) => (length(spell) > length(best) ? spell : best), spells[0] ?? { name: '', startMs: 0, endMs: 0 });
  const open = [...new Set(spells.filter((spell) => spell.endMs === null).map((spell) => spell.name || 'this series'))];
  const now = open.length === 0 ? 'none' : open.length <= 3 ? open.join(', ') : `${open.slice(0, 2).join(', ')} and ${open.length - 2} more`;
  return `${head} Longest ${formatAge(length(longest))}${longest.name === '' ? '' : ` (${longest.name})`}. Firing now: ${now}.`;
}

/**
 * The times at which anything would have fired, joined: what a chart shades.
 * @param {readonly {startMs: number, endMs: number | null}[]} spells
 * @param {number} endMs where open ones end
 * @returns {{startMs: number, endMs: number}[]} ascending, apart from each other
 */
export function joinSpans(spells, endMs) {
  const sorted = spells.map((spell) => ({ startMs: spell.startMs, endMs: spell.endMs ?? endMs })).sort((left, right) => left.startMs - right.startMs);
  /** @type {{startMs: number, endMs: number}[]} */
  const joined = [];
  for (const span of sorted) {
    const last = joined.at(-1);
    if (last && span.startMs <= last.endMs) last.endMs = Math.max(last.endMs, span.endMs);
    else joined.push({ ...span });
  }
  return joined;
}
