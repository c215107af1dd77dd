// What the three tasks answer, as one thing: digits with a place, a surety and a number that they make.

/** [{ name, xmin, ymin, xmax, ymax, score?, probabilities?, pixels? }] in reading order. */
export function digits(task, picture) {
    if (!picture) return [];
    if (task === 'detect') return picture.boxes.map(box => ({ ...box, name: box.class }));
    const found = picture.digits.map(digit => ({ ...digit, name: String(digit.digit), score: digit.probabilities?.[digit.digit] }));
    return task === 'segment' ? inLines(found) : found;
}

/** The number that was read, '' where nothing was. */
export const reading = (task, picture) => task === 'detect' ? picture?.reading ?? '' : digits(task, picture).map(digit => digit.name).join('');

/** Lines from top to bottom, each from left to right: a digit is in the line whose first digit's middle it crosses. */
function inLines(found) {
    const lines = [];
    for (const digit of [...found].sort((a, b) => a.ymin + a.ymax - b.ymin - b.ymax)) {
        const middle = (digit.ymin + digit.ymax) / 2, line = lines.at(-1);
        if (line && middle < line[0].ymax && middle > line[0].ymin) line.push(digit);
        else lines.push([digit]);
    }
    return lines.flatMap(line => line.sort((a, b) => a.xmin - b.xmin));
}
