// Colours for C#, OpenCL C and CUDA C, by one expression: comments, words in quotes, numbers, words of the language, types, calls. Enough to read by; not a parser.

const WORDS = 'abstract break case const continue default do else extern for foreach get goto if in int inline internal is namespace new null out override private protected public readonly record ref return sealed set static struct switch this typeof unsafe using var void where while __kernel __global __local __constant __global__ __device__ __shared__ __restrict__ restrict kernel global true false class partial unsigned';
const TYPES = 'float double half uint long ulong short ushort byte sbyte char bool string size_t float2 float4 int2 int4 half2';
const TOKEN = new RegExp([
    String.raw`(?<comment>//[^\n]*|/\*[\s\S]*?\*/)`,
    String.raw`(?<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])')`,
    String.raw`(?<macro>^[ \t]*#[^\n]*)`,
    String.raw`(?<number>\b\d[\d_.]*(?:[eE][+-]?\d+)?[fFuUlL]*\b)`,
    String.raw`(?<word>\b(?:${WORDS.replaceAll(' ', '|')})\b)`,
    String.raw`(?<type>\b(?:${TYPES.replaceAll(' ', '|')})\b)`,
    String.raw`(?<call>\b[A-Za-z_]\w*(?=\())`].join('|'), 'gm');

/** Nodes of a source text. */
export function highlight(source) {
    const nodes = [];
    let at = 0;
    for (const match of source.matchAll(TOKEN)) {
        const kind = Object.keys(match.groups).find(name => match.groups[name] !== undefined), span = document.createElement('span');
        span.className = `t-${kind}`;
        span.textContent = match[0];
        nodes.push(source.slice(at, match.index), span);
        at = match.index + match[0].length;
    }
    nodes.push(source.slice(at));
    return nodes;
}
