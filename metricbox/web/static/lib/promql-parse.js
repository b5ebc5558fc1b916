// From the text of a query to what the builder can say. Pure. Answers null for everything that is more than that: such text
// stays text. What it answers means the same as the text.
import { AGGREGATIONS, FUNCTIONS } from './promql-functions.js';
import { emptyModel, OPERATORS, STEPS } from './promql-builder.js';
import { splitPattern, unquoteText } from './promql-text.js';
import { tokenize } from './promql-tokens.js';

/** @typedef {import('./promql-builder.js').Model} Model */
/** @typedef {import('./promql-builder.js').Matcher} Matcher */
/** @typedef {import('./promql-tokens.js').Token} Token */

// As the server has it (model.py). A dash is a minus sign unless there is such a metric.
const METRIC_NAME = /^[A-Za-z_:][A-Za-z0-9_:.\-/]*$/;
const MATCH_OPS = new Set(['=', '!=', '=~', '!~']);
const NOTHING = Symbol('more than the builder can say');

/** @param {string} text whether it may be the name of a metric or a difference, which the server's list of metrics decides */
export function isAmbiguous(text) {
  const name = text.trim();
  return METRIC_NAME.test(name) && /[-/]/.test(name);
}

/**
 * @param {string} text
 * @param {(name: string) => boolean} [isMetric] of a name with dashes or slashes
 * @returns {Model | null}
 */
export function parseQuery(text, isMetric = () => false) {
  const name = text.trim();
  if (name === '') return emptyModel();
  if (METRIC_NAME.test(name) && (!/[-/]/.test(name) || isMetric(name))) return { ...emptyModel(), metric: name };
  try {
    return new Reader(tokenize(text)).readAll();
  } catch (error) {
    if (error === NOTHING) return null;
    throw error;
  }
}

class Reader {
  /** @param {Token[]} tokens */
  constructor(tokens) {
    // A comment would be lost on the way back.
    if (tokens.some((token) => token.kind === 'comment')) throw NOTHING;
    this.tokens = tokens.filter((token) => token.kind !== 'space');
    this.at = 0;
  }

  /** @returns {Token | undefined} */
  get next() {
    return this.tokens[this.at];
  }

  /** @param {string} text */
  take(text) {
    if (this.next?.text !== text || this.next.kind === 'string') return false;
    this.at += 1;
    return true;
  }

  /** @param {string} text */
  need(text) {
    if (!this.take(text)) throw NOTHING;
  }

  readAll() {
    const model = this.readOperators();
    if (this.next) throw NOTHING;
    return model;
  }

  /** Series, and what is reckoned with numbers behind them. */
  readOperators() {
    const model = this.readSeries();
    let before = '';
    for (let operator = this.next; operator?.kind === 'operator'; operator = this.next) {
      const binding = OPERATORS.get(operator.text);
      if (binding === undefined) throw NOTHING;
      // The number before would belong to this operator.
      if (before !== '' && (binding > (OPERATORS.get(before) ?? 0) || (operator.text === '^' && before === '^'))) throw NOTHING;
      this.at += 1;
      before = operator.text;
      model.functions.push({ kind: 'operator', name: operator.text, args: [this.readNumber()], labels: [], isWithout: false });
    }
    return model;
  }

  /** @returns {Model} */
  readSeries() {
    const token = this.next;
    if (!token) throw NOTHING;
    if (this.take('(')) {
      const model = this.readOperators();
      this.need(')');
      return model;
    }
    if (token.kind === 'aggregation') return this.readAggregation();
    if (token.kind === 'function') return this.readFunction();
    return this.readSelector();
  }

  readAggregation() {
    const name = this.readText().toLowerCase();
    let grouping = this.readGrouping();
    const parameters = AGGREGATIONS.get(name)?.parameters ?? [];
    const { model, args } = this.readArguments(parameters, () => this.readOperators());
    if (grouping === null) grouping = this.readGrouping();
    const { labels, isWithout } = grouping ?? { labels: [], isWithout: false };
    const isFirst = model.group === null && model.functions.length === 0;
    if (isFirst) model.group = { op: name, args, labels, isWithout };
    else model.functions.push({ kind: 'aggregation', name, args, labels, isWithout });
    return model;
  }

  readGrouping() {
    const word = this.next?.text.toLowerCase();
    if (this.next?.kind !== 'keyword' || (word !== 'by' && word !== 'without')) return null;
    this.at += 1;
    this.need('(');
    /** @type {string[]} */
    const labels = [];
    while (!this.take(')')) {
      labels.push(this.readLabel());
      if (this.next?.text !== ')') this.need(',');
    }
    return { labels, isWithout: word === 'without' };
  }

  readFunction() {
    const name = this.readText();
    const parameters = FUNCTIONS.get(name)?.parameters ?? [];
    const isRange = parameters.some((parameter) => parameter.type === 'range');
    const { model, args } = this.readArguments(parameters, () => (isRange ? this.readWindow() : this.readOperators()));
    if (isRange) {
      const usual = [...STEPS].find(([, step]) => step.fn === name && step.args.length === args.length && step.args.every((arg, index) => arg === args[index]));
      Object.assign(model, usual ? { step: usual[0] } : { step: name, stepArgs: args });
    } else model.functions.push({ kind: 'function', name, args, labels: [], isWithout: false });
    return model;
  }

  readWindow() {
    const model = this.readSelector();
    this.need('[');
    if (this.next?.kind !== 'duration' && this.next?.kind !== 'variable') throw NOTHING;
    model.window = this.readText();
    this.need(']');
    return model;
  }

  /**
   * @param {import('./promql-functions.js').Parameter[]} parameters
   * @param {() => Model} readInner
   */
  readArguments(parameters, readInner) {
    /** @type {Model | null} */
    let model = null;
    /** @type {string[]} */
    const args = [];
    this.need('(');
    for (let index = 0; !this.take(')'); index += 1) {
      if (index > 0) this.need(',');
      const last = parameters.at(-1);
      const parameter = parameters[index] ?? (last?.isRepeated ? last : undefined);
      if (!parameter) throw NOTHING;
      if (parameter.type === 'vector' || parameter.type === 'range') model = readInner();
      else args.push(parameter.type === 'string' ? this.readString() : this.readNumber());
    }
    const least = parameters.filter((parameter) => !parameter.isOptional && !parameter.isRepeated && parameter.type !== 'vector' && parameter.type !== 'range').length;
    if (!model || args.length < least) throw NOTHING;
    return { model, args };
  }

  readSelector() {
    const model = emptyModel();
    if (this.next?.kind === 'metric' || this.next?.kind === 'variable') model.metric = this.readText();
    if (this.take('{')) {
      while (!this.take('}')) {
        this.readMatcher(model);
        if (this.next?.text !== '}') this.need(',');
      }
    }
    if (model.metric === '' && model.matchers.length === 0) throw NOTHING;
    return model;
  }

  /** @param {Model} model */
  readMatcher(model) {
    const isQuoted = this.next?.kind === 'string';
    const name = this.readLabel();
    if (isQuoted && (this.next?.text === ',' || this.next?.text === '}')) {
      this.setMetric(model, name);
      return;
    }
    const op = this.readText();
    if (!MATCH_OPS.has(op)) throw NOTHING;
    const value = this.readString();
    if (name === '__name__' && op === '=') this.setMetric(model, value);
    else model.matchers.push(matcherOf(name, /** @type {Matcher['op']} */ (op), value));
  }

  /** @param {Model} model @param {string} name */
  setMetric(model, name) {
    if (model.metric !== '' || name === '') throw NOTHING;
    model.metric = name;
  }

  readLabel() {
    if (this.next?.kind === 'string') return this.readString();
    if (this.next?.kind !== 'label' && this.next?.kind !== 'variable') throw NOTHING;
    return this.readText();
  }

  readString() {
    const text = this.next?.kind === 'string' ? unquoteText(this.next.text) : null;
    if (text === null) throw NOTHING;
    this.at += 1;
    return text;
  }

  readNumber() {
    const sign = this.take('-') ? '-' : '';
    if (this.next?.kind !== 'number' && this.next?.kind !== 'variable') throw NOTHING;
    return sign + this.readText();
  }

  readText() {
    const text = this.next?.text;
    if (text === undefined) throw NOTHING;
    this.at += 1;
    return text;
  }
}

/** @param {string} name @param {Matcher['op']} op @param {string} value @returns {Matcher} */
function matcherOf(name, op, value) {
  const values = op === '=~' || op === '!~' ? splitPattern(value) : null;
  return values ? { name, op: op === '=~' ? '=' : '!=', values } : { name, op, values: [value] };
}
