// The view that draws and reads: wires the sheet to the models, and what they answer to the page.

import { $, el, colour, say, kept } from './dom.js';
import { ask, complain, line, server } from './api.js';
import { Sheet } from './sheet.js';
import { Shooter, Painter, PLAIN } from './ink.js';
import { Reader, grey, pace, painted, unpack } from './reader.js';
import { mark } from './marks.js';
import { digits, reading } from './answers.js';
import { Digits } from './digits.js';
import { pick } from './pick.js';
import { picture, receive, png, download } from './pictures.js';
import { Look } from './look.js';

export function draw(studio) {
    const sheet = new Sheet($('sheet'), 'Sheet to draw digits on. Arrow keys move the pen, Space puts it down and lifts it, Delete clears.');
    sheet.root.append(el('p', { class: 'hint' }, el('b', {}, 'Draw digits here'), 'with a pen, a finger, the mouse or the arrow keys; or drop or paste a picture'));
    const hint = sheet.root.querySelector('.hint'), shooter = new Shooter(sheet), look = new Look(), plain = new Painter(sheet, document.createElement('canvas'), PLAIN);
    const show = kept.get('show', { boxes: true, labels: true, masks: true }), settings = kept.get('settings', {});
    let truth = null, examples = 0;

    // Two places for answers: A, which marks the sheet, and B beside it, which has a small copy.
    const places = [place('a', studio), place('b', studio)];
    const [a, b] = places;
    b.on = false;

    function place(letter) {
        const self = { letter, on: true, model: null, last: null, digits: new Digits($(`digits-${letter}`), studio.colours), number: $(letter === 'a' ? 'number' : 'number-b'), times: $(letter === 'a' ? 'times' : 'times-b') };
        self.reader = new Reader(() => ({ model: self.model.id, ...(self.model.task === 'segment' ? { mask: 1 } : {}), ...settings[self.model.task] }),
            (answer, shot, time) => answered(self, answer, shot, time), complain);
        return self;
    }

    const soon = pace(80, () => send(null));

    function send(ended) {
        const shot = shooter.shoot();
        for (const self of places) {
            if (!self.on || !self.model) continue;
            if (shot) self.reader.send(shot, ended);
            else blank(self);
        }
        if (!shot) look.follow(null);
    }

    sheet.addEventListener('change', ({ detail: ended }) => {
        if (sheet.strokes.length || sheet.picture !== truth?.picture) setTruth(null);
        hint.hidden = sheet.strokes.length > 0 || sheet.picture !== null;
        $('undo').disabled = !sheet.canUndo;
        $('redo').disabled = !sheet.canRedo;
        $('clear').disabled = hint.hidden === false;
        $('download').disabled = $('keep-send').disabled = sheet.empty;
        if (ended === null) return soon();
        soon.cancel();
        send(ended);
    });
    sheet.addEventListener('fit', () => places.forEach(paint));

    function answered(self, answer, shot, { round, ended, mask }) {
        const found = answer.pictures[0];
        if (!found) return complain(new Error(answer.errors[0] ?? 'no answer'));
        const items = digits(self.model.task, found), read = reading(self.model.task, found);
        self.last = { items, read, shot, mask };
        paint(self);
        self.digits.show(items);
        setNumber(self, read);
        line();
        const { network, waited } = answer.milliseconds;
        painted(() => {
            const all = ended === null ? null : performance.now() - ended;
            if (all !== null && self === a) studio.times.push(all);
            self.times.textContent = `${Math.round(all ?? round)} ms, ${network.toFixed(1)} in the network${waited >= 1 ? `, ${waited.toFixed(0)} waiting` : ''} · ${answer.device}`;
            self.times.title = `round trip ${round.toFixed(1)} ms${all === null ? '' : `; from the end of the stroke to the painted answer ${all.toFixed(1)} ms`}`;
        });
        if (self !== a) return;
        if (ended !== null) look.follow(shot, a.model);
        say(read ? `Read: ${[...read].join(' ')}` : 'No digit found', 700);
        if (truth) setTruth(truth);
        $('meant').placeholder = read || '735';
    }

    function blank(self) {
        self.reader.stop();
        self.last = null;
        self.digits.show([]);
        setNumber(self, '');
        self.times.textContent = '\u00a0';
        paint(self);
    }

    function setNumber(self, read) {
        self.number.textContent = read || '–';
        self.number.style.setProperty('--n', Math.max(1, read.length));
    }

    function paint(self) {
        if (!self.on) return;
        const { last } = self, options = { colours: studio.colours, mask: last?.mask, show, truth: self === a && !sheet.strokes.length ? truth?.boxes : null };
        if (self === a) {
            mark(sheet.marks, sheet, sheet.scale, last?.shot, last?.items ?? [], options);
            for (const entry of $('legend').children) entry.classList.toggle('found', last?.items.some(item => item.name === entry.textContent) ?? false);
        } else mirror(last, options);
    }

    // B's copy of the drawing: painted small, then marked.
    const copy = new Painter(sheet, document.createElement('canvas'), { ground: '#14171c', ink: '#f2f4f7' }), copyMarks = document.createElement('canvas');
    function mirror(last, options) {
        const canvas = $('mirror'), unit = 2 * 320 / sheet.width;
        copy.paint(unit);
        mark(copyMarks, sheet, unit, last?.shot, last?.items ?? [], options);
        canvas.width = copy.canvas.width;
        canvas.height = copy.canvas.height;
        const context = canvas.getContext('2d');
        context.drawImage(copy.canvas, 0, 0);
        if (copyMarks.width) context.drawImage(copyMarks, 0, 0);
    }

    // ---- models

    function models() {
        $('side').hidden = !studio.models.length;
        if (!studio.models.length) return;
        const find = (id, otherwise) => studio.models.find(model => model.id === id) ?? otherwise;
        a.model = find(a.model?.id ?? kept.get('model'), find(studio.standard, studio.models[0]));
        b.model = find(b.model?.id ?? kept.get('beside'), studio.models.find(model => model !== a.model) ?? a.model);
        studio.model = a.model;
        for (const self of places) pick($(`pick-${self.letter}`), `task-${self.letter}`, studio.models, self.model, model => {
            self.model = model;
            kept.set(self === a ? 'model' : 'beside', model.id);
            if (self === a) { studio.model = model; fields(); }
            blank(self);
            send(performance.now());
        });
        fields();
        send(performance.now());
    }
    studio.addEventListener('models', models);
    server.addEventListener('up', () => send(performance.now()));

    $('beside').addEventListener('change', ({ target }) => {
        b.on = target.checked;
        $('beside-body').hidden = !b.on;
        if (b.on) send(performance.now());
        else b.reader.stop();
    });

    /** What can be set of the chosen task, and what is shown. */
    function fields() {
        const { task } = a.model, mine = settings[task] ??= {};
        const slide = (name, label, min, max, step, otherwise) => {
            const output = el('output', {}, String(mine[name] ?? otherwise));
            return el('label', {}, label, el('input', { type: 'range', min, max, step, value: mine[name] ?? otherwise, oninput: ({ target }) => {
                output.textContent = target.value;
                if (Number(target.value) === otherwise) delete mine[name]; else mine[name] = target.value;
                kept.set('settings', settings);
                soon();
            } }), output);
        };
        const tick = (name, label) => el('label', {}, el('input', { type: 'checkbox', checked: show[name], onchange: ({ target }) => {
            show[name] = target.checked;
            kept.set('show', show);
            places.forEach(paint);
        } }), label);
        $('settings-fields').replaceChildren(
            ...(task === 'detect' ? [slide('score', 'Least score', 0.05, 0.95, 0.05, 0.4), slide('nms', 'Overlap', 0.1, 0.9, 0.05, 0.5)] : []),
            ...(task === 'segment' ? [slide('min-pixels', 'Fewest pixels', 1, 200, 1, 30)] : []),
            tick('boxes', 'Boxes'), tick('labels', 'Labels'), ...(task === 'segment' ? [tick('masks', 'Masks')] : []));
    }

    $('legend').replaceChildren(...studio.colours.map((hex, digit) => colour(el('li', {}, String(digit)), hex)));

    // ---- tools

    const tool = erasing => {
        sheet.erasing = erasing;
        $('pen').setAttribute('aria-pressed', !erasing);
        $('eraser').setAttribute('aria-pressed', erasing);
    };
    const width = value => {
        sheet.penWidth = Math.max(8, Math.min(80, value));
        $('width').value = sheet.penWidth;
        kept.set('width', sheet.penWidth);
    };
    $('width').value = sheet.penWidth;
    $('width').addEventListener('input', ({ target }) => width(Number(target.value)));
    const deeds = { pen: () => tool(false), eraser: () => tool(true), undo: () => sheet.undo(), redo: () => sheet.redo(), clear: () => sheet.clear(), example, download: saveFile };
    for (const [id, deed] of Object.entries(deeds)) $(id).addEventListener('click', deed);

    const front = () => studio.view === 'draw' && !document.querySelector('dialog[open]');
    const typing = target => target.matches('input:not([type="range"], [type="radio"], [type="checkbox"]), textarea, select');
    document.addEventListener('keydown', event => {
        if (!front() || typing(event.target)) return;
        const key = event.key.toLowerCase();
        const deed = event.ctrlKey || event.metaKey
            ? { z: event.shiftKey ? deeds.redo : deeds.undo, y: deeds.redo, s: sheet.empty ? null : deeds.download }[key]
            : event.altKey ? null : { p: deeds.pen, e: deeds.eraser, r: deeds.example, delete: deeds.clear, backspace: deeds.clear, '[': () => width(sheet.penWidth - 4), ']': () => width(sheet.penWidth + 4),
                enter: event.target === sheet.ink ? () => say(a.last ? `Read: ${[...a.last.read].join(' ') || 'nothing'}` : 'The sheet is empty') : null }[key];
        if (!deed) return;
        event.preventDefault();
        deed();
        if (['z', 'y', 'delete', 'p', 'e'].includes(key)) say({ z: 'Undone', y: 'Done again', delete: 'Cleared', p: 'Pen', e: 'Eraser' }[key]);
    });

    receive(sheet, laid => sheet.lay(laid), front);

    async function saveFile() {
        download(await png(plain, sheet, sheet.picture ? Math.max(sheet.picture.width, sheet.picture.height) : 1000), `drawing-${a.last?.read || 'empty'}.png`);
    }

    // ---- test pictures, whose truth is known

    async function example() {
        const turn = ++examples;
        try {
            const given = await ask(`api/example${a.model ? `?model=${encodeURIComponent(a.model.id)}` : ''}`);
            const laid = await picture(await unpack(given.picture), given.inverted ? 'auto' : 'no');
            if (turn !== examples) return;
            truth = { picture: laid, number: given.number, of: given.of, reading: given.truth.reading, boxes: given.truth.boxes };
            sheet.lay(laid);
            setTruth(truth);
        } catch (error) { complain(error); }
    }

    function setTruth(next) {
        if (next === null && truth === null) return;
        truth = next;
        $('truth').hidden = !truth;
        if (!truth) return;
        const read = a.last?.read;
        $('truth').replaceChildren(`Test picture ${truth.number} of ${truth.of}: `, el('b', {}, truth.reading),
            read === undefined ? '' : read === truth.reading ? el('span', { class: 'good' }, ' · read right') : el('span', { class: 'alarm' }, ' · not what was read'));
    }

    // ---- the drawing kept as training pictures

    $('keep').addEventListener('submit', async event => {
        event.preventDefault();
        if (sheet.empty) return;
        const meant = $('meant').value.trim();
        try {
            // What is kept is what the networks were given.
            const answer = await grey(shooter.shoot(), 'api/drawings', { label: meant });
            $('kept').replaceChildren(`${answer.saved === 1 ? 'One digit' : `${answer.saved} digits`} kept in ${answer.folder}; ${answer.total} there now. To train on them:`, el('code', {}, answer.next));
            $('meant').value = '';
        } catch (error) {
            if (error.status) $('kept').textContent = error.message;
            else complain(error);
        }
    });

    models();
    return { sheet };
}
