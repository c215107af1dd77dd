// The server's answers, its refusals, and whether it is there at all.

import { $ } from './dom.js';

/** What the server refused, in its own one line. */
export class Refused extends Error {
    constructor(message, status) { super(message); this.status = status; }
}

/** 'up' is dispatched when the server answers again after it did not; 'health' with every look at it. */
export const server = new EventTarget();
server.down = false;
server.health = null;

/** Asks and answers the JSON; throws Refused for a refusal, and AbortError for what was overtaken. */
export async function ask(path, options) {
    let response;
    try {
        response = await fetch(path, options);
    } catch (error) {
        if (error.name !== 'AbortError') lost();
        throw error;
    }
    if (server.down) found();
    const answer = await response.json().catch(() => null);
    if (!response.ok) throw new Refused(answer?.error ?? `${path}: ${response.status} ${response.statusText}`, response.status);
    return answer;
}

/** POSTs a JSON value. */
export const post = (path, value) => ask(path, value === undefined ? { method: 'POST' } :
    { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(value) });

/** One calm line, or none. Errors of an answer that was overtaken are nobody's business. */
export function line(text = '') {
    if (server.down && text) return;
    $('line').textContent = text;
}
export function complain(error) {
    if (error.name === 'AbortError' || server.down) return;
    line(error instanceof Refused ? error.message : 'The page had a fault: ' + error.message);
}

let next = 0;
function lost() {
    if (server.down) return;
    line('The server does not answer. Drawing goes on; the page tries again every two seconds.');
    server.down = true;
    clearTimeout(next);
    next = setTimeout(look, 2000);
}

function found() {
    server.down = false;
    line();
    server.dispatchEvent(new Event('up'));
}

/** Looks after the server: every second while it prepares its first network, every two while it is away, else seldom. */
export async function look() {
    clearTimeout(next);
    try {
        server.health = await ask('api/health');
        server.dispatchEvent(new Event('health'));
    } catch { /* said already */ }
    clearTimeout(next);
    next = setTimeout(look, server.down ? 2000 : server.health?.status === 'preparing' ? 1000 : 20000);
}
