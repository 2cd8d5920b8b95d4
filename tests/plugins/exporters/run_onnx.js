// node run_onnx.js MODEL SAMPLES SHAPE: runs all samples, lines of numbers, as one batch through onnxruntime; prints a line of
// outputs for each.
const fs = require('fs');
const ort = require('onnxruntime-node');

async function main([model, samples, shape]) {
  const rows = fs.readFileSync(samples, 'utf8').trim().split('\n');
  const numbers = rows.flatMap((row) => row.split(',').map(Number));
  const session = await ort.InferenceSession.create(model);
  const input = new ort.Tensor('float32', Float32Array.from(numbers), [rows.length, ...shape.split(',').map(Number)]);
  const output = (await session.run({[session.inputNames[0]]: input}))[session.outputNames[0]];
  const columns = output.dims[1];
  for (let row = 0; row < rows.length; ++row)
    console.log(Array.from(output.data.slice(row * columns, (row + 1) * columns)).join(','));
}

main(process.argv.slice(2));
