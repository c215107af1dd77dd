// Curves and points as SVG, drawn anew whenever there is more to see or another width to see it in. No chart library: two kinds of picture are all there is.

import { el } from './dom.js';

/** Room around the curves, in rem: text grows with the page. */
let LEFT, RIGHT, TOP, BOTTOM;
function room() {
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    [LEFT, RIGHT, TOP, BOTTOM] = [3.25, 0.9, 0.75, 2.2].map(size => size * rem);
    return rem;
}

function svg(name, attributes, ...children) {
    const made = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
}

/** Round numbers between two ends: on a line every 1, 2 or 5, by powers of ten on a logarithmic one. */
export function ticks(from, to, log, most = 5) {
    if (log) {
        const all = [];
        for (let power = Math.floor(Math.log10(from)); power <= Math.ceil(Math.log10(to)); power++) {
            for (const digit of to / from > 1000 ? [1] : [1, 2, 5]) all.push(digit * 10 ** power);
        }
        return all.filter(tick => tick >= from * 0.999 && tick <= to * 1.001);
    }
    const rough = (to - from) / most || 1, power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map(digit => digit * power).find(step => step >= rough * 0.999);
    const all = [];
    for (let tick = Math.ceil(from / step - 1e-9) * step; tick <= to + step * 1e-6; tick += step) all.push(Math.abs(tick) < step / 1e6 ? 0 : Number(tick.toPrecision(12)));
    return all;
}

export const short = value => {
    if (value === 0) return '0';
    const size = Math.abs(value);
    if (size >= 1e6) return `${+(value / 1e6).toPrecision(3)} M`;
    if (size >= 1e4) return `${+(value / 1e3).toPrecision(3)} k`;
    return size < 1e-3 ? value.toExponential(0) : String(+value.toPrecision(3));
};

const scale = (from, to, start, end, log) => log
    ? value => start + (Math.log(value) - Math.log(from)) / (Math.log(to) - Math.log(from) || 1) * (end - start)
    : value => start + (value - from) / (to - from || 1) * (end - start);

/**
 * A chart that stays: `show({ series: [{ name, colour, xs, ys, dash, points }], x, y, logX, logY })`. It says the values under the pointer, and by the arrow keys when focused.
 */
export class Chart {
    #data = null; #at = null; #due = false;

    constructor(room, title) {
        this.title = title;
        this.frame = el('div', { class: 'chart', tabindex: 0, role: 'img', 'aria-label': title });
        this.legend = el('p', { class: 'chart-legend' });
        this.root = el('figure', { class: 'chart-card card' }, el('figcaption', {}, title), this.frame, this.legend);
        room.append(this.root);
        new ResizeObserver(() => this.#soon()).observe(this.frame);
        this.frame.addEventListener('pointermove', event => this.#point(event));
        this.frame.addEventListener('pointerleave', () => { this.#at = null; this.#soon(); });
        this.frame.addEventListener('blur', () => { this.#at = null; this.#soon(); });
        this.frame.addEventListener('keydown', event => this.#key(event));
    }

    show(data) {
        this.#data = data;
        this.#soon();
    }

    #soon() {
        if (this.#due) return;
        this.#due = true;
        requestAnimationFrame(() => { this.#due = false; this.#draw(); });
    }

    #draw() {
        const data = this.#data, width = this.frame.clientWidth, height = this.frame.clientHeight;
        if (!data || width < 80) return;
        const rem = room();
        const series = data.series.map(one => {
            const keep = one.xs.map((x, i) => Number.isFinite(x) && Number.isFinite(one.ys[i]) && !(data.logX && x <= 0));
            return { ...one, xs: one.xs.filter((_, i) => keep[i]), ys: one.ys.filter((_, i) => keep[i]) };
        });
        const xs = series.flatMap(one => one.xs), ys = series.flatMap(one => one.ys);
        if (!xs.length) {
            this.frame.replaceChildren(el('p', { class: 'dim nothing' }, 'Nothing yet'));
            this.legend.replaceChildren();
            return;
        }
        const low = (list, start = Infinity) => list.reduce((a, b) => Math.min(a, b), start), high = (list, start = -Infinity) => list.reduce((a, b) => Math.max(a, b), start);
        let [x0, x1, y0, y1] = [low(xs), high(xs), low(ys), high(ys)];
        const logY = data.logY === true || data.logY === 'auto' && y0 > 0 && y1 / y0 > 12;
        if (x0 === x1) { x0 -= data.logX ? x0 / 2 : 1; x1 *= data.logX ? 2 : 1; x1 += data.logX ? 0 : 1; }
        if (logY) { y0 /= 1.15; y1 *= 1.15; } else { const room = (y1 - y0 || Math.abs(y1) || 1) * 0.06; y0 -= room; y1 += room; }
        if (data.most && y1 > data.most) y1 = data.most + (data.most - y0) * 0.02;
        const X = scale(x0, x1, LEFT, width - RIGHT, data.logX), Y = scale(y0, y1, height - BOTTOM, TOP, logY);
        const drawing = svg('svg', { width, height, 'aria-hidden': 'true' });
        for (const tick of ticks(y0, y1, logY)) {
            drawing.append(svg('line', { class: 'grid', x1: LEFT, x2: width - RIGHT, y1: Y(tick), y2: Y(tick) }), text(LEFT - 8, Y(tick) + rem / 4, short(tick), 'end'));
        }
        for (const tick of ticks(x0, x1, data.logX, Math.max(2, Math.floor(width / 4.7 / rem)))) if (data.logX || Number.isInteger(tick)) drawing.append(text(X(tick), height - BOTTOM + 1.1 * rem, short(tick), 'middle'));
        drawing.append(text(width - RIGHT, height - 2, data.x, 'end'));
        for (const one of series) {
            if (!one.points) drawing.append(svg('path', { class: `curve ${one.colour} ${one.dash ? 'dash' : ''} ${one.faint ? 'faint' : ''}`, d: one.xs.map((x, i) => `${i ? 'L' : 'M'}${X(x).toFixed(1)} ${Y(one.ys[i]).toFixed(1)}`).join('') }));
            if (one.points || one.xs.length === 1) for (let i = 0; i < one.xs.length; i++) {
                drawing.append(svg('circle', { class: `dot ${one.colour}`, cx: X(one.xs[i]), cy: Y(one.ys[i]), r: 5 }));
                if (one.names) drawing.append(text(X(one.xs[i]) - 9, Y(one.ys[i]) + rem / 4, one.names[i], 'end', 'strong'));
            }
        }
        const at = this.#at;
        this.frame.replaceChildren(drawing);
        this.now = { series, X, x0, x1, width, logX: data.logX };
        if (at !== null) {
            drawing.append(svg('line', { class: 'at', x1: X(at), x2: X(at), y1: TOP, y2: height - BOTTOM }));
            for (const one of series) if (one.xs.length && !one.points) { const i = nearest(one.xs, at); drawing.append(svg('circle', { class: `dot ${one.colour}`, cx: X(one.xs[i]), cy: Y(one.ys[i]), r: 4 })); }
        }
        this.legend.replaceChildren(...(at !== null ? [el('span', {}, `${data.x} ${short(at)}`)] : []), ...series.filter(one => !one.quiet).map(one => el('span', {},
            el('i', { class: `${one.colour} ${one.dash ? 'dash' : ''}` }), one.name, at !== null && one.xs.length && !one.points ? el('b', {}, ` ${Number(one.ys[nearest(one.xs, at)].toPrecision(4))}`) : '')));
        const words = series.filter(one => !one.quiet && one.xs.length).map(one => `${one.name} ${Number(one.ys.at(-1).toPrecision(4))}`).join(', ');
        this.frame.setAttribute('aria-label', `${this.title}. ${at === null ? `Last: ${words}` : this.legend.textContent}`);
    }

    #point(event) {
        if (!this.now) return;
        const { X, series } = this.now, x = event.clientX - this.frame.getBoundingClientRect().left;
        const all = series.filter(one => !one.points).flatMap(one => one.xs);
        if (!all.length) return;
        this.#at = all.reduce((best, value) => Math.abs(X(value) - x) < Math.abs(X(best) - x) ? value : best);
        this.#soon();
    }

    #key(event) {
        const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        if (!move || !this.now) return;
        const xs = [...new Set(this.now.series.filter(one => !one.points).flatMap(one => one.xs))].sort((a, b) => a - b);
        if (!xs.length) return;
        event.preventDefault();
        const i = this.#at === null ? (move > 0 ? -1 : xs.length) : nearest(xs, this.#at), step = event.shiftKey ? Math.ceil(xs.length / 20) : 1;
        this.#at = xs[Math.max(0, Math.min(xs.length - 1, i + move * step))];
        this.#soon();
    }
}

const nearest = (xs, x) => xs.reduce((best, value, i) => Math.abs(value - x) < Math.abs(xs[best] - x) ? i : best, 0);

function text(x, y, words, anchor, style = '') {
    return svg('text', { x, y, 'text-anchor': anchor, class: style }, words);
}
