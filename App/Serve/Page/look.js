// A look inside: what the network is given, what each layer makes of it, and which pixels speak for a class.
// Asked for when the hand rests and the section is on the screen; never while drawing.

import { $, el, segments } from './dom.js';
import { complain } from './api.js';
import { grey } from './reader.js';

/** The colours of the chain: what convolves, normalises, changes the size, bends, and joins all to all. */
const OPS = [[/^Conv/, '#1f6feb'], [/Norm/, '#d1570a'], [/Pool|Upsample|Bilinear|Resize/, '#11845b'], [/Relu|Sigmoid|Softmax|Activation|Add/i, '#b3261e'], [/Linear|Dense|MatMul|FullyConnected/, '#7a4bc9']];

export class Look {
    #wanted = null; #seen = null; #visible = false; #flight = null; #timer = 0; #class = null; #digit = 0; #layer = null; #layers = []; #names = '';

    constructor() {
        new IntersectionObserver(([entry]) => { this.#visible = entry.isIntersecting; this.#soon(); }, { rootMargin: '80px' }).observe($('look'));
        new ResizeObserver(() => this.#fit()).observe($('layer-room'));
        $('layers').append(el('ol'));
    }

    /** There is another drawing, another model or none. */
    follow(shot, model) {
        if (!shot || !model) {
            this.#wanted = null;
            clearTimeout(this.#timer);
            this.#flight?.abort();
            return;
        }
        // The class and the digit that were asked for are kept while one network is looked into.
        if (model.id !== this.#wanted?.model.id) { this.#class = null; this.#digit = 0; }
        this.#wanted = { shot, model };
        this.#soon();
    }

    #soon() {
        clearTimeout(this.#timer);
        if (this.#wanted && this.#wanted !== this.#seen && this.#visible) this.#timer = setTimeout(() => this.#ask(), 700);
    }

    async #ask() {
        const wanted = this.#wanted, flight = new AbortController();
        this.#flight?.abort();
        this.#flight = flight;
        try {
            const answer = await grey(wanted.shot, 'api/look', { model: wanted.model.id, ...(this.#class === null ? {} : { class: this.#class }), ...(this.#digit ? { digit: this.#digit } : {}) }, flight.signal);
            this.#seen = wanted;
            this.#show(answer, wanted.model);
        } catch (error) {
            complain(error);
        }
    }

    #show(answer, model) {
        $('look-body').hidden = !answer.input;
        if (!answer.input) return;
        this.#which(answer.shown ?? 1);
        $('input').src = answer.input;
        $('input').onload = () => { $('input-size').textContent = `${$('input').naturalWidth} × ${$('input').naturalHeight}`; };
        const { evidence } = answer;
        $('evidence').parentElement.hidden = !evidence;
        $('classes').hidden = !evidence;
        if (evidence) {
            $('evidence').src = evidence.picture;
            $('evidence').alt = `Warm pixels speak for ${evidence.class}, cool ones against`;
            $('evidence-class').textContent = evidence.class;
            $('evidence-score').textContent = Number.isFinite(evidence.score) ? `score ${evidence.score.toFixed(1)}` : '';
            this.#choices(model.classes, evidence.class);
        }
        this.#layers = answer.layers;
        const names = `${model.id} ${answer.layers.map(layer => `${layer.name} ${layer.height} ${layer.width}`).join()}`;
        if (names !== this.#names) this.#chain(names);
        this.#pick(this.#layer ?? 0);
    }

    /** A network that is given each digit by itself is looked into for one of them. */
    #which(number) {
        const room = $('look-digit');
        this.#digit = Math.min(this.#digit, number - 1);
        room.hidden = number < 2;
        if (room.dataset.of === `${number} ${this.#digit}`) return;
        room.dataset.of = `${number} ${this.#digit}`;
        room.replaceChildren('Which digit ', segments('look-digit', Array.from({ length: Math.min(number, 12) }, (_, i) => [String(i), String(i + 1)]), String(this.#digit), i => { this.#digit = Number(i); room.dataset.of = `${number} ${i}`; this.#ask(); }, 'Which digit'));
    }

    #choices(classes, chosen) {
        const room = $('classes').querySelector('.segments');
        if (room?.dataset.of === classes.join()) {
            room.querySelectorAll('input').forEach(input => { input.checked = input.value === chosen; });
            return;
        }
        room?.remove();
        const made = segments('evidence-of', classes.slice(0, 10).map(name => [name, name]), chosen, name => { this.#class = name; this.#ask(); }, 'Evidence for which class');
        made.dataset.of = classes.join();
        $('classes').append(made);
    }

    #chain(names) {
        this.#names = names;
        this.#layer = Math.min(this.#layer ?? 0, this.#layers.length - 1);
        $('layers').querySelector('ol').replaceChildren(...this.#layers.map((layer, i) => {
            const words = el('span', {}, layer.name, el('small', {}, `${layer.op} · ${shape(layer)}`));
            const hue = OPS.find(([pattern]) => pattern.test(layer.op));
            if (hue) words.style.setProperty('--op', hue[1]);
            return el('li', {}, el('label', {}, el('input', { type: 'radio', name: 'layer', value: i, checked: i === this.#layer, onchange: () => this.#pick(i) }), words));
        }));
    }

    #pick(i) {
        this.#layer = Math.min(i, this.#layers.length - 1);
        const layer = this.#layers[this.#layer], image = $('layer-sheet');
        if (!layer) return;
        image.onload = () => this.#fit();
        image.src = layer.sheet;
        image.alt = `What ${layer.name} makes of the drawing: ${layer.shown} of ${layer.channels} channels`;
        $('layer-name').replaceChildren(`${layer.name} `, el('small', {}, `${layer.op}, ${shape(layer)}; ${layer.shown < layer.channels ? `${layer.shown} of ${layer.channels} channels shown; ` : ''}${layer.min.toFixed(2)} … ${layer.max.toFixed(2)}`));
    }

    /** As large as the room allows, by whole screen pixels where it can be. */
    #fit() {
        const image = $('layer-sheet'), room = $('layer-room');
        if (!image.naturalWidth) return;
        const most = Math.min((room.clientWidth - 26) / image.naturalWidth, 0.62 * innerHeight / image.naturalHeight, 30);
        image.style.width = `${Math.floor(image.naturalWidth * (most > 2 ? Math.floor(most * 2) / 2 : most))}px`;
    }
}

const shape = ({ height, width, channels }) => `${height} × ${width} × ${channels}`;
