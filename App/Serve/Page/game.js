// The game: sums appear, the answers are drawn, the network reads them. What it cannot read clearly is asked for again and not counted,
// and what it misreads can be contested: the person is right about what was written.

import { $, el, say, segments, kept } from './dom.js';
import { complain } from './api.js';
import { Sheet } from './sheet.js';
import { Shooter } from './ink.js';
import { Reader, pace, grey } from './reader.js';
import { digits, reading } from './answers.js';
import { LEVELS, sum } from './sums.js';

const ROUND = 60000, PAUSE = 700, LONGER = 1800;
/** Digits below these are not clear: a detector's score and a classifier's probability. */
const CLEAR = { detect: 0.5, classify: 0.6 };

export function start(studio, room) {
    const rules = kept.get('game', { level: 'ten', mode: 'round' });
    const best = kept.get('best', {});
    room.append(
        el('h1', { id: 'game-title', tabindex: '-1' }, 'Sums by hand'),
        el('div', { class: 'game-rules' },
            segments('level', Object.entries(LEVELS).map(([key, [name]]) => [key, name]), rules.level, level => rule({ level }), 'Level'),
            segments('mode', [['round', '60 seconds'], ['practice', 'Practice']], rules.mode, mode => rule({ mode }), 'Mode'),
            el('button', { type: 'button', class: 'main', id: 'game-start', onclick: () => state === 'idle' ? begin() : over() }, 'Start')),
        el('dl', { class: 'score' }, ...['time', 'score', 'streak', 'best'].map(name => el('div', {}, el('dt', {}, { time: 'Time', score: 'Right', streak: 'In a row', best: 'Best' }[name]), el('dd', { id: `game-${name}` }, '–')))),
        el('progress', { id: 'game-left', max: 1, value: 1, 'aria-label': 'Time that is left' }),
        el('div', { class: 'game-board' },
            el('p', { class: 'sum', id: 'sum' }, '3 + 4 ='),
            el('div', { class: 'sheet', id: 'game-sheet' }, el('p', { class: 'hint' }, el('b', { id: 'game-hint' }, 'Write the answer here'), el('span', { id: 'game-hint-more' }, 'Press Start, or Enter')))),
        el('div', { class: 'game-deeds' },
            el('p', { class: 'verdict', id: 'verdict', role: 'status' }),
            el('span', { class: 'row' },
                el('button', { type: 'button', id: 'game-contest', hidden: true, onclick: contest }),
                el('button', { type: 'button', id: 'game-teach', hidden: true, onclick: teach }, 'Keep that drawing for training'),
                el('button', { type: 'button', class: 'main', id: 'game-next', hidden: true, onclick: () => next() }, 'Next'),
                el('button', { type: 'button', id: 'game-undo', onclick: () => sheet.undo() }, 'Undo'),
                el('button', { type: 'button', id: 'game-clear', onclick: () => { sheet.clear(); sheet.ink.focus({ preventScroll: true }); } }, 'Clear'),
                el('button', { type: 'button', id: 'game-skip', onclick: skip }, 'Skip'),
                el('button', { type: 'button', class: 'main', id: 'game-check', onclick: () => check() }, 'Check'))),
        el('p', { class: 'dim' }, 'An answer is checked a moment after the last stroke, or with Enter. Unclear writing is asked for again and costs nothing; what the network misreads you can contest.'),
        el('div', { id: 'game-summary' }));

    const sheet = new Sheet($('game-sheet'), 'Sheet for the answer. Arrow keys move the pen, Space puts it down and lifts it, Enter checks.');
    const shooter = new Shooter(sheet);
    const reader = new Reader(() => ({ model: studio.model.id }), (answer, shot, { ended }) => live(answer, ended), complain);
    const hint = room.querySelector('.hint');

    // idle: no round; asked: a sum waits for its answer; checking: being read; told: a wrong answer is shown; between: the next sum comes
    let state = 'idle', current = null, right = 0, asked = 0, row = 0, longest = 0, left = 0, leftBefore = 0, since = 0, began = 0, timer = 0, ticker = 0, last = '', contested = null, wrongs = [], turn = 0;

    function rule(change) {
        Object.assign(rules, change);
        kept.set('game', rules);
        if (state !== 'idle') over();
        score();
    }

    function begin() {
        right = asked = row = longest = 0;
        wrongs = [];
        left = ROUND;
        $('game-summary').replaceChildren();
        $('game-start').textContent = 'Stop';
        since = performance.now();
        ticker = setInterval(tick, 100);
        next();
    }

    function next() {
        current = sum(rules.level, current);
        leftBefore = left;
        state = 'asked';
        turn++;
        since = began = performance.now();
        $('sum').textContent = `${current.text} =`;
        sheet.wipe();
        tell('');
        buttons();
        say(current.text.replace('−', 'minus').replace('×', 'times').replace('+', 'plus'));
        sheet.ink.focus({ preventScroll: true });
        score();
    }

    /** The clock runs while a person thinks and writes; not while the network reads or a verdict is shown. */
    function tick() {
        const now = performance.now();
        if (rules.mode === 'round' && state === 'asked' && !document.hidden) left -= now - since;
        since = now;
        if (left <= 0) over();
        else score();
    }

    function score() {
        const timed = rules.mode === 'round';
        $('game-time').textContent = timed ? `${Math.ceil((state === 'idle' ? ROUND : left) / 1000)} s` : '∞';
        $('game-left').value = timed ? (state === 'idle' ? 1 : left / ROUND) : 1;
        $('game-score').textContent = asked ? `${right} of ${asked}` : '0';
        $('game-streak').textContent = row;
        $('game-best').textContent = best[place()] ?? '–';
    }
    const place = () => `${rules.mode} ${rules.level}`;

    function over() {
        clearInterval(ticker);
        clearTimeout(timer);
        state = 'idle';
        turn++;
        reader.stop();
        const value = rules.mode === 'round' ? right : longest, record = value > (best[place()] ?? 0);
        if (record) { best[place()] = value; kept.set('best', best); }
        $('game-start').textContent = 'Start';
        tell(asked ? `${right} of ${asked} right${rules.mode === 'practice' ? `, ${longest} in a row` : ''}.${record ? ' Your best so far.' : ''}` : '');
        $('game-summary').replaceChildren(...(wrongs.length ? [el('h2', {}, 'To look at again'), el('ul', { class: 'wrongs' }, ...wrongs.map(([text, answer, read]) => el('li', {}, `${text} = `, el('b', {}, String(answer)), el('span', { class: 'dim' }, `  read ${read}`))))] : []));
        buttons();
        score();
    }

    function tell(text, style = '') {
        $('verdict').className = `verdict ${style}`;
        $('verdict').textContent = text;
    }

    function buttons() {
        const told = state === 'told', running = state === 'asked' || state === 'checking';
        $('game-contest').hidden = $('game-next').hidden = !told;
        $('game-teach').hidden = contested === null || told;
        for (const id of ['game-check', 'game-skip', 'game-undo', 'game-clear']) { $(id).hidden = told; $(id).disabled = !running; }
        $('game-hint-more').textContent = state === 'idle' ? 'Press Start, or Enter' : '';
        if (told) $('game-contest').textContent = `I wrote ${current.answer}`;
    }

    // ---- reading

    const soon = pace(80, () => { const shot = shooter.shoot(); if (shot && studio.model && state === 'asked') reader.send(shot, null); });
    sheet.addEventListener('change', ({ detail: ended }) => {
        hint.hidden = !sheet.empty;
        clearTimeout(timer);
        if (state !== 'asked' || sheet.empty) { if (sheet.empty) { reader.stop(); last = ''; } return; }
        if (ended === null) return soon();
        soon.cancel();
        const shot = shooter.shoot();
        if (shot && studio.model) reader.send(shot, ended);
        // Who has written one digit of two is given longer.
        wait(last.length < String(current.answer).length ? LONGER : PAUSE);
    });

    function wait(time) {
        clearTimeout(timer);
        began = performance.now();
        timer = setTimeout(() => check(), time);
    }

    function live(answer, ended) {
        if (state !== 'asked') return;
        last = reading(studio.model.task, answer.pictures[0]);
        tell(last ? `Reads ${last}` : '', 'dim');
        if (ended !== null && last.length >= String(current.answer).length && !sheet.drawing) {
            clearTimeout(timer);
            timer = setTimeout(() => check(), Math.max(0, PAUSE - (performance.now() - began)));
        }
    }

    async function check() {
        if (state !== 'asked' || sheet.drawing) return;
        if (!studio.model) return tell('There is no network yet to read it; a moment.');
        clearTimeout(timer);
        if (sheet.empty) return tell('Write the answer first.');
        state = 'checking';
        const mine = turn, { task, id } = studio.model;
        try {
            // Read twice, at two sizes: writing that is read one way large and another way small is not clear.
            const answers = await Promise.all([1, 0.82].map(zoom => grey(shooter.shoot(zoom), 'api/predict', { model: id })));
            if (mine !== turn) return;
            const [one, two] = answers.map(answer => reading(task, answer.pictures[0]));
            const weakest = Math.min(...digits(task, answers[0].pictures[0]).map(digit => digit.score ?? 1));
            since = performance.now();
            if (!one) unclear('No digit was found; please write it again.');
            else if (weakest < (CLEAR[task] ?? 0)) unclear(`Perhaps ${one}, but not clearly; please write it again.`);
            else if (one !== two && one !== String(current.answer)) unclear(`Perhaps ${one}, perhaps ${two || 'nothing'}; please write it again.`);
            else judge(one);
        } catch (error) {
            if (mine === turn) state = 'asked';
            complain(error);
        }
    }

    function unclear(text) {
        state = 'asked';
        tell(text, 'ask');
        // What is drawn next takes the old drawing's place, one undo away.
        sheet.ink.addEventListener('pointerdown', fresh, { capture: true, once: true });
    }
    function fresh() { if (state === 'asked') sheet.clear(); }

    function judge(read) {
        sheet.ink.removeEventListener('pointerdown', fresh, { capture: true });
        asked++;
        if (Number(read) === current.answer) {
            right++;
            longest = Math.max(longest, ++row);
            state = 'between';
            contested = null;
            tell(`${current.text} = ${current.answer}. Right.`, 'good');
            const mine = turn;
            setTimeout(() => { if (mine === turn) next(); }, 550);
        } else {
            state = 'told';
            wrongs.push([current.text, current.answer, read]);
            tell(`The network reads ${read}. ${current.text} = ${current.answer}.`, 'alarm');
            $('game-next').dataset.row = row;
            row = 0;
        }
        buttons();
        score();
        if (state === 'told') $('game-next').focus({ preventScroll: true });
    }

    /** The person wrote the right answer: nothing is counted, and the time it took is given back. */
    function contest() {
        if (state !== 'told') return;
        asked--;
        row = Number($('game-next').dataset.row);
        wrongs.pop();
        contested = { label: current.answer, shot: shooter.shoot() };
        left = leftBefore;
        next();
        tell('Not counted, and its time is given back.', 'dim');
        buttons();
    }

    async function teach() {
        const { label, shot } = contested;
        contested = null;
        buttons();
        try {
            const kept = await grey(shot, 'api/drawings', { label });
            tell(`Kept; digits to learn from: ${kept.total}.`, 'dim');
        } catch (error) { complain(error); }
    }

    function skip() {
        if (state !== 'asked') return;
        row = 0;
        next();
    }

    document.addEventListener('keydown', event => {
        if (studio.view !== 'game' || event.key !== 'Enter' || event.target.matches('button, a, input') || document.querySelector('dialog[open]')) return;
        event.preventDefault();
        if (state === 'idle') begin();
        else if (state === 'told') next();
        else check();
    });
    document.addEventListener('keydown', event => {
        if (studio.view !== 'game' || !(event.ctrlKey || event.metaKey) && event.key !== 'Delete') return;
        const deed = { z: () => sheet.undo(), y: () => sheet.redo(), Delete: () => sheet.clear() }[event.key];
        if (deed) { event.preventDefault(); deed(); }
    });

    buttons();
    score();
    return { close: () => { if (state !== 'idle') over(); }, sheet, get sum() { return current; } };
}
