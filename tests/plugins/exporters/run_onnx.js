// node run_onnx.js MODEL SAMPLES SHAPES: runs all samples, lines of numbers, as one batch through onnxruntime; prints a line of
// outputs for each. SHAPES: "2,6,6", or of several inputs, whose numbers follow each other in a line, "image:2,6,6;table:4".
const fs = require('fs');
const ort = require('onnxruntime-node');

async function main([model, samples, shapes]) {
  const rows = fs.readFileSync(samples, 'utf8').trim().split('\n').map((row) => row.split(',').map(Number));
  const session = await ort.InferenceSession.create(model);
  const feeds = {};
  let first = 0;
  for (const part of shapes.split(';')) {
    const [name, text] = part.includes(':') ? part.split(':') : [session.inputNames[0], part];
    const shape = text.split(',').map(Number), last = first + shape.reduce((a, b) => a * b, 1);
    const numbers = rows.flatMap((row) => row.slice(first, last));
    feeds[name] = new ort.Tensor('float32', Float32Array.from(numbers), [rows.length, ...shape]);
    first = last;
  }
  const output = (await session.run(feeds))[session.outputNames[0]];
  const columns = output.dims[1];
  for (let row = 0; row < rows.length; ++row)
    console.log(Array.from(output.data.slice(row * columns, (row + 1) * columns)).join(','));
}

main(process.argv.slice(2));
