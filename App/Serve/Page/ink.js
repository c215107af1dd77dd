// Strokes as paint. A stroke is { erase, width, points: [x, y, pressure, …], done }, in units of which the sheet is 1000 wide.
// Every segment is painted by itself, so that a painter adds what is new and no more: a long stroke costs no more at its end than at its beginning.

/** The colours on screen, and those that a network is given: light ink on black. */
export const SCREEN = { ground: '#14171c', ink: '#f2f4f7' };
export const PLAIN = { ground: '#000000', ink: '#ffffff' };

/** Keeps a canvas the same as a sheet's drawing, at a scale of pixels to a unit. */
export class Painter {
    #sheet; #colours; #seen = -1; #stroke = 0; #point = 0; #size = '';

    constructor(sheet, canvas, colours, read = false) {
        this.#sheet = sheet;
        this.#colours = colours;
        this.canvas = canvas;
        this.context = canvas.getContext('2d', { willReadFrequently: read, alpha: false });
    }

    paint(scale) {
        const { width, height, picture, strokes, version } = this.#sheet;
        const context = this.context, colours = picture?.colours ?? this.#colours;
        const size = `${Math.max(1, Math.round(width * scale))}×${Math.max(1, Math.round(height * scale))}`;
        if (size !== this.#size || version !== this.#seen) {
            if (size !== this.#size) [this.canvas.width, this.canvas.height] = size.split('×').map(Number);
            this.#size = size;
            this.#seen = version;
            this.#stroke = this.#point = 0;
            context.setTransform(1, 0, 0, 1, 0, 0);
            context.fillStyle = colours.ground;
            context.fillRect(0, 0, this.canvas.width, this.canvas.height);
            if (picture) {
                context.imageSmoothingEnabled = picture.width > 128;
                context.imageSmoothingQuality = 'high';
                context.drawImage(picture.image, 0, 0, this.canvas.width, this.canvas.height);
            }
        }
        context.setTransform(this.canvas.width / width, 0, 0, this.canvas.height / height, 0, 0);
        context.lineCap = context.lineJoin = 'round';
        for (; this.#stroke < strokes.length; this.#stroke++, this.#point = 0) {
            const stroke = strokes[this.#stroke];
            this.#add(stroke, stroke.erase ? colours.ground : colours.ink);
            if (!stroke.done) break;
        }
    }

    /** Curves through the midpoints of what was measured; the last half is drawn when the stroke is done. */
    #add(stroke, colour) {
        const context = this.context, { points } = stroke, count = points.length / 3;
        context.strokeStyle = colour;
        for (; this.#point < count; this.#point++) {
            const i = 3 * this.#point, x = points[i], y = points[i + 1];
            context.lineWidth = stroke.width * points[i + 2];
            context.beginPath();
            if (i === 0) {
                context.moveTo(x, y);
                context.lineTo(x, y);
            } else {
                const px = points[i - 3], py = points[i - 2];
                context.moveTo(i === 3 ? px : (px + points[i - 6]) / 2, i === 3 ? py : (py + points[i - 5]) / 2);
                context.quadraticCurveTo(px, py, (px + x) / 2, (py + y) / 2);
            }
            context.stroke();
        }
        if (stroke.done && count > 1) {
            const i = points.length - 3;
            context.beginPath();
            context.moveTo((points[i] + points[i - 3]) / 2, (points[i + 1] + points[i - 2]) / 2);
            context.lineTo(points[i], points[i + 1]);
            context.stroke();
        }
    }
}

/** Where a stroke lies, with its width. */
export function bounds({ points, width }) {
    const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
    for (let i = 0; i < points.length; i += 3) {
        const half = width * points[i + 2] / 2;
        box.left = Math.min(box.left, points[i] - half);
        box.right = Math.max(box.right, points[i] + half);
        box.top = Math.min(box.top, points[i + 1] - half);
        box.bottom = Math.max(box.bottom, points[i + 1] + half);
    }
    return box;
}

/** Takes the small grey pictures that are sent: no encoding, and only the part of the sheet that has ink. */
export class Shooter {
    #sheet; #painter;

    constructor(sheet) {
        this.#sheet = sheet;
        this.#painter = new Painter(sheet, document.createElement('canvas'), PLAIN, true);
    }

    /** { pixels, width, height, left, top, scale, invert }: a point of the picture is ((x + left) / scale, (y + top) / scale) on the sheet. Null of an empty sheet. */
    shoot(zoom = 1) {
        const sheet = this.#sheet, { picture } = sheet;
        if (sheet.empty) return null;
        let box = { left: 0, top: 0, right: sheet.width, bottom: sheet.height };
        let scale;
        if (picture) scale = Math.min(1, 1000 / Math.max(picture.width, picture.height)) * picture.width / sheet.width;
        else {
            // Digits of about 40 pixels are what the networks like; four fixed scales, so that an answer does not waver while a stroke grows.
            let largest = 1;
            box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
            for (const stroke of sheet.strokes) {
                if (stroke.erase) continue;
                const b = stroke.box ?? bounds(stroke);
                if (stroke.done) stroke.box = b;
                largest = Math.max(largest, b.bottom - b.top, 0.7 * (b.right - b.left));
                box = { left: Math.min(box.left, b.left), top: Math.min(box.top, b.top), right: Math.max(box.right, b.right), bottom: Math.max(box.bottom, b.bottom) };
            }
            const side = [120, 160, 220, 300].findLast(side => side * largest <= 52 * Math.max(sheet.width, sheet.height)) ?? 120;
            scale = zoom * side / Math.max(sheet.width, sheet.height);
        }
        this.#painter.paint(scale);
        const { canvas, context } = this.#painter;
        // Empty ground costs a network as much as ink: it is cut off, by steps of 16 pixels.
        const margin = picture ? 0 : 14, step = picture ? 1 : 16;
        const left = Math.max(0, Math.floor((box.left * scale - margin) / step) * step), top = Math.max(0, Math.floor((box.top * scale - margin) / step) * step);
        const width = Math.min(canvas.width, Math.ceil((box.right * scale + margin) / step) * step) - left;
        const height = Math.min(canvas.height, Math.ceil((box.bottom * scale + margin) / step) * step) - top;
        if (width < 1 || height < 1) return null;
        const rgba = context.getImageData(left, top, width, height).data, pixels = new Uint8Array(width * height);
        if (picture?.coloured) for (let i = 0, j = 0; i < pixels.length; i++, j += 4) pixels[i] = 0.299 * rgba[j] + 0.587 * rgba[j + 1] + 0.114 * rgba[j + 2] + 0.5;
        else for (let i = 0, j = 0; i < pixels.length; i++, j += 4) pixels[i] = rgba[j];
        return { pixels, width, height, left, top, scale, invert: picture?.invert ?? 'no' };
    }
}
