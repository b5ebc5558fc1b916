// Two people changed one dashboard: what they did is put together by panel and field, and where both touched the same one, the
// person chooses. Pure.
//
//   base    the version that both began with
//   mine    what is on this page          theirs   what is saved by now
import { fieldsOfPanel, isSame, OWN_FIELDS, panelOfFields, withPanels } from './dashboard-patch.js';

/** @typedef {import('../../types/app').Dashboard} Dashboard */
/** @typedef {import('../../types/app').Panel} Panel */
/** @typedef {import('../../types/app').Position} Position */
/** @typedef {import('./dashboard-patch.js').Fields} Fields */
/** @typedef {'mine' | 'theirs'} Side */

/**
 * @typedef {object} Collision
 * @property {string} key stays the same for the same field
 * @property {string} panel title of the panel; "" for the dashboard itself
 * @property {string} field as the API names it; "" when one side removed the panel, "places" for the layout
 * @property {unknown} mine undefined for what is not there
 * @property {unknown} theirs
 */

/** @typedef {{dashboard: Dashboard, collisions: Collision[]}} Merged */

export const PLACES = 'places';

/**
 * @param {Dashboard} base
 * @param {Dashboard} mine
 * @param {Dashboard} theirs
 * @param {ReadonlyMap<string, Side>} [choices] by the key of a collision; mine where none is made
 * @returns {Merged} with the version of theirs
 */
export function merge(base, mine, theirs, choices = new Map()) {
  const round = new Round(base, mine, theirs, choices);
  /** @type {Record<string, unknown>} */
  const own = {};
  for (const name of OWN_FIELDS) own[name] = round.pick(name, '', name, [base[name], mine[name], theirs[name]]);
  const ids = new Set([...theirs.panels, ...mine.panels].map((panel) => panel.id));
  const panels = [...ids].flatMap((id) => round.panel(id) ?? []);
  return { dashboard: withPanels({ ...theirs, ...own }, round.place(panels)), collisions: round.collisions };
}

class Round {
  /**
   * @param {Dashboard} base
   * @param {Dashboard} mine
   * @param {Dashboard} theirs
   * @param {ReadonlyMap<string, Side>} choices
   */
  constructor(base, mine, theirs, choices) {
    this.choices = choices;
    this.base = byId(base);
    this.mine = byId(mine);
    this.theirs = byId(theirs);
    /** @type {Collision[]} */
    this.collisions = [];
  }

  /** @param {Collision} collision */
  choose(collision) {
    this.collisions.push(collision);
    return this.choices.get(collision.key) ?? 'mine';
  }

  /**
   * @param {string} key
   * @param {string} panel
   * @param {string} field
   * @param {[unknown, unknown, unknown]} values base, mine, theirs
   */
  pick(key, panel, field, [base, mine, theirs]) {
    if (isSame(mine, theirs) || isSame(mine, base)) return theirs;
    if (isSame(theirs, base)) return mine;
    return this.choose({ key, panel, field, mine, theirs }) === 'mine' ? mine : theirs;
  }

  /**
   * @param {string} id
   * @returns {Panel | null} null for one that is gone
   */
  panel(id) {
    const [base, mine, theirs] = [this.base.get(id), this.mine.get(id), this.theirs.get(id)];
    if (!mine || !theirs) return this.lonelyPanel(base, mine, theirs);
    const [baseFields, mineFields, theirFields] = [base ? fieldsOfPanel(base) : new Map(), fieldsOfPanel(mine), fieldsOfPanel(theirs)];
    /** @type {Fields} */
    const fields = new Map();
    for (const name of new Set([...mineFields.keys(), ...theirFields.keys()])) {
      // Where panels stand is one thing for the whole dashboard, see place().
      fields.set(name, name === 'position' ? theirs.position
        : this.pick(`panel/${id}/${name}`, mine.title, name, [baseFields.get(name), mineFields.get(name), theirFields.get(name)]));
    }
    return panelOfFields(id, theirs.dashboardId, fields);
  }

  /**
   * One that only one side has: added there, or removed on the other side.
   * @param {Panel | undefined} base
   * @param {Panel | undefined} mine
   * @param {Panel | undefined} theirs
   */
  lonelyPanel(base, mine, theirs) {
    const left = mine ?? theirs ?? null;
    if (!base || !left) return left;
    const wasTouched = !isSame(withoutPlace(base), withoutPlace(left));
    if (!wasTouched) return null;
    const side = this.choose({ key: `panel/${left.id}`, panel: left.title, field: '', mine, theirs });
    return (side === 'mine' ? mine : theirs) ?? null;
  }

  /**
   * Places of panels: both may move some, but not the same one.
   * @param {Panel[]} panels with their places
   * @returns {Panel[]}
   */
  place(panels) {
    const moves = panels.map((panel) => {
      const [base, mine, theirs] = [this.base.get(panel.id), this.mine.get(panel.id), this.theirs.get(panel.id)].map((one) => one?.position);
      const isMine = mine !== undefined && !isSame(mine, base);
      const isBoth = isMine && theirs !== undefined && !isSame(theirs, base) && !isSame(mine, theirs);
      return { panel, mine, theirs, isMine, isBoth: isBoth && !(base && gaveWay(base, mine, theirs)) };
    });
    const both = moves.filter(({ isBoth }) => isBoth);
    const listed = (/** @type {Side} */ side) => Object.fromEntries(both.map((move) => [move.panel.title || move.panel.type, move[side]]));
    const side = both.length === 0 ? null : this.choose({ key: PLACES, panel: '', field: PLACES, mine: listed('mine'), theirs: listed('theirs') });
    return moves.map(({ panel, mine, theirs, isMine }) => {
      const wanted = side ?? (isMine ? 'mine' : 'theirs');
      const position = (wanted === 'mine' ? mine : theirs) ?? mine ?? theirs;
      return position ? { ...panel, position } : panel;
    });
  }
}

/**
 * Whether both sides have only given way, up or down, to what they did with other panels: then it is no place that anybody chose.
 * @param {Position} base
 * @param {Position} mine
 * @param {Position} theirs
 */
function gaveWay(base, mine, theirs) {
  const sides = [mine, theirs];
  return sides.every(({ x, w, h }) => x === base.x && w === base.w && h === base.h) && mine.y > base.y === theirs.y > base.y;
}

/** @param {Dashboard} dashboard */
function byId(dashboard) {
  return new Map(dashboard.panels.map((panel) => [panel.id, panel]));
}

/** @param {Panel} panel */
function withoutPlace({ position: _, ...rest }) {
  return rest;
}
