// Boxes, labels and masks over the drawing. A label lies where there is no ink and no other label; where there is no such place it is left out,
// and the list beside the sheet has it anyway.

import { inkOn } from './dom.js';

/**
 * Paints what was found. `items` are in pixels of `shot`; `found` says how: 'box' with a frame, 'truth' with a dashed one.
 * `unit` is the scale of the canvas: its pixels to a unit of the sheet.
 */
export function mark(canvas, sheet, unit, shot, items, { colours, mask, truth, show }) {
    const width = Math.round(sheet.width * unit), height = Math.round(sheet.height * unit);
    if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
    const context = canvas.getContext('2d');
    context.clearRect(0, 0, width, height);
    if (!shot) return;
    const k = unit / shot.scale, pixel = Math.min(devicePixelRatio || 1, 3);
    const place = ({ xmin, ymin, xmax, ymax }) => ({ x: (xmin + shot.left) * k, y: (ymin + shot.top) * k, w: (xmax - xmin) * k, h: (ymax - ymin) * k });
    if (mask && show.masks) paintMask(context, mask, shot, k, colours);
    if (truth) for (const box of truth) frame(context, place(box), '#f2f4f7', pixel, true);
    if (!show.boxes) return;
    const boxes = items.map(place);
    boxes.forEach((box, i) => frame(context, box, colours[items[i].name % 10] ?? '#ffffff', pixel, false));
    if (show.labels) label(context, boxes, items, shot, k, colours, pixel, width, height);
}

function frame(context, { x, y, w, h }, colour, pixel, dashed) {
    const gap = 3 * pixel;
    context.setLineDash(dashed ? [5 * pixel, 4 * pixel] : []);
    context.lineWidth = (dashed ? 1.2 : 2) * pixel;
    context.strokeStyle = colour;
    context.beginPath();
    context.roundRect(x - gap, y - gap, w + 2 * gap, h + 2 * gap, 4 * pixel);
    context.stroke();
    context.setLineDash([]);
}

function label(context, boxes, items, shot, k, colours, pixel, width, height) {
    const size = 13 * pixel, h = 18 * pixel, taken = [];
    context.font = `600 ${size}px system-ui, "Segoe UI", Roboto, Helvetica, Arial, sans-serif`;
    context.textBaseline = 'middle';
    items.forEach((item, i) => {
        const text = item.score === undefined ? item.name : `${item.name}  ${Math.round(100 * item.score)} %`;
        const box = boxes[i], w = context.measureText(text).width + 12 * pixel, gap = 3 * pixel, edge = gap + pixel;
        const tries = [];
        for (const out of [0, h, 2 * h]) {
            const above = box.y - edge - h - out, below = box.y + box.h + edge + out;
            tries.push([box.x - edge, above], [box.x + box.w + edge - w, above], [box.x - edge, below], [box.x + box.w + edge - w, below],
                [box.x + box.w + edge + out, box.y - gap], [box.x - edge - w - out, box.y - gap], [box.x + box.w + edge + out, box.y + box.h + gap - h], [box.x - edge - w - out, box.y + box.h + gap - h]);
        }
        const at = tries.find(([x, y]) => x >= 0 && y >= 0 && x + w <= width && y + h <= height
            && !taken.some(t => x < t.x + t.w && t.x < x + w && y < t.y + h && t.y < y + h) && !inked(shot, k, x, y, w, h));
        if (!at) return;
        const [x, y] = at, colour = colours[item.name % 10] ?? '#ffffff';
        taken.push({ x, y, w });
        context.fillStyle = colour;
        context.beginPath();
        context.roundRect(x, y, w, h, 4 * pixel);
        context.fill();
        context.fillStyle = inkOn(colour);
        context.fillText(text, x + 6 * pixel, y + h / 2 + pixel);
    });
}

/** Whether there is ink in a part of the canvas: light in a drawing; in a photograph nobody knows, and outside the frame of its digits it matters little. */
function inked(shot, k, x, y, w, h) {
    if (shot.invert !== 'no') return false;
    const left = Math.max(0, Math.floor(x / k - shot.left)), right = Math.min(shot.width, Math.ceil((x + w) / k - shot.left));
    const top = Math.max(0, Math.floor(y / k - shot.top)), bottom = Math.min(shot.height, Math.ceil((y + h) / k - shot.top));
    for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) if (shot.pixels[row * shot.width + column] > 60) return true;
    }
    return false;
}

const scratch = document.createElement('canvas');

/** The classes' colours, half through, so that the ink shows: pixel values are class numbers, and the first that is no class is the ground. */
function paintMask(context, mask, shot, k, colours) {
    scratch.width = mask.width;
    scratch.height = mask.height;
    const small = scratch.getContext('2d', { willReadFrequently: true });
    small.drawImage(mask, 0, 0);
    const image = small.getImageData(0, 0, mask.width, mask.height), { data } = image;
    const rgb = colours.map(hex => [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16)));
    for (let i = 0; i < data.length; i += 4) {
        const colour = rgb[data[i]];
        if (colour) { [data[i], data[i + 1], data[i + 2]] = colour; data[i + 3] = 165; } else data[i + 3] = 0;
    }
    small.putImageData(image, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(scratch, shot.left * k, shot.top * k, shot.width * k, shot.height * k);
}
