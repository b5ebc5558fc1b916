// The only file that names preact, signals and htm. Templates hold plain elements; components are called with h(), so that
// their props are checked.
import htm from 'htm';
import { Component, createElement, Fragment, h, render } from 'preact';
import { useCallback, useEffect as preactUseEffect, useId, useLayoutEffect as preactUseLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
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

export {
  batch, Component, computed, effect, Fragment, h, html, render, signal, untracked, useCallback, useComputed, useEffect, useId,
  useLayoutEffect, useMedia, useMemo, useRef, useSignal, useState,
};
