// Runs ONNX models by ONNX Runtime: node run_onnx.js MODEL INPUT OUTPUT SIZES …, four words for each run. INPUT and OUTPUT are elements, f32, of the input
// "image" of dimensions SIZES (8,1,28,28) and of the output "logits".
const fs = require("fs");
const ort = require("onnxruntime-node");

async function main(words) {
  for (let i = 0; i < words.length; i += 4) {
    const [model, input, output, sizes] = words.slice(i, i + 4);
    const session = await ort.InferenceSession.create(model);
    const bytes = fs.readFileSync(input);
    const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    const { logits } = await session.run({ image: new ort.Tensor("float32", values, sizes.split(",").map(Number)) });
    fs.writeFileSync(output, new Uint8Array(logits.data.buffer, logits.data.byteOffset, logits.data.byteLength));
    await session.release();
  }
}

main(process.argv.slice(2)).catch(error => {
  console.error(error.message);
  process.exit(1);
});
