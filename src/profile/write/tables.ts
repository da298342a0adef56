import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { TABLES } from '../format.js';
import { SIDES, tableFile, type Columns, type TableName } from '../format.js';
import { EXPLAIN_KINDS } from '../../accumulate/explain-kinds.js';
import { EXPLAINED_BY } from '../explained.js';
import { explainedNeuronColumns } from '../explained-columns.js';
import type { ProfileContext, ProfileLayer, TablesWanted } from '../types.js';
import type { Batch } from './batch.js';
import { exampleBatches } from './examples.js';
import { explainedBatches } from './explained.js';
import { histogramBatches } from './histograms.js';
import { GateTable } from './gates.js';
import { LayerRows } from './layers.js';
import { MatchTables } from './match.js';
import { neuronBatch } from './neurons.js';
import { noRows } from './no-rows.js';
import { OutputFile } from './output-file.js';
import { TableFile } from './table-file.js';
import { TokenTexts } from './texts.js';

/**
 * Writes the wanted tables into a folder in one walk over the layers, of which
 * one at a time is in memory.
 * @returns SHA-256 of each file, by its name
 */
export async function writeTables(
  folder: string,
  layers: Iterable<ProfileLayer> | AsyncIterable<ProfileLayer>,
  context: ProfileContext,
  wanted: TablesWanted,
  signal?: AbortSignal,
): Promise<Record<string, string>> {
  const group = distinct(context.sites.map((site) => site.group));
  const activation = distinct(context.sites.map((site) => site.activation));
  const files: TableFile<TableName>[] = [];
  const open = async <T extends TableName>(
    table: T,
    isWanted: boolean,
    names: Record<string, readonly string[]>,
    further: Columns = {},
  ) => {
    if (!isWanted) return null;
    const output = await OutputFile.create(path.join(folder, tableFile(table)));
    const file = new TableFile(table, output, names, further);
    files.push(file);
    return file;
  };
  try {
    const { explain = [] } = context;
    const isExplained = wanted.neurons && explain.length > 0;
    const further = isExplained ? explainedNeuronColumns(explain) : {};
    const neurons = await open('neurons', wanted.neurons, { group, explained_by: EXPLAINED_BY }, further);
    const examples = await open('examples', wanted.examples, { group, side: SIDES, file: context.files });
    const histograms = await open('histograms', wanted.histograms, { group });
    const layerTable = await open('layers', wanted.layers, { group, activation });
    const explainedTable = await open('explained', isExplained, { group, kind: EXPLAIN_KINDS });
    const sources = {
      recordsBefore: context.recordsBefore,
      tokens: context.tokenOf === null ? null : new TokenTexts(context.tokenOf),
    };
    const layerRows = new LayerRows({ group, activation });

    let match: MatchTables | null = null;
    let gates: GateTable | null = null;
    for await (const layer of layers) {
      const { figures, histogram, explained = null } = layer;
      const key = { group: group.indexOf(layer.site.group), layer: layer.site.layer };
      layerRows.add(layer);
      await writeAll(neurons, [neuronBatch(key, figures, context.recordsBefore, explained)]);
      await writeAll(examples, exampleBatches(key, figures.neuron, layer.examples, sources));
      if (histogram !== null) await writeAll(histograms, histogramBatches(key, histogram));
      if (explained !== null)
        await writeAll(explainedTable, explainedBatches(key, figures.neuron, explained, sources.tokens));
      if (layer.match != null) {
        if (match === null) files.push(...(match = await MatchTables.open(folder, context, group)).files);
        await match.add(key, figures.neuron, layer.match);
      }
      if (layer.gates != null) {
        if (gates === null)
          files.push(
            (gates = await GateTable.open(folder, { groups: group, files: context.files }, sources)).file,
          );
        await gates.add(key, figures.neuron, figures.count, layer.gates);
      }
      await setImmediate(); // a signal is heard between layers
      signal?.throwIfAborted();
    }
    await writeAll(layerTable, [layerRows.batch()]);
    return {
      ...(await finishAll({ neurons, examples, histograms, layers: layerTable, explained: explainedTable })),
      ...(await match?.finish()),
      ...(await gates?.finish()),
    };
  } catch (error) {
    for (const file of files) await file.abandon();
    throw error;
  }
}

async function writeAll<T extends TableName>(
  file: TableFile<T> | null,
  batches: Iterable<Batch<(typeof TABLES)[T]>>,
): Promise<void> {
  if (file === null) return;
  for (const { columns, rows } of batches) if (rows > 0) await file.write(columns, rows);
}

async function finishAll(files: {
  [T in keyof TablesWanted | 'explained']: TableFile<T> | null;
}): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  const finish = async <T extends TableName>(table: T, file: TableFile<T> | null) => {
    if (file !== null)
      hashes[tableFile(table)] = await file.finish(noRows(file.columns as (typeof TABLES)[T]));
  };
  await finish('neurons', files.neurons);
  await finish('examples', files.examples);
  await finish('histograms', files.histograms);
  await finish('layers', files.layers);
  await finish('explained', files.explained);
  return hashes;
}

/** In the order of their first appearance. */
export function distinct(values: readonly string[]): string[] {
  return [...new Set(values)];
}
