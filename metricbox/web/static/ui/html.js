// The only file that names preact, signals and htm. Templates hold plain elements; components are called with h(), so that
// their props are checked.
import htm from 'htm';
import { Component, createElement, Fragment, h, options as drawing, render } from 'preact';
import { useCallback, useEffect as preactUseEffect, useLayoutEffect as preactUseLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { batch, computed, effect, signal, untracked, useComputed, useSignal } from '@preact/signals';

/** @typedef {import('preact').VNode} VNode */
/** @typedef {import('preact').ComponentChildren} Children */
/**
 * @template T
 * @typedef {import('@preact/signals').Signal<T>} SignalOf
 */

/** @type {(strings: TemplateStringsArray, ...values: any[]) => VNode} */
const html = /** @type {any} */ (htm.bind(createElement));

/**
 * As preact's, but an effect must return a cleanup or nothing: a returned promise or timer id is a bug that nobody sees.
 * @param {() => (void | (() => void))} run
 * @param {readonly unknown[]} [inputs]
 */
function useEffect(run, inputs) {
  preactUseEffect(run, inputs);
}

/**
 * @param {() => (void | (() => void))} run
 * @param {readonly unknown[]} [inputs]
 */
function useLayoutEffect(run, inputs) {
  preactUseLayoutEffect(run, inputs);
}

let lastId = 0;

/** An id of the page's own: preact's counts in each root anew, and a dialogue is a root of its own. */
function useId() {
  return useState(() => `id-${lastId += 1}`)[0];
}

/**
 * Whether a media query holds, as state.
 * @param {string} query
 * @returns {boolean}
 */
function useMedia(query) {
  const [isMatching, setMatching] = useState(() => window.matchMedia(query).matches);
  useEffect(() => {
    const list = window.matchMedia(query);
    const onChange = () => setMatching(list.matches);
    list.addEventListener('change', onChange);
    onChange();
    return () => list.removeEventListener('change', onChange);
  }, [query]);
  return isMatching;
}

/**
 * Code that comes late, as state: null until it is there, and when there is nothing to load.
 * @template T
 * @param {(() => Promise<T>) | null} load the same function at each draw
 * @returns {{loaded: T | null, hasFailed: boolean}}
 */
function useLate(load) {
  const [state, setState] = useState(/** @type {{from: unknown, loaded: T | null, hasFailed: boolean}} */ ({ from: null, loaded: null, hasFailed: false }));
  useEffect(() => {
    let isWanted = true;
    load?.().then((loaded) => ({ from: load, loaded, hasFailed: false }), () => ({ from: load, loaded: null, hasFailed: true })).then((next) => {
      if (isWanted) setState(next);
    });
    return () => { isWanted = false; };
  }, [load]);
  return state.from === load ? state : { loaded: null, hasFailed: false };
}

export {
  batch, Component, computed, drawing, effect, Fragment, h, html, render, signal, untracked, useCallback, useComputed, useEffect, useId,
  useLate, useLayoutEffect, useMedia, useMemo, useRef, useSignal, useState,
};
