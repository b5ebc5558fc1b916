// The form of a silence: what it begins with, what it is as a request, what is wrong with it. Pure.
import { parseDuration } from './durations.js';
import { namesSomething } from './silences.js';
import { formatDateTime, parseTime } from './time.js';
import { zoneName } from './zone.js';

/** @typedef {import('../../types/app').Silence} Silence */
/** @typedef {import('../../types/app').SilenceCreate} SilenceCreate */
/** @typedef {import('../../types/app').SilenceMatcher} Matcher */
/** @typedef {import('./silences.js').Weekday} Weekday */

/** @typedef {'once' | 'weekly'} Repeat */

/**
 * @typedef {object} SilenceForm
 * @property {Matcher[]} matchers
 * @property {string} start "" is now; else as <input type="datetime-local"> has it
 * @property {string} lasts a duration, "until" for a moment, "open" until somebody ends it
 * @property {string} end of "until"
 * @property {Repeat} repeat
 * @property {Weekday[]} weekdays
 * @property {string} from HH:MM
 * @property {string} to
 * @property {string} timezone "" is the browser's
 * @property {string} reason
 */

/**
 * @param {readonly Matcher[]} [matchers]
 * @param {string} [zone]
 * @returns {SilenceForm}
 */
export function emptyForm(matchers = [{ name: '', op: '=', value: '' }], zone = '') {
  return {
    matchers: [...matchers], start: '', lasts: '2h', end: '', repeat: 'once', weekdays: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '22:00', to: '06:00', timezone: zone, reason: '',
  };
}

/**
 * @param {Silence} silence
 * @param {string} zone of the fields
 * @returns {SilenceForm}
 */
export function formOf(silence, zone) {
  const { matchers, recurrence, reason } = silence;
  const field = (/** @type {string} */ text) => formatDateTime(Date.parse(text), zone).slice(0, 16).replace(' ', 'T');
  return {
    ...emptyForm(matchers, zone), reason, start: field(silence.startsAt), lasts: silence.endsAt ? 'until' : 'open', end: silence.endsAt ? field(silence.endsAt) : '',
    ...(recurrence ? { repeat: /** @type {const} */ ('weekly'), weekdays: [...recurrence.weekdays], from: recurrence.from, to: recurrence.to, timezone: recurrence.timezone } : {}),
  };
}

/**
 * The request; what is no moment goes as it is, to be refused by name. A start of now is left out, so that the server's clock
 * decides it.
 * @param {SilenceForm} form
 * @param {number} nowMs
 * @param {string} zone of the fields
 * @returns {SilenceCreate}
 */
export function readForm(form, nowMs, zone) {
  const startMs = form.start === '' ? null : parseTime(form.start, nowMs, zone) ?? form.start;
  const isWeekly = form.repeat === 'weekly';
  return {
    matchers: form.matchers.map((matcher) => ({ ...matcher, name: matcher.name.trim() })),
    startsAt: startMs,
    endsAt: readEnd(form, startMs, nowMs, zone),
    recurrence: isWeekly ? { weekdays: form.weekdays, from: form.from, to: form.to, timezone: zoneName(form.timezone) } : null,
    reason: form.reason.trim(),
  };
}

/**
 * @param {SilenceForm} form
 * @param {number | string | null} startMs
 * @param {number} nowMs
 * @param {string} zone
 * @returns {number | string | null}
 */
function readEnd({ lasts, end }, startMs, nowMs, zone) {
  if (lasts === 'open') return null;
  if (lasts === 'until') return parseTime(end, nowMs, zone) ?? end;
  const beginsMs = typeof startMs === 'number' ? startMs : nowMs;
  return Math.round(beginsMs + (parseDuration(lasts) ?? 0));
}

/**
 * What no schema knows, by the form's fields.
 * @param {SilenceForm} form
 * @param {SilenceCreate} request
 * @param {number} nowMs
 * @param {boolean} isNew an old one may have ended
 * @returns {Record<string, string>}
 */
export function checkForm(form, request, nowMs, isNew) {
  /** @type {Record<string, string>} */
  const errors = {};
  if (form.matchers.some((matcher) => matcher.name.trim() === '')) errors['matchers'] = 'Each condition needs the name of a label';
  else if (!namesSomething(request.matchers)) errors['matchers'] = 'One condition must say what to mute; these would mute nearly everything';
  if (request.reason === '') errors['reason'] = 'Say why, for those who wonder that it is quiet';
  if (typeof request.startsAt === 'string') errors['startsAt'] = 'Start must be a date and a time';
  if (typeof request.endsAt === 'string') errors['endsAt'] = 'End must be a date and a time';
  if (typeof request.endsAt === 'number') {
    const startMs = typeof request.startsAt === 'number' ? request.startsAt : nowMs;
    if (request.endsAt <= startMs) errors['endsAt'] = 'End must be later than the start';
    else if (isNew && request.endsAt <= nowMs) errors['endsAt'] = 'End must be in the future';
  }
  if (form.repeat === 'weekly') {
    if (form.weekdays.length === 0) errors['recurrence'] = 'Choose at least one day';
    else if (!/^\d\d:\d\d$/.test(form.from) || !/^\d\d:\d\d$/.test(form.to)) errors['recurrence'] = 'From and to must be times of day, like 22:00';
  }
  return errors;
}
