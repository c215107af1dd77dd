// Pictures from elsewhere: pasted, dropped, opened, taken by the camera; and the drawing as a file.

import { $ } from './dom.js';
import { complain, line } from './api.js';

const LARGEST = 2048;

/** A blob or image as something to lay beneath the ink. Transparent is white paper; the ink is dark where the paper is light. */
export async function picture(source, invert = 'auto') {
    const whole = source instanceof Blob ? await createImageBitmap(source) : source;
    const share = Math.min(1, LARGEST / Math.max(whole.width, whole.height));
    const image = document.createElement('canvas');
    image.width = Math.max(1, Math.round(whole.width * share));
    image.height = Math.max(1, Math.round(whole.height * share));
    const context = image.getContext('2d', { willReadFrequently: true });
    context.fillStyle = invert === 'no' ? '#000000' : '#ffffff';
    context.fillRect(0, 0, image.width, image.height);
    context.imageSmoothingQuality = 'high';
    context.drawImage(whole, 0, 0, image.width, image.height);
    const { level, coloured } = study(context, image.width, image.height);
    const grey = `rgb(${level} ${level} ${level})`;
    return { image, width: image.width, height: image.height, invert, coloured,
        colours: invert === 'no' ? { ground: '#000000', ink: '#ffffff' } : { ground: grey, ink: level > 127 ? '#16181c' : '#f2f4f7' } };
}

/** The middle level of the border, which is ground more often than not, and whether anything has a colour. */
function study(context, width, height) {
    const { data } = context.getImageData(0, 0, width, height), border = [];
    let coloured = false;
    for (let i = 0; i < data.length && !coloured; i += 4) coloured = data[i] !== data[i + 1] || data[i] !== data[i + 2];
    const add = (x, y) => { const i = 4 * (y * width + x); border.push(0.299 * data[i] + 0.587 * data[i + 1] + 0.114 * data[i + 2]); };
    for (let x = 0; x < width; x++) { add(x, 0); add(x, height - 1); }
    for (let y = 0; y < height; y++) { add(0, y); add(width - 1, y); }
    return { level: Math.round(border.sort((a, b) => a - b)[border.length >> 1]), coloured };
}

/** Wires all ways in. `take` gets the picture; `wanted` says whether this view is the one in front. */
export function receive(sheet, take, wanted) {
    const bring = async file => {
        if (!file) return;
        try {
            take(await picture(file));
            line();
        } catch {
            line(`${file.name || 'What was pasted'}: not a picture that this browser can read; try PNG or JPEG`);
        }
    };
    const first = files => [...files ?? []].find(file => file.type.startsWith('image/')) ?? files?.[0];
    $('open').addEventListener('click', () => $('file').click());
    $('file').addEventListener('change', event => { bring(event.target.files[0]); event.target.value = ''; });
    document.addEventListener('paste', event => {
        const file = first(event.clipboardData.files);
        if (file && wanted()) { event.preventDefault(); bring(file); }
    });
    const over = on => sheet.root.classList.toggle('over', on);
    document.addEventListener('dragover', event => { if (wanted()) { event.preventDefault(); over(true); } });
    document.addEventListener('dragleave', event => { if (!event.relatedTarget) over(false); });
    document.addEventListener('drop', event => { if (wanted()) { event.preventDefault(); over(false); bring(first(event.dataTransfer.files)); } });
    camera(take);
}

function camera(take) {
    const dialog = $('shutter'), video = $('video');
    if (!navigator.mediaDevices?.getUserMedia) {
        $('camera-why').textContent = 'There is no camera button, because browsers lend cameras only to pages of this machine (localhost) or over HTTPS.';
        return;
    }
    $('camera').hidden = false;
    const stop = () => { for (const track of video.srcObject?.getTracks() ?? []) track.stop(); video.srcObject = null; };
    dialog.addEventListener('close', stop);
    $('shutter-close').addEventListener('click', () => dialog.close());
    $('camera').addEventListener('click', async () => {
        try {
            video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment', width: { ideal: 1280 } } });
            dialog.showModal();
            await video.play();
        } catch (error) {
            dialog.close();
            line(`camera: ${error.name === 'NotAllowedError' ? 'the browser does not allow it; allow it beside the address' : 'none that can be used was found'}`);
        }
    });
    $('snap').addEventListener('click', async () => {
        try {
            take(await picture(await createImageBitmap(video)));
        } catch (error) { complain(error); }
        dialog.close();
    });
}

/** The drawing as PNG, `side` pixels on its longer side. */
export function png(painter, sheet, side) {
    painter.paint(side / Math.max(sheet.width, sheet.height));
    return new Promise(done => painter.canvas.toBlob(done, 'image/png'));
}

/** Gives a blob to the browser as a download. */
export function download(blob, name) {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
