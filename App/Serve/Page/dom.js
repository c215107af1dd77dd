// What every module needs of the document: elements made and found in one line each.

export const $ = id => document.getElementById(id);

/** An element: el('p', { class: 'dim', onclick }, 'text', child). Attributes that are null or false are left out. */
export function el(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
        if (value === null || value === undefined || value === false) continue;
        if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
        else made.setAttribute(key, value === true ? '' : value);
    }
    made.append(...children.filter(child => child !== null && child !== undefined));
    return made;
}

/** Black or white, whichever reads better on a colour; the rule of Palette.InkOn. */
export const inkOn = hex => {
    const [r, g, b] = [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16));
    return 299 * r + 587 * g + 114 * b > 128000 ? '#14171c' : '#ffffff';
};

/** Gives an element the colours of a class; by script, as the page's policy allows no style attributes. */
export function colour(element, hex) {
    element.style.setProperty('--c', hex);
    element.style.setProperty('--on', inkOn(hex));
    return element;
}

/** Choices in a row of which one is taken. Answers a fieldset or div of radio buttons; `choose` gets the value. */
export function segments(name, choices, chosen, choose, label) {
    return el('div', { class: 'segments', role: 'radiogroup', 'aria-label': label }, ...choices.map(([value, text]) =>
        el('label', {}, el('input', { type: 'radio', name, value, checked: value === chosen, onchange: () => choose(value) }), el('span', {}, text))));
}

/** Says something to people who listen to the page, once things are quiet. */
let waiting;
export function say(text, after = 0) {
    clearTimeout(waiting);
    waiting = setTimeout(() => { $('said').textContent = text; }, after);
}

export const percent = share => share >= 0.9995 ? '100 %' : `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
export const count = number => number.toLocaleString('en-GB').replaceAll(',', '\u202f');

/** A setting that outlives the visit; where the browser keeps nothing, it lasts as long as the page. */
export const kept = {
    get(name, otherwise) { try { return JSON.parse(localStorage.getItem(`fcn.${name}`)) ?? otherwise; } catch { return otherwise; } },
    set(name, value) { try { localStorage.setItem(`fcn.${name}`, JSON.stringify(value)); } catch { /* private window */ } },
};
