// Task and model, as they are chosen: tasks in a row, the models of the task in a list.

import { el, segments, count } from './dom.js';

const TASKS = { classify: 'Classify', segment: 'Segment', detect: 'Detect' };
export const taskName = task => TASKS[task] ?? task;

/** Fills `room`; `choose` is called with the model that is chosen. */
export function pick(room, name, models, chosen, choose) {
    const tasks = [...new Set(models.map(model => model.task))].sort((a, b) => Object.keys(TASKS).indexOf(a) - Object.keys(TASKS).indexOf(b));
    const select = el('select', { 'aria-label': 'Model', onchange: () => choose(models.find(model => model.id === select.value)) });
    const list = () => {
        select.replaceChildren(...models.filter(model => model.task === chosen.task).map(model =>
            el('option', { value: model.id, selected: model.id === chosen.id }, `${model.id}${worth(model)}`)));
        select.title = `${chosen.title}; ${count(chosen.parameters)} weights, trained on ${chosen.dataset}; ${chosen.file}`;
    };
    const task = value => {
        chosen = models.find(model => model.task === value);
        list();
        choose(chosen);
    };
    list();
    room.replaceChildren(segments(name, tasks.map(value => [value, taskName(value)]), chosen.task, task, 'Task'), select);
}

const worth = ({ score }) => score ? `  ·  ${score.name} ${score.value.toFixed(3)}` : '';
