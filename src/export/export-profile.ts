import { Exit, UserError } from '../core/errors.js';
import { DUMP_FOLDER } from '../profile/format.js';
import { exportCsv } from './csv.js';
import { writeExport } from './export-folder.js';
import { exportNeuronRecords } from './neuron-record.js';
import { neuronpediaExporter } from './neuronpedia.js';
import { neuronpediaNames, type NeuronpediaNames } from './neuronpedia-names.js';
import { exportParquet } from './parquet.js';
import type { Manifest } from '../profile/types.js';
import { shellWord } from '../report/shell-word.js';
import type { OpenProfile } from '../profile/open-profile.js';
import type { Exported, Exporter } from './types.js';

/** What is to be written, and where. */
export interface ExportRequest {
  /** `delphi` is known, to say how it is come by. */
  to: 'parquet' | 'csv' | 'neuronpedia' | 'neuron-record' | 'delphi';
  /** Directory to write. */
  output: string;
  /** Replace an export that is there; default: no. */
  force?: boolean;
  /** Only for `neuronpedia`: names there; default: from the model's path (docs/export.md). */
  neuronpedia?: Partial<NeuronpediaNames>;
}

/**
 * Writes a profile in another format, whole or not at all.
 * @throws UserError: 65 where the profile lacks what the format is made of; 73 where `output` cannot be made; 74, 75
 */
export function exportProfile(
  profile: OpenProfile,
  { to, output, force = false, neuronpedia = {} }: ExportRequest,
  onProgress: (done: number, total: number | null) => void = () => {},
  signal: AbortSignal = new AbortController().signal,
): Promise<Exported> {
  const names = neuronpediaNames(profile.manifest, neuronpedia);
  const write = exporterOf(to, names, profile.manifest);
  const { model, sha256 } = profile.manifest;
  const note = {
    to,
    profile: sha256,
    model: model.path,
    ...(to === 'neuronpedia' ? { names } : {}),
  };
  return writeExport(output, { force, note }, (folder) => write({ profile, folder, onProgress, signal }));
}

function exporterOf(to: ExportRequest['to'], names: NeuronpediaNames, manifest: Manifest): Exporter {
  switch (to) {
    case 'parquet':
      return exportParquet;
    case 'csv':
      return exportCsv;
    case 'neuronpedia':
      return neuronpediaExporter(names);
    case 'neuron-record':
      return exportNeuronRecords;
    case 'delphi':
      throw noActivations(manifest);
  }
}

function noActivations({ model, corpus, settings }: Manifest): UserError {
  const words = [model.path, ...corpus.files.slice(0, 1).map((file) => file.path)].map(shellWord);
  const more = corpus.files.length > 1 ? ' …' : '';
  return new UserError({
    what: 'delphi wants every activation above a threshold, and a profile keeps none of them',
    where: '--to delphi',
    todo:
      settings['dump'] === undefined
        ? `let a run dump them as it goes: neuroprobe profile ${words.join(' ')}${more} --dump delphi --neurons L0.N0-99 --above 1 -o DIR`
        : `its run has dumped them: give delphi the profile’s own folder ${DUMP_FOLDER}`,
    exit: Exit.DATA,
  });
}
