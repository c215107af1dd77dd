// Runs an ONNX model by onnxruntime-web in a browser without a window: node run_web.js CHROMIUM MODEL INPUT OUTPUT SIZES, as run_onnx.js does by ONNX Runtime.
// A server on this machine gives the browser the page, the runtime and the model, and takes the logits.
const fs = require("fs");
const http = require("http");
const os = require("os");
const path = require("path");
const { spawn } = require("child_process");

const [chromium, model, input, output, sizes] = process.argv.slice(2);
const runtime = path.join(process.env.NODE_PATH, "onnxruntime-web", "dist");
const profile = fs.mkdtempSync(path.join(os.tmpdir(), "fcn-web-"));
const page = `<!doctype html><script type="module">
import * as ort from "/runtime/ort.wasm.min.mjs";
ort.env.wasm.numThreads = 1;
try {
  const values = new Float32Array(await (await fetch("/input")).arrayBuffer());
  const session = await ort.InferenceSession.create("/model");
  const { logits } = await session.run({ image: new ort.Tensor("float32", values, [${sizes}]) });
  await fetch("/logits", { method: "POST", body: logits.data });
} catch (error) {
  await fetch("/error", { method: "POST", body: String(error) });
}
</script>`;
const types = { ".mjs": "text/javascript", ".wasm": "application/wasm" };
let browser;

const server = http.createServer((request, response) => {
  const give = (body, type) => { response.writeHead(200, { "Content-Type": type }); response.end(body); };
  if (request.method === "POST") {
    const parts = [];
    request.on("data", part => parts.push(part));
    request.on("end", () => {
      give("", "text/plain");
      if (request.url === "/logits") fs.writeFileSync(output, Buffer.concat(parts));
      end(request.url === "/logits" ? "" : Buffer.concat(parts).toString());
    });
  } else if (request.url === "/") give(page, "text/html");
  else if (request.url === "/model") give(fs.readFileSync(model), "application/octet-stream");
  else if (request.url === "/input") give(fs.readFileSync(input), "application/octet-stream");
  else {
    const file = path.join(runtime, path.basename(request.url));
    if (request.url.startsWith("/runtime/") && fs.existsSync(file)) give(fs.readFileSync(file), types[path.extname(file)]);
    else { response.writeHead(404); response.end(); }
  }
});

function end(error) {
  if (error) console.error(error);
  process.exitCode = error ? 1 : 0;
  browser.once("exit", () => {
    // Its helpers may outlive it for a moment and write on: what they leave lies where the system clears up.
    try { fs.rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }); } catch { }
    process.exit();
  });
  browser.kill();
}

server.listen(0, "127.0.0.1", () => {
  const address = `http://127.0.0.1:${server.address().port}/`;
  browser = spawn(chromium, ["--headless", "--no-sandbox", "--disable-gpu", `--user-data-dir=${profile}`, address], { stdio: "ignore" });
  setTimeout(() => end("the browser gave no logits in 60 s"), 60000);
});
