// The form that starts a training: the parameters that most people touch first, the rest folded. Only what was changed is sent.

import { el, segments } from './dom.js';
import { ask, post, complain } from './api.js';
import { taskName } from './pick.js';

const COMMON = ['data', 'epochs', 'batch', 'lr', 'augment', 'init', 'seed'];

export function form(room, started) {
    room.replaceChildren(el('h2', {}, 'Train a network'), el('p', { class: 'dim' }, 'Fetching what can be set…'));
    (async () => {
        try {
            const { tasks } = await ask('api/tasks');
            fill(tasks);
        } catch (error) { complain(error); }
    })();

    function fill(tasks) {
        let task = tasks[0];
        const told = el('p', { class: 'alarm', role: 'status' }), fields = el('div');
        const sheet = el('form', { class: 'card train', onsubmit: send }, segments('train-task', tasks.map(({ name }) => [name, taskName(name)]), task.name, name => { task = tasks.find(t => t.name === name); show(); }, 'Task'), fields,
            el('p', { class: 'row' }, el('button', { type: 'submit', class: 'main' }, 'Start training'), told));
        room.replaceChildren(el('h2', {}, 'Train a network'), sheet);
        show();

        function show(model = task.models[0]) {
            const all = task.parameters.filter(one => one.name !== 'model' && (!one.models || one.models.includes(model))), others = all.filter(one => !COMMON.includes(one.name));
            fields.replaceChildren(el('p', { class: 'dim' }, task.title),
                el('div', { class: 'params' },
                    param({ name: 'model', help: 'the network; what can be set depends on it', words: task.models, default: model }),
                    param({ name: 'name', help: 'of the run; the model\'s unless given', default: '' }),
                    ...COMMON.map(name => all.find(one => one.name === name)).filter(Boolean).map(param)),
                el('details', {}, el('summary', {}, `All other parameters (${others.length})`), el('div', { class: 'params' }, ...others.map(param))));
            fields.querySelector('#param-model').addEventListener('change', ({ target }) => { show(target.value); fields.querySelector('#param-model').focus(); });
        }

        /** A list for words, a tick for what is yes or no, a field for all else; the help beneath. */
        function param({ name, help, default: usual, range, words, switch: flag }) {
            const id = `param-${name}`, described = { id, name, 'aria-describedby': `${id}-help`, 'data-usual': usual ?? '' };
            const field = flag ? el('input', { type: 'checkbox', ...described })
                : words?.length ? el('select', described, ...(usual === null || usual === undefined ? [el('option', { value: '' }, 'as usual')] : []), ...words.map(word => el('option', { value: word, selected: word === usual }, word)))
                    : el('input', { ...described, placeholder: usual ?? 'as usual', autocomplete: 'off', spellcheck: 'false', inputmode: range ? 'decimal' : null });
            return el('div', { class: 'param' }, el('label', { for: id }, name), field, el('small', { id: `${id}-help`, class: 'dim' }, help, range && !words ? ` (${range})` : ''));
        }

        async function send(event) {
            event.preventDefault();
            const options = {};
            for (const field of fields.querySelectorAll('[name]')) {
                const value = field.type === 'checkbox' ? field.checked || '' : field.value.trim();
                if (value === '' || field.name === 'name' || field.name !== 'model' && value === field.dataset.usual) continue;
                options[field.name] = value;
            }
            told.textContent = '';
            try {
                const name = fields.querySelector('#param-name').value.trim();
                const { path } = await post('api/runs', { task: task.name, ...(name ? { name } : {}), options });
                started(path);
            } catch (error) {
                if (error.status) told.textContent = error.message;
                else complain(error);
            }
        }
    }
}
