// The hot path: from a change of the drawing to a painted answer. One request is in flight, the latest drawing wins, and what is overtaken is dropped.

import { ask } from './api.js';

/** A picture as the body of a request. */
export const grey = (shot, path, query, signal) => {
    const search = new URLSearchParams({ ...query, invert: shot.invert, width: shot.width, height: shot.height });
    return ask(`${path}?${search}`, { method: 'POST', headers: { 'Content-Type': 'application/x-fcn-grey' }, body: shot.pixels, signal });
};

export class Reader {
    #flight = null; #next = null; #asked = null;

    /** `query()` names the model and its settings; `answered(answer, shot, time)` paints; `failed(error)` says what went wrong. */
    constructor(query, answered, failed) {
        this.query = query;
        this.answered = answered;
        this.failed = failed;
    }

    /**
     * The end of a stroke takes the place of what is in flight, unless that asks the very same: who rests before lifting the pen is answered by then.
     * What is sent in the middle of a stroke waits its turn.
     */
    send(shot, ended) {
        if (this.#flight && ended === null) { this.#next = shot; return; }
        if (this.#flight && same(this.#asked, shot, this.query())) {
            this.#asked.ended = ended;
            this.#next = null;
            return;
        }
        this.stop();
        this.#go(shot, ended);
    }

    stop() {
        this.#flight?.abort();
        this.#flight = this.#next = null;
    }

    async #go(shot, ended) {
        const flight = this.#flight = new AbortController(), query = this.query();
        const sent = performance.now(), asked = this.#asked = { shot, query, ended };
        try {
            const answer = await grey(shot, 'api/predict', query, flight.signal);
            // The mask comes as a picture, which takes a moment to unpack: still within the flight, so that it can be overtaken.
            const mask = answer.mask ? await unpack(answer.mask) : null;
            if (flight !== this.#flight) return;
            this.answered(answer, shot, { round: performance.now() - sent, ended: asked.ended, mask });
        } catch (error) {
            if (flight === this.#flight && error.name !== 'AbortError') this.failed(error);
        }
        if (flight !== this.#flight) return;
        this.#flight = null;
        const next = this.#next;
        this.#next = null;
        if (next) this.#go(next, null);
    }
}

/** Whether a drawing was asked about so already. */
const same = (asked, shot, query) => ['width', 'height', 'left', 'top', 'invert'].every(name => asked.shot[name] === shot[name])
    && JSON.stringify(asked.query) === JSON.stringify(query) && asked.shot.pixels.every((pixel, i) => pixel === shot.pixels[i]);

/** A data URL as pixels: by hand, because the page's policy lets nothing but the server be fetched. */
export async function unpack(url) {
    const bytes = Uint8Array.from(atob(url.slice(url.indexOf(',') + 1)), c => c.charCodeAt(0));
    return createImageBitmap(new Blob([bytes], { type: 'image/png' }), { colorSpaceConversion: 'none' });
}

/** Calls `work` at most every `gap` ms, and never loses the last call. */
export function pace(gap, work) {
    let last = -Infinity, timer = 0;
    const run = () => { timer = 0; last = performance.now(); work(); };
    const paced = () => {
        const wait = last + gap - performance.now();
        if (wait <= 0) run();
        else if (!timer) timer = setTimeout(run, wait);
    };
    paced.cancel = () => { clearTimeout(timer); timer = 0; last = performance.now(); };
    return paced;
}

/** Calls back when what was just drawn is on the screen, or as near to it as a page can know: after the next frame's painting. */
const channel = new MessageChannel(), queue = [];
channel.port1.onmessage = () => queue.shift()();
export const painted = done => requestAnimationFrame(() => { queue.push(done); channel.port2.postMessage(0); });
