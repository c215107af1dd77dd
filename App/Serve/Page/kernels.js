// Kernels: each as C# and as the OpenCL and CUDA it becomes, and the versions of an operation, measured on this machine against what it can do.

import { el, kept, say } from './dom.js';
import { ask, post, complain } from './api.js';
import { Chart, short } from './chart.js';
import { highlight } from './highlight.js';

const TARGETS = { csharp: 'C#', opencl: 'OpenCL C', cuda: 'CUDA C' };

export function start(studio, room) {
    const filter = el('input', { type: 'search', placeholder: 'such as Conv2d', 'aria-label': 'Filter the kernels', oninput: rows }), list = el('ul', { class: 'kernel-list' }), detail = el('div', { class: 'kernel-detail' }), number = el('p', { class: 'dim count', role: 'status' });
    room.append(el('h1', { id: 'kernels-title', tabindex: '-1' }, 'Kernels'),
        el('div', { class: 'split' }, el('section', { class: 'aside', 'aria-label': 'All kernels' }, filter, number, list), detail));
    detail.append(el('div', { class: 'card empty' }, el('h2', {}, 'One source, three languages'), el('p', { class: 'dim' }, 'Every kernel is written once, in C#, and becomes OpenCL C and CUDA C. Choose one to read it, and to measure its versions on this machine.')));
    let kernels = null, open = null, turn = 0;

    async function fetchAll() {
        try {
            ({ kernels } = await ask('api/kernels'));
            rows();
        } catch (error) { complain(error); }
    }

    function rows() {
        if (!kernels) return;
        const wanted = filter.value.trim().toLowerCase(), found = kernels.filter(kernel => `${kernel.name} ${kernel.op}`.toLowerCase().includes(wanted)), ops = Map.groupBy(found, kernel => kernel.op);
        number.textContent = found.length === kernels.length ? `${kernels.length} kernels` : `${found.length} of ${kernels.length} kernels`;
        list.replaceChildren(...[...ops].map(([op, of]) => el('li', {}, el('b', {}, op), el('ul', {}, ...of.map(({ name }) =>
            el('li', {}, el('a', { href: `#kernels/${encodeURIComponent(name)}`, 'aria-current': name === open ? 'true' : null }, name.slice(name.indexOf('.') + 1))))))));
    }

    async function show(name) {
        const mine = ++turn;
        open = name;
        rows();
        try {
            const kernel = await ask(`api/kernels/${encodeURIComponent(name)}`);
            if (mine !== turn) return;
            const code = key => el('section', { class: 'code', 'aria-label': TARGETS[key], 'data-target': key }, el('h3', {}, TARGETS[key]), el('pre', { tabindex: 0, role: 'region', 'aria-label': `${TARGETS[key]} of ${name}` }, ...highlight(kernel[key] ?? 'There is none.')));
            const target = el('select', { 'aria-label': 'Language beside the C#', onchange: () => { kept.set('target', target.value); codes.dataset.target = target.value; } }, ...['opencl', 'cuda'].map(key => el('option', { value: key, selected: key === kept.get('target', 'opencl') }, TARGETS[key])));
            const codes = el('div', { class: 'codes', 'data-target': kept.get('target', 'opencl') }, ...Object.keys(TARGETS).map(code));
            detail.replaceChildren(el('div', { class: 'run-head' }, el('h2', {}, name), el('label', { class: 'target' }, 'C# beside ', target)), codes, measure(kernel));
        } catch (error) { complain(error); }
    }

    function measure({ cases }) {
        const room = el('section', { class: 'bench', 'aria-label': `${name}: the versions in figures` }, el('h3', {}, 'Measured on this machine'));
        if (!cases?.length) { room.append(el('p', { class: 'dim' }, 'There is no case that is measured for this kernel.')); return room; }
        const select = el('select', {}, ...groups(cases)), result = el('div', { class: 'charts' });
        const button = el('button', { type: 'button', class: 'main', onclick: async () => {
            button.disabled = true;
            button.textContent = 'Measuring…';
            try {
                const bench = await post(`api/kernels/bench?case=${encodeURIComponent(select.value)}`);
                result.replaceChildren();
                roofline(result, bench);
                say(`Fastest: ${bench.versions.reduce((a, b) => a.median_us < b.median_us ? a : b).name}`);
            } catch (error) { complain(error); }
            button.disabled = false;
            button.textContent = 'Measure';
        } }, 'Measure');
        room.append(el('p', { class: 'row' }, el('label', {}, 'Case ', select), button), result);
        return room;
    }

    return {
        open(rest) {
            if (!kernels) fetchAll();
            if (rest && rest !== open) show(rest);
        },
    };
}

/** Cases of the sizes that networks have come first; the many small ones, which are there to find faults, after them. */
function groups(cases) {
    const option = name => el('option', { value: name }, name), bench = cases.filter(name => name.includes(' bench ')), others = cases.filter(name => !name.includes(' bench '));
    return bench.length ? [el('optgroup', { label: 'Sizes of networks' }, ...bench.map(option)), el('optgroup', { label: 'Small ones of the tests' }, ...others.map(option))] : others.map(option);
}

/** The versions in a table, and under the roof of what the device can do: arithmetic on the right, memory on the left. */
function roofline(room, { case: name, device, versions, peak }) {
    versions = [...versions].sort((a, b) => a.median_us - b.median_us);
    const fastest = Math.min(...versions.map(version => version.median_us)), digit = (value, digits = 2) => Number.isFinite(value) ? value.toFixed(digits) : '–';
    room.append(el('div', { class: 'card table', tabindex: 0, role: 'region', 'aria-label': `${name}: the versions in figures` }, el('table', {}, el('caption', {}, `${name} on ${device}`), el('thead', {}, el('tr', {}, ...['Version', 'µs', 'GFLOP/s', 'GB/s', 'time'].map((word, i) => el('th', { scope: 'col', class: i ? 'number' : null }, word)))),
        el('tbody', {}, ...versions.map(version => el('tr', {}, el('th', { scope: 'row' }, version.name), el('td', { class: 'number' }, digit(version.median_us, 1)), el('td', { class: 'number' }, digit(version.gflops)), el('td', { class: 'number' }, digit(version.gbps)),
            el('td', { class: 'number' }, version.median_us === fastest ? '1' : `× ${(version.median_us / fastest).toFixed(1)}`)))))));
    const placed = versions.filter(version => version.intensity > 0 && version.gflops > 0);
    if (peak?.gbps && !placed.length) room.append(el('p', { class: 'dim' }, `No arithmetic is counted for this operation, so it has no place under a roofline; its memory traffic can be held against the ${short(peak.gbps)} GB/s of the device.`));
    if (!peak?.gflops || !peak?.gbps || !placed.length) return;
    const knee = peak.gflops / peak.gbps, from = Math.min(knee, ...placed.map(version => version.intensity)) / 4, to = Math.max(knee, ...placed.map(version => version.intensity)) * 4;
    new Chart(room, 'Roofline: GFLOP/s over flop per byte').show({ x: 'flop per byte', logX: true, logY: true, series: [
        { name: `the roof: ${short(peak.gbps)} GB/s, ${short(peak.gflops)} GFLOP/s`, colour: 'orange', xs: [from, knee, to], ys: [from * peak.gbps, peak.gflops, peak.gflops] },
        { name: 'versions', colour: 'blue', points: true, xs: placed.map(version => version.intensity), ys: placed.map(version => version.gflops), names: placed.map(version => version.name) }] });
}
