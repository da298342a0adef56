import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Exit, UserError } from '../core/errors.js';
import { grouped } from '../report/numbers.js';
import { ExampleRecords } from './example-record.js';
import { writeWhole } from './export-folder.js';
import { GzipLines } from './gzip-lines.js';
import {
  activationRow,
  featureRow,
  modelRow,
  releaseRow,
  sourceRow,
  sourceSetRow,
} from './neuronpedia-rows.js';
import type { NeuronpediaNames } from './neuronpedia-names.js';
import { requireExamples } from './require-examples.js';
import type { OpenProfile } from '../profile/open-profile.js';
import type { ExportContext, Exporter } from './types.js';
import { walkNeurons, type ExportedNeuron } from './walk-neurons.js';

/** Neurons of a batch file: what SAEDashboard makes by default. */
const BATCH = 128;

const EMPTY =
  'logits, neuron alignments and vectors are left empty: a profile does not know the weights. Bottom examples have no place there';

/** Neuronpedia's bulk import: `{model}/{source}/`, a source a layer, features and activations in batches. */
export function neuronpediaExporter(names: NeuronpediaNames): Exporter {
  return async (context) => {
    const { profile } = context;
    if (!profile.has('neurons')) throw noFigures(profile.manifest.command);
    const records = new ExampleRecords(requireExamples(profile, 'neuronpedia'));
    let source: Source | null = null;
    let neurons = 0;
    try {
      for await (const neuron of walkNeurons(context)) {
        if (source === null || !source.isOf(neuron.id)) {
          await source?.finish();
          source = await Source.begin(context, names, neuron.id);
        }
        await source.write(neuron, records);
        neurons++;
      }
      await source?.finish();
    } catch (error) {
      await source?.abandon();
      throw error;
    }
    return { wrote: `${grouped(neurons)} neurons`, notices: [...records.notices(), EMPTY] };
  };
}

/** The folder of one layer. */
class Source {
  private readonly profile: OpenProfile;
  private readonly names: NeuronpediaNames;
  private readonly layer: { group: string; layer: number };
  private readonly id: string;
  private readonly folder: string;
  private batch: { number: number; neurons: number; features: GzipLines; activations: GzipLines } | null =
    null;

  private constructor(
    { profile, folder }: ExportContext,
    names: NeuronpediaNames,
    layer: { group: string; layer: number },
  ) {
    this.profile = profile;
    this.names = names;
    this.layer = layer;
    this.id = `${layer.layer}-${setOf(names, layer.group)}`;
    this.folder = path.join(folder, names.modelId, this.id);
  }

  static async begin(
    context: ExportContext,
    names: NeuronpediaNames,
    { group, layer }: { group: string; layer: number },
  ): Promise<Source> {
    const source = new Source(context, names, { group, layer });
    for (const name of ['features', 'activations'])
      await mkdir(path.join(source.folder, name), { recursive: true });
    await source.writeHead();
    return source;
  }

  isOf({ group, layer }: { group: string; layer: number }): boolean {
    return group === this.layer.group && layer === this.layer.layer;
  }

  async write({ id, figures, examples }: ExportedNeuron, records: ExampleRecords): Promise<void> {
    if (this.batch !== null && this.batch.neurons === BATCH) await this.endBatch(this.batch.number + 1);
    this.batch ??= await this.beginBatch(0);
    this.batch.neurons++;
    const { features, activations } = this.batch;
    await features.write(featureRow(this.names, this.id, figures!, this.profile.histogramOf(id)));
    for (const example of examples.filter(({ side }) => side === 'top')) {
      const record = records.of(example);
      if (record !== null)
        await activations.write(
          activationRow(this.names, this.id, figures!, example, record, this.profile.manifest.sha256),
        );
    }
  }

  async finish(): Promise<void> {
    await this.batch?.features.finish();
    await this.batch?.activations.finish();
  }

  async abandon(): Promise<void> {
    await this.batch?.features.abandon();
    await this.batch?.activations.abandon();
  }

  private async endBatch(next: number): Promise<void> {
    await this.finish();
    this.batch = await this.beginBatch(next);
  }

  private async beginBatch(number: number) {
    const file = (folder: string) => path.join(this.folder, folder, `batch-${number}.jsonl.gz`);
    return {
      number,
      neurons: 0,
      features: await GzipLines.create(file('features')),
      activations: await GzipLines.create(file('activations')),
    };
  }

  /** The four files that say what the source is of. */
  private async writeHead(): Promise<void> {
    const { model, corpus, settings } = this.profile.manifest;
    const set = setOf(this.names, this.layer.group);
    const site = model.sites.find((candidate) => this.isOf(candidate))!;
    const description = `FFN neurons (${model.tap}) of ${this.names.modelId}, profiled on ${grouped(corpus.counted_tokens)} tokens`;
    const context = settings['context'];
    const head = {
      release: releaseRow(this.names, description),
      model: modelRow(this.names, {
        layers: model.layers_in_model,
        neuronsPerLayer: site.d_mlp,
        dimension: site.d_model,
      }),
      sourceset: sourceSetRow(this.names, set, description),
      source: sourceRow(this.names, this.id, set, {
        prompts: corpus.windows,
        tokensInPrompt: typeof context === 'number' ? context : null,
        dataset: corpus.files.map((file) => file.path).join(', '),
      }),
    };
    for (const [name, row] of Object.entries(head))
      await writeWhole(path.join(this.folder, `${name}.jsonl`), [Buffer.from(`${JSON.stringify(row)}\n`)]);
  }
}

/** Layers of two groups have the same numbers, so each group is a set of its own. */
function setOf({ sourceSet }: NeuronpediaNames, group: string): string {
  return group === '' ? sourceSet : `${sourceSet}-${group}`;
}

function noFigures(command: string): UserError {
  return new UserError({
    what: 'neuronpedia wants figures of neurons, and this profile has none',
    where: 'neurons.arrow, which is not there',
    todo: `${command} does not write it: make a profile with neuroprobe profile`,
    exit: Exit.DATA,
  });
}
