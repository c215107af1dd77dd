// The digits beside the sheet: each with its colour and its surety, a classifier's with its three likeliest, and all ten when it is pointed at or focused.
// The nodes are kept from answer to answer: the list is on the hot path.

import { el, colour, percent } from './dom.js';

const MOST = 24;

export class Digits {
    #room; #colours; #nodes = [];

    constructor(room, colours) {
        this.#room = room;
        this.#colours = colours;
    }

    show(items) {
        const shown = Math.min(items.length, MOST);
        while (this.#nodes.length < shown) this.#nodes.push(this.#make());
        for (let i = 0; i < shown; i++) {
            this.#fill(this.#nodes[i], items[i]);
            if (!this.#nodes[i].root.isConnected) this.#room.append(this.#nodes[i].root);
        }
        for (let i = shown; i < this.#nodes.length; i++) this.#nodes[i].root.remove();
    }

    #make() {
        const chip = el('span', { class: 'chip' }), bars = el('div', { class: 'bars' }), all = el('div', { class: 'all' });
        const root = el('div', { class: 'digit', role: 'group' }, chip, bars, all);
        const node = { root, chip, bars, all, rows: [], item: null };
        // The ten are written when somebody looks.
        const open = () => this.#ten(node);
        root.addEventListener('pointerenter', open);
        root.addEventListener('focus', open);
        return node;
    }

    #fill(node, item) {
        node.item = item;
        node.chip.textContent = item.name;
        colour(node.chip, this.#colours[item.name % 10] ?? '#9aa4b2');
        const rows = item.probabilities ? likeliest(item.probabilities).slice(0, 3)
            : item.score !== undefined ? [[null, item.score]] : [];
        while (node.rows.length < rows.length) node.rows.push(bar());
        rows.forEach(([name, share], i) => {
            set(node.rows[i], name, share);
            if (!node.rows[i].root.isConnected) node.bars.append(node.rows[i].root);
        });
        for (let i = rows.length; i < node.rows.length; i++) node.rows[i].root.remove();
        if (!rows.length) node.bars.replaceChildren(el('span', { class: 'dim' }, `${item.pixels} pixels`));
        else if (node.bars.firstChild !== node.rows[0].root) node.bars.replaceChildren(...node.rows.slice(0, rows.length).map(row => row.root));
        node.root.setAttribute('aria-label', `Digit ${item.name}`);
        if (item.probabilities) node.root.setAttribute('tabindex', '0');
        else { node.root.removeAttribute('tabindex'); node.all.replaceChildren(); node.all.hidden = true; }
        if (item.probabilities && node.root.matches(':hover, :focus')) this.#ten(node);
    }

    #ten({ item, all }) {
        all.hidden = !item.probabilities;
        if (item.probabilities) all.replaceChildren(...item.probabilities.map((share, name) => { const row = bar(); set(row, name, share); return row.root; }));
    }
}

const likeliest = probabilities => probabilities.map((share, name) => [name, share]).sort((a, b) => b[1] - a[1]);

function bar() {
    const name = el('span'), fill = el('i'), value = el('span');
    return { root: el('div', { class: 'bar' }, name, el('div', {}, fill), value), name, fill, value };
}

function set(row, name, share) {
    row.name.hidden = name === null;
    row.root.classList.toggle('alone', name === null);
    row.name.textContent = name ?? '';
    row.fill.style.transform = `scaleX(${share})`;
    row.value.textContent = percent(share);
}
