// The sums of the game, by level: pure, so that they can be looked at without a page.

export const LEVELS = {
    ten: ['+ to 10', random => plus(random, 10)],
    twenty: ['+ − to 20', random => random() < 0.5 ? plus(random, 20) : minus(random, 20)],
    hundred: ['+ − to 100', random => random() < 0.5 ? plus(random, 100) : minus(random, 100)],
    tables: ['× tables', random => times(random)],
};

/** A sum of a level, { text, answer }, that is not the one before. */
export function sum(level, before, random = Math.random) {
    for (;;) {
        const next = LEVELS[level][1](random);
        if (next.text !== before?.text) return next;
    }
}

const whole = (random, from, to) => from + Math.floor(random() * (to - from + 1));

function plus(random, most) {
    const answer = whole(random, 2, most), a = whole(random, 1, answer - 1);
    return { text: `${a} + ${answer - a}`, answer };
}

function minus(random, most) {
    const a = whole(random, 2, most), b = whole(random, 1, a);
    return { text: `${a} − ${b}`, answer: a - b };
}

function times(random) {
    const a = whole(random, 2, 10), b = whole(random, 2, 10);
    return { text: `${a} × ${b}`, answer: a * b };
}
