import { Option } from 'commander';
import { LEAST_ROWS, MOST_ROWS } from '../analyse/permutations/shuffles.js';
import { usageError } from '../core/usage-error.js';
import { countOption, type CountBounds } from './option-count.js';

const FLAG = '--permutations';

/** Documents kept where nobody says how many. */
const DOCUMENTS = 4096;

/** Shuffles where nobody says how many: the least p is then 0.001. */
const SHUFFLES = 1000;
/** With fewer no p is 0.05. */
const LEAST_SHUFFLES = 19;
const MOST_SHUFFLES = 100_000;

/** `profile --permutations [N]`: how many documents to keep. */
export function keepDocumentsOption(): Option {
  return new Option(
    `${FLAG} [N]`,
    `with --label-field: keep the values of N documents (${DOCUMENTS} unless said, those of lowest hash) on disk, so that concepts ${FLAG} can tell what chance gives`,
  )
    .preset(String(DOCUMENTS))
    .argParser(optionalCount({ least: LEAST_ROWS, most: MOST_ROWS }));
}

/** `concepts --permutations [N]`: how often to shuffle their labels. */
export function shufflesOption(): Option {
  return new Option(
    `${FLAG} [N]`,
    `what chance gives: shuffle the labels of documents N times (${SHUFFLES} unless said) and compare with the largest figure of all neurons; of profiles made with ${FLAG}`,
  )
    .preset(String(SHUFFLES))
    .argParser(optionalCount({ least: LEAST_SHUFFLES, most: MOST_SHUFFLES }));
}

/** What follows the flag is taken for its number, be it a profile or a file of the corpus. */
function optionalCount(bounds: Required<CountBounds>): (text: string) => number {
  const count = countOption(FLAG, bounds);
  return (text) => {
    if (/^\d+$/.test(text)) return count(text);
    throw usageError(
      FLAG,
      `"${text}" stands where a number may, and is none`,
      `give a whole number from ${bounds.least} to ${bounds.most} before it, or put ${FLAG} last`,
    );
  };
}
