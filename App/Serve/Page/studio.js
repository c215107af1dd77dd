// The start: which view is in front, which models there are, how the server is. Views other than drawing are fetched when they are first looked at.

import { $, kept, el } from './dom.js';
import { ask, complain, look, server } from './api.js';
import { draw } from './draw.js';

const TITLES = { draw: 'Draw', game: 'Game', runs: 'Runs', kernels: 'Kernels' };

/** What the views share; 'models' is dispatched when the list has changed. `times` are milliseconds from a stroke's end to its painted answer. */
class Studio extends EventTarget {
    times = [];
    models = [];
    standard = null;
    model = null;
    view = 'draw';
    colours = ['#34825f', '#d6ffca', '#cca55b', '#89557f', '#da8fa4', '#2efefe', '#0961ff', '#10b7ff', '#d30900', '#fff405'];
}
const studio = window.studio = new Studio(), views = {};

async function models() {
    try {
        const list = await ask('api/models');
        studio.models = list.models;
        studio.standard = list.default;
        studio.colours = list.colours ?? studio.colours;
        studio.dispatchEvent(new Event('models'));
    } catch (error) { complain(error); }
}

// ---- views by the address: #draw, #game, #runs/classify/cnn

async function route(first) {
    const [name, ...rest] = decodeURIComponent(location.hash.slice(1)).split('/');
    const view = name in TITLES ? name : 'draw', moved = view !== studio.view;
    studio.view = view;
    for (const section of document.querySelectorAll('.view')) section.hidden = section.id !== `view-${view}`;
    for (const link of document.querySelectorAll('nav [data-view]')) {
        if (link.dataset.view === view) link.setAttribute('aria-current', 'page');
        else link.removeAttribute('aria-current');
    }
    document.title = `${TITLES[view]} · fcn studio`;
    if (view !== 'draw' && !views[view]) {
        try {
            views[view] = (await import(`./${view}.js`)).start(studio, $(`view-${view}`));
        } catch (error) { complain(error); return; }
    }
    if (studio.view === view) views[view]?.open?.(rest.join('/'));
    for (const [other, shown] of Object.entries(views)) if (other !== view) shown.close?.();
    if (moved && first !== true) {
        scrollTo(0, 0);
        $(`view-${view}`).querySelector('h1')?.focus();
    }
}
addEventListener('hashchange', route);
document.querySelector('.skip').addEventListener('click', event => { event.preventDefault(); $('main').focus(); });

// ---- theme: as the system, light, dark

const THEMES = [null, 'light', 'dark'];
const theme = () => document.documentElement.dataset.theme ?? null;
function nameTheme() {
    $('theme').ariaLabel = $('theme').title = `Theme: ${theme() ?? 'as the system'}`;
}
$('theme').addEventListener('click', () => {
    const next = THEMES[(THEMES.indexOf(theme()) + 1) % 3];
    if (next) document.documentElement.dataset.theme = next;
    else delete document.documentElement.dataset.theme;
    try { if (next) localStorage.setItem('fcn.theme', next); else localStorage.removeItem('fcn.theme'); } catch { /* private window */ }
    nameTheme();
});
nameTheme();

$('help-open').addEventListener('click', () => $('help').showModal());
document.addEventListener('keydown', event => {
    if (event.key === '?' && !event.target.matches('input, select, textarea') && !document.querySelector('dialog[open]')) $('help').showModal();
});

// ---- the server's state, and the first network's training while there is none

let known = -1;
server.addEventListener('health', () => {
    const { status, version, device, device_description, models: number, preparing } = server.health;
    $('foot-version').textContent = `fcn ${version.split('+')[0]}`;
    $('foot-device').textContent = `· ${device}${device_description ? `: ${device_description}` : ''}`;
    $('preparing').hidden = status !== 'preparing';
    $('preparing-share').hidden = !preparing?.run;
    if (preparing?.failure && !preparing.run) $('preparing-text').textContent = `There is no network yet: ${preparing.failure}`;
    else if (preparing?.run) {
        $('preparing-text').replaceChildren(`There is no network yet: the first one is being trained, epoch ${preparing.epoch} of ${preparing.epochs}, ${preparing.text}. You can draw already; it is read as soon as there is a reader. `,
            el('a', { href: `#runs/${preparing.run}` }, 'Watch it learn'));
        $('preparing-share').value = preparing.share;
    } else if (status === 'preparing') $('preparing-text').textContent = 'There is no network yet: its training begins in a moment.';
    if (number !== known) { known = number; models(); }
});
server.addEventListener('up', () => { known = -1; });

views.draw = draw(studio);
studio.sheet = views.draw.sheet;
route(true);
look();
