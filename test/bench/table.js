/* The table that `npm run bench` prints. */

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function printTable({ machine, ratios, kernel, gpt2, llama, labels, neurons, memory }) {
  console.log(
    `${machine.processor}, ${machine.cores} cores, Node ${machine.node}, load ${machine.load.toFixed(1)}`,
  );
  if (kernel !== undefined) {
    title('Kernel, one layer of 3,072 neurons, all statistics and examples');
    row('SIMD', `${kernel.simd.toFixed(2)} ns an activation`);
    row('plain tiled SIMD', `${kernel.tiled.toFixed(2)} ns`, `${kernel.simd_over_tiled.toFixed(2)} × of it`);
    row(
      'plain TypeScript',
      `${kernel.reference.toFixed(2)} ns`,
      `${kernel.simd_over_reference.toFixed(2)} × of it`,
    );
  }
  if (gpt2 !== undefined) printModel("GPT-2 small's shape: 36,864 neurons, windows of 128", gpt2);
  if (llama !== undefined) printModel('llama-shakespeare: 1,300 neurons, texts', llama);
  if (labels !== undefined) {
    title("GPT-2 small's shape on texts, with lexical labels and 16 labels of documents");
    const { tokens_per_second: rate, labels_over_plain } = labels;
    row('without labels', `${grouped(rate.plain)} tokens/s`);
    row('with labels', `${grouped(rate.labels)} tokens/s`, `${labels_over_plain.toFixed(2)} × of it`);
  }
  if (neurons !== undefined) {
    title('Four times the neurons');
    row(
      'accumulating',
      `${neurons.ns_per_activation.one.toFixed(2)} → ${neurons.ns_per_activation.four.toFixed(2)} ns`,
    );
  }
  if (memory !== undefined) {
    title('Ten times the documents');
    row(
      'peak memory',
      `${mib(memory.peak_1x)} → ${mib(memory.peak_10x)}`,
      `× ${memory.rss_10x_over_1x.toFixed(3)}`,
    );
    row(
      'running time',
      `${memory.seconds_1x.toFixed(0)} → ${memory.seconds_10x.toFixed(0)} s`,
      `× ${memory.time_10x_over_1x.toFixed(2)}`,
    );
  }
  title('Ratios');
  for (const [name, value] of Object.entries(ratios)) {
    if (value !== null) row(name, value.toFixed(3));
  }
}

function printModel(name, { tokens_per_second, torch_missing, ratios, ns_per_activation, seconds, ...rest }) {
  title(name);
  const names = {
    profile: ['neuroprobe profile', null],
    profile_alone: ['the same alone, with the figures below', null],
    bare: ['bare forward pass, the same graph and batches', ratios.profile_over_bare],
    with_head: ['with head: one session, all cores', ratios.profile_over_with_head],
    with_head_best: ['with head: the best layout, no copies', ratios.profile_over_with_head_best],
    profile_one_worker: ['neuroprobe profile --workers 1', ratios.two_workers_over_one],
    torch_forward: ['PyTorch, forward without head', null],
    torch_hooks: ['PyTorch with hooks', ratios.profile_over_torch_hooks],
  };
  for (const [key, [text, ratio]] of Object.entries(names)) {
    const rate = tokens_per_second[key];
    if (rate === null) continue;
    row(text, `${grouped(rate)} tokens/s`, ratio === null ? '' : `profile is ${ratio.toFixed(2)} × of it`);
  }
  if (torch_missing !== null) row('PyTorch with hooks', `not run: ${torch_missing}`);
  const { model, accumulating, tokenizing } = ns_per_activation;
  row(
    'a worker, per activation',
    `model ${model.toFixed(2)} ns, accumulating ${accumulating.toFixed(2)}, tokenizing ${tokenizing.toFixed(2)}`,
  );
  row('start, finish', `${seconds.start.toFixed(1)} s, ${seconds.finish.toFixed(1)} s`);
  row(
    'peak memory, padding',
    `${mib(rest.peak_rss_bytes)}, ${(100 * rest.padding).toFixed(1)} % of the tokens`,
  );
}

function title(text) {
  console.log(`\n${text}`);
}

function row(name, ...cells) {
  console.log(`  ${name.padEnd(46)}${cells.filter((cell) => cell !== '').join('   ')}`);
}

function mib(bytes) {
  return `${grouped(bytes / 2 ** 20)} MiB`;
}

function grouped(value) {
  return Math.round(value).toLocaleString('en-US');
}
