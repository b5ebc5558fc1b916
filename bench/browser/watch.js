// Runs in each page before its own code: notes when charts are drawn and what a person would have seen by then.
(() => {
  const bench = {
    firstDrawnMs: null,
    inputMs: null,
    /** Wanted of the server where the page leaves it to it: charts of more points than a page would ask for. */
    step: null,
    drawn: new WeakMap(),
    frames: [],
  };
  Object.defineProperty(window, 'bench', { value: bench });

  /** A task of its own after the frame that is being made: by then it is painted. */
  const afterPaint = (run) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => run(performance.now());
    port2.postMessage(null);
  });

  // uPlot strokes a path for each series, and its axes without one.
  const { stroke } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.stroke = function strokeAndNote(...given) {
    if (given.length > 0) {
      bench.drawn.set(this.canvas, performance.now());
      if (bench.firstDrawnMs === null) {
        bench.firstDrawnMs = 0;
        afterPaint((ms) => { bench.firstDrawnMs = ms; });
      }
    }
    return stroke.apply(this, given);
  };

  const { fetch } = window;
  window.fetch = (url, options) => {
    if (bench.step === null || !String(url).endsWith('/query/batch')) return fetch(url, options);
    const body = JSON.parse(options.body);
    for (const query of body.queries) query.step = bench.step;
    return fetch(url, { ...options, body: JSON.stringify(body) });
  };

  for (const name of ['click', 'keydown', 'pointerup']) {
    document.addEventListener(name, (event) => { bench.inputMs = event.timeStamp; }, { capture: true, passive: true });
  }

  /** Milliseconds from the next input to the end of the frame that shows what is looked for. */
  bench.watch = (test) => {
    bench.inputMs = null;
    bench.answer = new Promise((resolve) => {
      const check = () => {
        if (bench.inputMs === null || !test()) requestAnimationFrame(check);
        else afterPaint((ms) => resolve(ms - bench.inputMs));
      };
      requestAnimationFrame(check);
    });
  };

  /** Whether all charts in sight were drawn since the last input. */
  bench.isDrawnAnew = (selector = '.chart canvas') => {
    const canvases = [...document.querySelectorAll(selector)].filter((canvas) => {
      const { top, bottom } = canvas.getBoundingClientRect();
      return bottom > 0 && top < window.innerHeight;
    });
    return canvases.length > 0 && document.querySelector('.panel-progress.is-on') === null
      && canvases.every((canvas) => (bench.drawn.get(canvas) ?? 0) > bench.inputMs);
  };

  bench.startFrames = () => {
    bench.frames = [];
    const own = bench.frames;
    const note = (ms) => {
      if (bench.frames !== own) return;
      own.push(ms);
      requestAnimationFrame(note);
    };
    requestAnimationFrame(note);
  };
  bench.stopFrames = () => {
    const { frames } = bench;
    bench.frames = [];
    return frames;
  };
})();
