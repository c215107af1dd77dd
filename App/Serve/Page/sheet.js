// The sheet that is drawn on: by pen, finger and mouse, and by the keyboard. It knows strokes and a picture beneath them, undo and redo, and nothing of networks.

import { el, say, kept } from './dom.js';
import { Painter, SCREEN } from './ink.js';

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1], Home: [-1, -1], PageUp: [1, -1], End: [-1, 1], PageDown: [1, 1] };

/** Dispatches 'change', whose detail is the time (of performance.now) at which a stroke or another deed ended, or null while a stroke goes on. */
export class Sheet extends EventTarget {
    width = 1000;
    height = 667;
    strokes = [];
    picture = null;
    version = 0;
    erasing = false;
    penWidth = kept.get('width', 26);
    #past = []; #future = []; #rect; #pointer = null; #penSeen = -Infinity; #pen = [500, 333]; #held = new Set(); #down = false; #due = false;

    constructor(root, label) {
        super();
        this.root = root;
        this.ink = el('canvas', { class: 'ink', tabindex: 0, role: 'application', 'aria-label': label,
            'aria-roledescription': 'drawing sheet', 'aria-keyshortcuts': 'Space ArrowLeft ArrowRight ArrowUp ArrowDown Delete Control+Z' });
        this.marks = el('canvas', { class: 'marks', 'aria-hidden': 'true' });
        this.cursor = el('span', { class: 'cursor', 'aria-hidden': 'true' });
        root.prepend(this.ink, this.marks, this.cursor);
        this.painter = new Painter(this, this.ink, SCREEN);
        new ResizeObserver(() => this.#fit()).observe(root);
        this.ink.addEventListener('pointerdown', event => this.#begin(event));
        this.ink.addEventListener('pointermove', event => this.#move(event));
        for (const name of ['pointerup', 'pointercancel', 'lostpointercapture']) this.ink.addEventListener(name, event => this.#end(event));
        this.ink.addEventListener('contextmenu', event => event.preventDefault());
        this.ink.addEventListener('keydown', event => this.#key(event));
        this.ink.addEventListener('keyup', event => this.#held.delete(event.key));
        this.ink.addEventListener('focus', () => this.#place());
        this.ink.addEventListener('blur', () => { this.#held.clear(); if (this.#down) this.#lift(performance.now()); });
    }

    get empty() { return !this.picture && !this.strokes.some(stroke => !stroke.erase); }
    get canUndo() { return this.#past.length > 0; }
    get canRedo() { return this.#future.length > 0; }
    get drawing() { return this.#pointer !== null || this.#down; }

    undo() { this.#travel(this.#past, this.#future); }
    redo() { this.#travel(this.#future, this.#past); }
    clear() { if (!this.empty || this.strokes.length) this.#become({ strokes: [], picture: null }); }

    /** Lays a picture beneath: { image, width, height, invert, coloured, colours }. The drawing before it is one undo away. */
    lay(picture) { this.#become({ strokes: [], picture }); }

    /** Forgets everything, the past too: for a new sum, not for a person's drawing. */
    wipe() {
        this.#past = [];
        this.#future = [];
        this.#set({ strokes: [], picture: null });
    }

    #become(state) {
        this.#past.push({ strokes: this.strokes, picture: this.picture, height: this.height });
        this.#future = [];
        this.#set(state);
    }

    #travel(from, to) {
        if (!from.length || this.drawing) return;
        to.push({ strokes: this.strokes, picture: this.picture, height: this.height });
        this.#set(from.pop());
    }

    #set({ strokes, picture, height }) {
        // A stroke that goes on ends with the drawing that it was of.
        if (this.drawing) this.strokes.at(-1).done = true;
        this.#pointer = null;
        this.#down = false;
        this.cursor.classList.remove('down');
        this.strokes = strokes;
        this.picture = picture;
        this.version++;
        this.root.classList.toggle('coarse', picture?.width <= 128);
        if (picture) this.#pin(1000 * picture.height / picture.width);
        else if (height && strokes.length) this.#pin(height);
        else this.#unpin();
        this.#changed(performance.now());
    }

    // An empty sheet takes the shape that its place in the page has; one with a drawing keeps the drawing's, however the window changes.
    #pin(height) { this.height = height; this.root.style.setProperty('--aspect', 1000 / height); this.#fit(); }
    #unpin() { this.root.style.removeProperty('--aspect'); this.#fit(); }

    #fit() {
        const { clientWidth, clientHeight } = this.root;
        if (!clientWidth) return;
        if (this.empty && !this.strokes.length) this.height = 1000 * clientHeight / clientWidth;
        this.#place();
        this.#paint();
        this.dispatchEvent(new Event('fit'));
    }

    /** Pixels of the screen to a unit. */
    get scale() { return Math.min(devicePixelRatio || 1, 3) * (this.root.clientWidth || 1) / this.width; }
    #paint() { this.painter.paint(this.scale); }

    #changed(ended) {
        this.#paint();
        this.dispatchEvent(new CustomEvent('change', { detail: ended }));
    }

    #start(erase, width) {
        this.#past.push({ strokes: this.strokes, picture: this.picture, height: this.height });
        if (this.#past.length > 200) this.#past.shift();
        this.#future = [];
        if (!this.strokes.length && !this.picture) this.#pin(this.height);
        const stroke = { erase, width, points: [], done: false };
        this.strokes = [...this.strokes, stroke];
        return stroke;
    }

    // ---- pen, finger, mouse

    #begin(event) {
        if (this.#pointer !== null || event.button > 0 && !(event.buttons & 32)) return;
        // A hand that rests on the glass beside a pen is not a finger that draws.
        if (event.pointerType === 'pen') this.#penSeen = event.timeStamp;
        else if (event.pointerType === 'touch' && event.timeStamp - this.#penSeen < 2000) return;
        event.preventDefault();
        if (this.#down) this.#lift(event.timeStamp);
        this.ink.focus({ preventScroll: true, focusVisible: false });
        this.ink.setPointerCapture(event.pointerId);
        this.#pointer = event.pointerId;
        this.#rect = this.ink.getBoundingClientRect();
        const erase = this.erasing || (event.buttons & 32) !== 0;
        this.#start(erase, this.penWidth * (erase ? 2.2 : 1));
        this.#point(event);
        this.#changed(null);
    }

    #point(event) {
        const { points } = this.strokes.at(-1), rect = this.#rect;
        const x = (event.clientX - rect.left) / rect.width * this.width, y = (event.clientY - rect.top) / rect.height * this.height;
        const last = points.length - 3;
        if (last >= 0 && Math.hypot(x - points[last], y - points[last + 1]) < 1) return;
        points.push(x, y, event.pointerType === 'pen' && event.pressure > 0 ? 0.4 + 1.1 * event.pressure : 1);
        this.#pen = [x, y];
    }

    #move(event) {
        if (event.pointerId !== this.#pointer) return;
        const all = event.getCoalescedEvents?.() ?? [];
        for (const one of all.length ? all : [event]) this.#point(one);
        if (event.pointerType === 'pen') this.#penSeen = event.timeStamp;
        this.#changed(null);
    }

    #end(event) {
        if (event.pointerId !== this.#pointer) return;
        this.#pointer = null;
        this.strokes.at(-1).done = true;
        this.#changed(event.timeStamp);
    }

    // ---- keyboard

    #key(event) {
        const step = ARROWS[event.key];
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        if (step) {
            event.preventDefault();
            this.#held.add(event.key);
            if (this.#due) return;
            // Held keys add up, so that two arrows go aslant; once a frame, so that repeats of both do not.
            this.#due = true;
            const large = event.shiftKey;
            requestAnimationFrame(() => {
                this.#due = false;
                const keys = this.#held.size ? [...this.#held] : [event.key];
                this.#step(keys.reduce(([x, y], key) => [x + ARROWS[key][0], y + ARROWS[key][1]], [0, 0]), large ? 60 : 15);
            });
        } else if (event.key === ' ') {
            event.preventDefault();
            if (event.repeat) return;
            if (this.#down) this.#lift(event.timeStamp);
            else this.#lower();
        } else if (event.key === 'Escape' && this.#down) this.#lift(event.timeStamp);
    }

    #step([dx, dy], size) {
        const [x, y] = this.#pen;
        this.#pen = [Math.max(0, Math.min(this.width, x + size * dx)), Math.max(0, Math.min(this.height, y + size * dy))];
        this.#place();
        if (this.#down) {
            this.strokes.at(-1).points.push(...this.#pen, 1);
            this.#changed(null);
        } else say(`Pen up, ${this.#where()}`, 500);
    }

    #lower() {
        this.#down = true;
        this.#start(this.erasing, this.penWidth * (this.erasing ? 2.2 : 1)).points.push(...this.#pen, 1);
        this.cursor.classList.add('down');
        say(`Pen down, ${this.#where()}`);
        this.#changed(null);
    }

    #lift(time) {
        this.#down = false;
        this.strokes.at(-1).done = true;
        this.cursor.classList.remove('down');
        say(`Pen up, ${this.#where()}`);
        this.#changed(time);
    }

    #where() { return `${Math.round(this.#pen[0] / 10)} across, ${Math.round(100 * this.#pen[1] / this.height)} down`; }

    #place() {
        this.#pen[1] = Math.min(this.#pen[1], this.height);
        const unit = this.root.clientWidth / this.width;
        this.cursor.style.transform = `translate(${this.#pen[0] * unit}px, ${this.#pen[1] * unit}px)`;
    }
}
