// Runs: the list, one run with its curves as they come, several compared, and the form that starts another.

import { el, kept, say } from './dom.js';
import { ask, post, complain, server } from './api.js';
import { Chart } from './chart.js';
import { form } from './train.js';

const COLOURS = ['blue', 'orange', 'green', 'violet', 'rose', 'teal'];
const path = run => run.split('/').map(encodeURIComponent).join('/');
const nameOf = key => key.replace(/^metrics\//, '');

export function start(studio, room) {
    const list = el('ul', { class: 'run-list' }), compare = el('button', { type: 'button', disabled: true, onclick: () => { location.hash = '#runs/compare'; } }, 'Compare');
    const detail = el('div', { class: 'run-detail' });
    const fresh = el('a', { class: 'button', href: '#runs/new' }, 'Train a network');
    room.append(el('h1', { id: 'runs-title', tabindex: '-1' }, 'Runs'),
        el('div', { class: 'split' },
            el('section', { class: 'aside', 'aria-label': 'All runs' }, el('p', { class: 'row' }, fresh, compare), list),
            detail));
    const chosen = new Set(kept.get('compared', []));
    let runs = [], open = null, shown = null, timer = 0;

    async function refresh() {
        clearTimeout(timer);
        if (studio.view !== 'runs') return;
        try {
            ({ runs } = await ask('api/runs'));
            rows();
        } catch (error) { complain(error); }
        timer = setTimeout(refresh, runs.some(run => run.state === 'running') ? 3000 : 15000);
    }

    /** The list is kept where it is: only what has changed is written, so that a focus or a tick is not lost. */
    function rows() {
        const old = new Map([...list.children].map(row => [row.dataset.path, row]));
        const wanted = runs.map(run => {
            const row = old.get(run.path) ?? item(run);
            row.querySelector('.badge').className = `badge ${run.state}`;
            row.querySelector('.badge').textContent = run.state;
            row.querySelector('.about').textContent = [`${run.epochs} of ${run.epochs_planned} epochs`, run.score ? `${run.score.name} ${run.score.value.toFixed(4)}` : null, ago(run.changed)].filter(Boolean).join(' · ');
            const link = row.querySelector('a');
            if (run.path === open) link.setAttribute('aria-current', 'true'); else link.removeAttribute('aria-current');
            return row;
        });
        if (wanted.length !== list.children.length || wanted.some((row, i) => row !== list.children[i])) list.replaceChildren(...wanted);
        if (!runs.length) list.replaceChildren(el('li', { class: 'dim' }, 'No run yet.'));
        compare.disabled = [...chosen].filter(one => runs.some(run => run.path === one)).length < 2;
    }

    function item(run) {
        return el('li', { 'data-path': run.path },
            el('input', { type: 'checkbox', checked: chosen.has(run.path), 'aria-label': `Compare ${run.path}`, onchange: ({ target }) => {
                if (target.checked) chosen.add(run.path); else chosen.delete(run.path);
                kept.set('compared', [...chosen]);
                rows();
                if (open === 'compare') comparison();
            } }),
            el('a', { href: `#runs/${path(run.path)}` }, el('b', {}, run.path), el('span', { class: 'badge' }), el('small', { class: 'about' })));
    }

    function show(wanted) {
        shown?.close?.();
        shown = null;
        open = wanted;
        rows();
        if (wanted === 'new') shown = form(detail, run => { location.hash = `#runs/${path(run)}`; refresh(); });
        else if (wanted === 'compare') comparison();
        else if (wanted) shown = one(detail, wanted, refresh);
        else detail.replaceChildren(el('div', { class: 'card empty' }, el('h2', {}, 'Learning, watched'), el('p', { class: 'dim' }, 'Choose a run to see its curves, as they come if it is being trained. Tick several to compare them in one chart.')));
    }

    let compared = 0;
    async function comparison() {
        const turn = ++compared, paths = runs.map(run => run.path).filter(one => chosen.has(one));
        try {
            const all = await Promise.all((paths.length ? paths : [...chosen]).map(one => ask(`api/runs/${path(one)}`)));
            if (turn !== compared || open !== 'compare') return;
            const keys = [...new Set(all.flatMap(run => run.epochs.flatMap(Object.keys)))].filter(key => !['epoch', 'time_s'].includes(key));
            const select = el('select', { onchange: () => { kept.set('compare', select.value); draw(); } }, ...keys.map(key => el('option', { value: key, selected: key === kept.get('compare', 'val/loss') }, nameOf(key))));
            const across = el('select', { onchange: () => draw() }, el('option', { value: 'epoch' }, 'epochs'), el('option', { value: 'time' }, 'minutes'));
            detail.replaceChildren(el('h2', {}, `${all.length} runs compared`), el('p', { class: 'row' }, el('label', {}, 'What ', select), el('label', {}, 'over ', across)));
            const chart = new Chart(detail, 'Comparison');
            chart.frame.classList.add('tall');
            const table = el('div', { class: 'card table', tabindex: 0, role: 'region', 'aria-label': 'The runs in figures' });
            detail.append(table);
            const draw = () => {
                const key = select.value, time = across.value === 'time';
                chart.show({ x: time ? 'minutes' : 'epoch', logY: key.includes('loss') ? 'auto' : false, series: all.map((run, i) => {
                    let sum = 0;
                    return { name: run.path, colour: COLOURS[i % 6], dash: i >= 6, xs: run.epochs.map(epoch => time ? Math.round((sum += epoch.time_s) / 0.6) / 100 : epoch.epoch), ys: run.epochs.map(epoch => epoch[key]) };
                }) });
                const best = key.includes('loss') ? Math.min : Math.max;
                table.replaceChildren(el('table', {}, el('thead', {}, el('tr', {}, ...['Run', 'Model', 'Epochs', `Last ${nameOf(key)}`, `Best ${nameOf(key)}`].map((name, i) => el('th', { scope: 'col', class: i > 1 ? 'number' : null }, name)))),
                    el('tbody', {}, ...all.map(run => {
                        const values = run.epochs.map(epoch => epoch[key]).filter(Number.isFinite);
                        return el('tr', {}, el('th', { scope: 'row' }, el('a', { href: `#runs/${path(run.path)}` }, run.path)), el('td', {}, String(run.arguments?.model ?? '')), el('td', { class: 'number' }, String(run.epochs.length)),
                            el('td', { class: 'number' }, values.length ? values.at(-1).toFixed(4) : '–'), el('td', { class: 'number' }, values.length ? best(...values).toFixed(4) : '–'));
                    }))));
            };
            draw();
        } catch (error) { complain(error); }
    }

    server.addEventListener('up', () => { if (studio.view === 'runs') { refresh(); show(open); } });
    return {
        async open(rest) { if (rest !== open || !shown) { show(rest || null); } await refresh(); if (open === 'compare' && !detail.querySelector('.chart')) comparison(); },
        close() { shown?.close?.(); shown = null; clearTimeout(timer); },
    };
}

/** One run: what it is, its curves, its log, its files. While it runs, by the server's events. */
function one(room, run, changed) {
    let events = null, closed = false, tries = 0, every = 1, pending = [], about = null, epochs = [], steps = { step: [], loss: [] };
    const badge = el('span', { class: 'badge' }), progress = el('progress', { max: 1, value: 0, 'aria-label': 'Epochs done' }), deeds = el('span', { class: 'row' }), facts = el('p', { class: 'dim' });
    const log = el('pre', { class: 'log card', tabindex: 0, role: 'region', 'aria-label': 'Log' }), charts = el('div', { class: 'charts' }), files = el('div', {});
    room.replaceChildren(el('div', { class: 'run-head' }, el('h2', {}, run, ' ', badge), deeds), facts, progress, charts, files, el('h3', {}, 'Log'), log);
    const bySteps = new Chart(charts, 'Loss by step'), byEpochs = new Chart(charts, 'Loss by epoch'), metrics = new Chart(charts, 'Measures on the validation part');

    async function load() {
        try {
            if (closed) return;
            about = await ask(`api/runs/${path(run)}`);
            if (closed) return;
            ({ epochs, steps } = about);
            steps ??= { step: [], loss: [] };
            log.textContent = about.log.join('\n');
            log.scrollTop = log.scrollHeight;
            head();
            draw();
            linkFiles();
            if (about.state === 'running') listen();
        } catch (error) {
            if (closed) return;
            // A run that was only just started has no files yet.
            if (error.status === 404 && ++tries < 30) {
                facts.textContent = tries < 4 ? 'It begins…' : `${error.message}; looking again`;
                setTimeout(load, 1000);
            } else if (error.status) facts.textContent = error.message;
            else complain(error);
        }
    }

    function listen() {
        events = new EventSource(`api/runs/${path(run)}/events`);
        // The server begins with all there is, also when the line was broken.
        events.addEventListener('open', () => { steps = { step: [], loss: [] }; epochs = []; log.textContent = ''; });
        events.addEventListener('steps', ({ data }) => { const more = JSON.parse(data); add(more); thin(); draw(); });
        events.addEventListener('epoch', ({ data }) => { const epoch = JSON.parse(data); epochs = [...epochs.filter(e => e.epoch !== epoch.epoch), epoch]; head(); draw(); });
        events.addEventListener('log', ({ data }) => {
            const low = log.scrollHeight - log.scrollTop - log.clientHeight < 30;
            log.append((log.textContent ? '\n' : '') + JSON.parse(data).line);
            if (low) log.scrollTop = log.scrollHeight;
        });
        events.addEventListener('state', ({ data }) => {
            const { state, failure } = JSON.parse(data);
            if (state === 'gone') { events.close(); facts.textContent = failure ?? `The run ${run} is gone.`; say(facts.textContent); return changed(); }
            if (state === about.state) return;
            about.state = state;
            head();
            if (state === 'running') return;
            say(failure ?? `${run} is ${state}`);
            if (failure) complain(new Error(failure));
            events.close();
            changed();
            load();
        });
    }

    /** What there was comes as means of equal stretches; what follows, step by step, is gathered to the same ones. */
    function add({ step, loss }) {
        if (!steps.step.length) {
            steps = { step, loss };
            every = step.length > 1 ? step[1] - step[0] : 1;
            pending = [];
            return;
        }
        step.forEach((at, i) => {
            pending.push(loss[i]);
            if (pending.length < every) return;
            steps.step.push(at);
            steps.loss.push(pending.reduce((a, b) => a + b) / pending.length);
            pending = [];
        });
    }

    /** More points than a chart has pixels are of no use: halved by means. */
    function thin() {
        if (steps.step.length < 1600) return;
        const halve = (list, join) => list.filter((_, i) => i % 2).map((value, i) => join(list[2 * i], value));
        steps = { step: halve(steps.step, (_, b) => b), loss: halve(steps.loss, (a, b) => (a + b) / 2) };
        every *= 2;
    }

    function head() {
        const planned = about.epochs_planned || epochs.length, last = epochs.at(-1);
        badge.className = `badge ${about.state}`;
        badge.textContent = about.state;
        progress.value = planned ? Math.min(1, epochs.length / planned) : 0;
        progress.hidden = about.state === 'complete';
        facts.textContent = [about.arguments?.model, `epoch ${epochs.length} of ${planned}`, last?.img_per_s ? `${Math.round(last.img_per_s)} pictures a second` : null,
            epochs.length ? `${duration(epochs.reduce((sum, epoch) => sum + (epoch.time_s || 0), 0))} so far` : null].filter(Boolean).join(' · ');
        const deed = (word, what) => el('button', { type: 'button', onclick: async ({ target }) => {
            target.disabled = true;
            try { await post(`api/runs/${path(run)}/${what}`); say(`${run}: ${what}`); changed(); setTimeout(() => { events?.close(); if (!closed) load(); }, 600); } catch (error) { complain(error); target.disabled = false; }
        } }, word);
        deeds.replaceChildren(...(about.state === 'running' ? [deed('Stop', 'stop')] : about.state === 'stopped' ? [deed('Resume', 'resume')] : []));
    }

    function draw() {
        const xs = epochs.map(epoch => epoch.epoch), of = key => epochs.map(epoch => epoch[key]);
        bySteps.show({ x: 'step', logY: 'auto', series: [{ name: 'training loss', colour: 'blue', xs: steps.step, ys: steps.loss }] });
        byEpochs.show({ x: 'epoch', logY: 'auto', series: [{ name: 'training', colour: 'blue', xs, ys: of('train/loss') }, { name: 'validation', colour: 'orange', xs, ys: of('val/loss') }] });
        const keys = epochs.length ? Object.keys(epochs[0]).filter(key => key.startsWith('metrics/')) : [];
        metrics.show({ x: 'epoch', most: 1, series: keys.map((key, i) => ({ name: nameOf(key), colour: COLOURS[(i + 2) % 6], xs, ys: of(key) })) });
    }

    function linkFiles() {
        const link = file => `runs/${path(run)}/${encodeURIComponent(file)}`;
        const all = [...about.files ?? []].sort((a, b) => (b === 'report.html') - (a === 'report.html'));
        const pictures = all.filter(file => file.endsWith('.png'));
        files.replaceChildren(
            all.length ? el('p', { class: 'row files' }, ...all.map(file => el('a', { href: link(file), target: '_blank', class: file === 'report.html' ? 'button' : null }, file === 'report.html' ? 'Open its report' : file))) : '',
            ...pictures.map(file => el('details', { open: true }, el('summary', {}, file), el('a', { href: link(file), target: '_blank' }, el('img', { src: link(file), alt: `${file} of ${run}`, loading: 'lazy', class: 'run-picture' })))),
            el('details', {}, el('summary', {}, 'Parameters'), el('table', { class: 'facts' }, el('tbody', {}, ...Object.entries(about.arguments ?? {}).filter(([, value]) => value !== null).map(([key, value]) =>
                el('tr', {}, el('th', { scope: 'row' }, key), el('td', {}, typeof value === 'object' ? JSON.stringify(value) : String(value))))))));
    }

    load();
    return { close() { closed = true; events?.close(); } };
}

function ago(time) {
    const seconds = (Date.now() - Date.parse(time)) / 1000;
    if (!(seconds > -60)) return '';
    const [value, unit] = seconds < 90 ? [1, 'minute'] : seconds < 5400 ? [seconds / 60, 'minute'] : seconds < 129600 ? [seconds / 3600, 'hour'] : [seconds / 86400, 'day'];
    return new Intl.RelativeTimeFormat('en-GB').format(-Math.round(value), unit);
}

const duration = seconds => seconds < 90 ? `${Math.round(seconds)} s` : seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
