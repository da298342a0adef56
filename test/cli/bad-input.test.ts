import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { inlineInitializer, modelProto, node, valueInfo } from '../../src/onnx/write-model.js';
import { BIN, neuroprobe, succeed, temporaryDirectory } from '../support/cli.js';
import { fixture } from '../support/fixtures.js';
import { plantedModel } from '../support/onnx-model.js';
import { expectRefusal, type BadCase } from '../support/refusal.js';

const MODEL = fixture('llama-shakespeare');
const SPEECHES = fixture('speeches.jsonl');
/** Of runs whose figures are not looked at. */
const FEW = ['--neurons', 'L0.N0-9'];

/*
 * With bad-models.test.ts and bad-shards.test.ts, the cases of design §8. Each kind has more than twenty, all more than a hundred:
 *     npx vitest list test/cli/bad-*.test.ts | wc -l
 */
describe('bad input', () => {
  const folder = temporaryDirectory();

  const write = (name: string, content: string | Uint8Array) => {
    writeFileSync(path.join(folder, name), content);
  };

  beforeAll(() => {
    const model = readFileSync(path.join(MODEL, 'model.onnx'));
    write('lone.onnx', model);
    write('cut.onnx', model.subarray(0, 100_000));
    write('text.onnx', 'hello\n');
    write('small.onnx', plantedModel(12, [{ neurons: 3, table: new Float32Array(36) }]));
    write('no-ffn.onnx', embeddingOnly());
    write('ok.jsonl', '{"text": "to be or not to be"}\n');
    write('broken.jsonl', '{"text": "a"}\n{"text": "b"\n');
    write('field.jsonl', '{"body": "a", "n": 1}\n');
    write('utf8.jsonl', Buffer.from('{"text": "a\xff"}\n', 'latin1'));
    write('null.jsonl', '{"text": null}\n');
    write('number.jsonl', '{"text": 5}\n');
    write('surrogate.jsonl', '{"text": "a\\ud800"}\n');
    write('ids.jsonl', '{"input_ids": [1, 2, 5000]}\n');
    write('empty.jsonl', '');
    write('blank.jsonl', '\n  \r\n\t\n');
    write('cut.jsonl.gz', gzipSync(readFileSync(SPEECHES)).subarray(0, 5000));
    write('plain.jsonl.gz', '{"text": "a"}\n');
    write('strange.json', '{"a": 1}');
    write('file', 'x');
    mkdirSync(path.join(folder, 'nothing'));
    mkdirSync(path.join(folder, 'others'));
    write('others/x', 'x');
    symlinkSync('ok.jsonl', path.join(folder, 'link.jsonl'));
  });

  test.each<BadCase>([
    ['a missing model', ['absent', SPEECHES], 66, ['no such file or folder', 'in absent']],
    ['a missing file', [MODEL, 'absent.jsonl'], 66, ['no such file or directory', 'in absent.jsonl']],
    ['a glob that matches nothing', [MODEL, 'absent*.jsonl'], 66, ['no file matches this pattern']],
    ['a directory without JSONL', [MODEL, 'nothing'], 66, ['holds no *.jsonl', 'in nothing']],
    [
      'what is not ONNX',
      ['text.onnx', 'ok.jsonl'],
      69,
      ['this is not an ONNX model', 'in text.onnx, byte 2'],
    ],
    ['ONNX cut short', ['cut.onnx', 'ok.jsonl'], 69, ['this ONNX file is cut short', 'it has 100000 bytes']],
    [
      'no FFN in the graph',
      ['no-ffn.onnx', 'ok.jsonl'],
      69,
      ['no FFN was found in this graph', 'no projection up'],
    ],
    [
      'no tokenizer',
      ['lone.onnx', 'ok.jsonl'],
      69,
      ['there is no tokenizer', 'in ok.jsonl:1:0', '--tokenizer'],
    ],
    [
      'a missing tokenizer',
      ['lone.onnx', 'ok.jsonl', '--tokenizer', 'absent'],
      66,
      ['no such file', '--tokenizer'],
    ],
    [
      'what is no tokenizer',
      ['lone.onnx', 'ok.jsonl', '--tokenizer', 'strange.json'],
      65,
      ['this is not a tokenizer.json', 'in strange.json'],
    ],
    [
      'the tokenizer of another model',
      ['small.onnx', 'ok.jsonl', '--tokenizer', MODEL],
      69,
      ['the tokenizer gives token "', "model's embedding has 12 rows", 'in ok.jsonl:1:0', '--tokenizer'],
    ],
    [
      'broken JSON',
      [MODEL, 'broken.jsonl'],
      65,
      ['this line is not JSON', 'in broken.jsonl:2:', 'mend or remove'],
    ],
    [
      'a missing field',
      [MODEL, 'field.jsonl'],
      65,
      ['no field "text"', 'try --text-field body; it has: body, n'],
    ],
    ['invalid UTF-8', [MODEL, 'utf8.jsonl'], 65, ['this line is not UTF-8', 'in utf8.jsonl:1:11']],
    ['a text that is null', [MODEL, 'null.jsonl'], 65, ['the field "text" is null', 'in null.jsonl:1:0']],
    ['a text that is a number', [MODEL, 'number.jsonl'], 65, ['the field "text"', 'in number.jsonl:1:0']],
    ['half a surrogate pair', [MODEL, 'surrogate.jsonl'], 65, ['surrogate', 'in surrogate.jsonl:1:0']],
    [
      'ids beyond the embedding',
      [MODEL, 'ids.jsonl'],
      65,
      ['input_ids has 5000', '1024 rows', 'in ids.jsonl:1:0'],
    ],
    ['an empty corpus', [MODEL, 'empty.jsonl'], 65, ['the corpus is empty', 'in empty.jsonl']],
    ['blank lines only', [MODEL, 'blank.jsonl'], 65, ['the corpus is empty']],
    [
      'gzip cut short',
      [MODEL, 'cut.jsonl.gz'],
      65,
      ['not a whole gzip file: it is cut short', 'in cut.jsonl.gz'],
    ],
    ['what is only called gzip', [MODEL, 'plain.jsonl.gz'], 65, ['not a whole gzip file', 'drop the .gz']],
    ['the same file twice', [MODEL, 'ok.jsonl', 'ok.jsonl'], 2, ['ok.jsonl is named twice']],
    ['the same file by a link', [MODEL, 'ok.jsonl', 'link.jsonl'], 2, ['are the same file']],
    ['standard input twice', [MODEL, '-', '-'], 2, ['standard input is named twice']],
    [
      'an output that is a file',
      [MODEL, 'ok.jsonl', '-o', 'file'],
      73,
      ['there is a file in the way', 'in file'],
    ],
    [
      "another's directory in the way, even with --force",
      [MODEL, 'ok.jsonl', '-o', 'others', '--force'],
      73,
      ['not a profile', 'in others'],
    ],
    [
      'an output in no directory',
      [MODEL, 'ok.jsonl', '-o', 'a/b'],
      73,
      ['there is no directory', 'mkdir -p'],
    ],
    ['too long a context', [MODEL, 'ok.jsonl', '--context', '300'], 2, ['the 256 positions', 'at most 256']],
    [
      'a context without room',
      [MODEL, 'ok.jsonl', '--context', '1'],
      2,
      ['no room for text', 'give 2 or more'],
    ],
    ['a layer that is not there', [MODEL, 'ok.jsonl', '--layers', '9'], 2, ['there are L0, L1, L2, L3, L4']],
    [
      'a neuron that is not there',
      [MODEL, 'ok.jsonl', '--neurons', 'L0.N260'],
      2,
      ['no N260', 'from 0 to 259'],
    ],
    ['a number that is none', [MODEL, 'ok.jsonl', '-k', 'many'], 2, ['"many" is not a number', '--top']],
    [
      'an unknown option',
      [MODEL, 'ok.jsonl', '--contxt', '5'],
      2,
      ['unknown option', 'did you mean --context?'],
    ],
    ['no corpus', [MODEL], 2, ["missing required argument 'corpus'", 'neuroprobe profile --help']],
  ])('%s ends with its message and code, and leaves nothing', (_, args, exit, says) =>
    expectRefusal(folder, ['profile', ...args], exit, says),
  );

  test.each<[string, string | Buffer, string[]]>([
    ['a list', '[1, 2]', ['a list, not an object', 'in bad.jsonl:1:0']],
    ['a string', '"text"', ['a string, not an object']],
    ['two objects in a line', '{"text": "a"} {"text": "b"}', ['expected nothing more', 'in bad.jsonl:1:14']],
    ['a text that is a list', '{"text": ["a"]}', ['"text" is a list, not a string', '--text-field']],
    ['an id that is an object', '{"text": "a", "id": {}}', ['"id" is an object', '--id-field']],
    ['ids in a string', '{"input_ids": "1 2"}', ['"input_ids" is a string, not a list']],
    ['an id below 0', '{"input_ids": [1, -2]}', ['input_ids[1] is -2, not an id']],
    ['a mask of 2', '{"input_ids": [1], "attention_mask": [2]}', ['attention_mask[0] is 2, not 0 or 1']],
    ['a short mask', '{"input_ids": [1, 2], "attention_mask": [1]}', ['they must be as many']],
    ['UTF-16', Buffer.from('\ufeff{"text": "a"}', 'utf16le'), ['UTF-16 text, not JSONL', 'iconv -f UTF-16']],
    ['Parquet', 'PAR1', ['a Parquet file, not JSONL', 'duckdb']],
    ['what gzip did not make', Buffer.from('\x1f\x8bhello, you', 'latin1'), ['not a whole gzip file']],
  ])('a corpus of %s is refused (65), and leaves nothing', (_, content, says) => {
    write('bad.jsonl', content);
    expectRefusal(folder, ['profile', MODEL, 'bad.jsonl'], 65, says);
  });

  test.each<BadCase>([
    ['a line that is too long', ['ok.jsonl', '--max-line-bytes', '9'], 65, ['longer than 9 bytes']],
    ['standard input without a byte', ['-'], 65, ['the corpus is empty', 'in standard input']],
  ])('%s is refused, and leaves nothing', (_, args, exit, says) =>
    expectRefusal(folder, ['stats', MODEL, ...args], exit, says),
  );

  test('the first bad record in the corpus is named, whichever worker met one first', () => {
    const lines = Array.from({ length: 3000 }, (_, i) =>
      i > 40 && i % 97 === 0 ? '{' : `{"text": "line ${i}"}`,
    );
    write('many.jsonl', `${lines.join('\n')}\n`);
    for (const workers of ['1', '2']) {
      const args = ['stats', MODEL, 'many.jsonl', ...FEW, '--workers', workers, '--block-size', '1KiB'];
      const { code, stderr } = neuroprobe(args, { cwd: folder });
      expect(code).toBe(65);
      expect(stderr).toContain('in many.jsonl:98:');
    }
  });

  test('a BOM, CRLF, blank lines, no last newline, NUL and repeated texts go through', () => {
    write('odd.jsonl', '\ufeff{"text": "one"}\r\n\r\n  \n{"text": "one"}\n{"text": "a\\u0000b"}');
    const { stdout } = succeed(['stats', MODEL, 'odd.jsonl', ...FEW, '--json', '--quiet', '-o', 'odd'], {
      cwd: folder,
    });
    expect(JSON.parse(stdout)).toMatchObject({ corpus: { records: 3, documents: 3 } });
  });

  test('records with ids go through a model without a tokenizer', () => {
    write('given.jsonl', '{"input_ids": [1, 2, 3]}\n{"input_ids": [4]}\n');
    const args = ['profile', 'small.onnx', 'given.jsonl', '--json', '--quiet', '-o', 'given'];
    expect(JSON.parse(succeed(args, { cwd: folder }).stdout)).toMatchObject({
      corpus: { counted_tokens: 4 },
    });
  });

  test('a finished profile is another than that of fewer options', () => {
    const args = ['stats', MODEL, 'ok.jsonl', '-o', 'fewer', '--quiet', ...FEW];
    succeed([...args, '--skip-until', 'e', '--explain', 'position'], { cwd: folder });
    const { code, stderr } = neuroprobe([...args, '--explain', 'position'], { cwd: folder });
    expect([code, stderr]).toEqual([73, expect.stringContaining('its skip_until was "e", not not recorded')]);
    expect(neuroprobe([...args, '--skip-until', 'e'], { cwd: folder }).stderr).toContain('its explain was');
  });

  test('a finished profile is kept: the same again is done at once, another is refused, --force replaces it', () => {
    const args = ['stats', MODEL, 'ok.jsonl', '-o', 'kept', '--quiet', ...FEW];
    succeed(args, { cwd: folder });
    const manifest = () => readFileSync(path.join(folder, 'kept', 'manifest.json'), 'utf8');
    const run = () => readFileSync(path.join(folder, 'kept', 'run.json'), 'utf8');
    const [first, ran] = [manifest(), run()];
    expect(succeed(args, { cwd: folder }).stdout).toContain('was there already');
    expect(run()).toBe(ran);
    const other = neuroprobe([...args, '--context', '100'], { cwd: folder });
    expect(other.code).toBe(73);
    expect(other.stderr).toContain('its context was 256, not 100');
    expect(other.stderr).toContain('--force');
    expect(manifest()).toBe(first);
    succeed([...args, '--context', '100', '--force'], { cwd: folder });
    expect(manifest()).not.toBe(first);
    expect(readdirSync(folder).filter((name) => name.startsWith('kept'))).toEqual(['kept']);
  });

  test('a corpus without a counted token is told from one in which every neuron fires', () => {
    write('nothing.jsonl', '{"text": ""}\n');
    const args = ['profile', MODEL, 'nothing.jsonl', '-o', 'unseen', '--quiet', ...FEW];
    expect(succeed(args, { cwd: folder }).stdout).toContain('not one token was counted');
  });

  test('the same run twice at a time is one profile', async () => {
    const stats = ['stats', MODEL, SPEECHES, '-o', 'both', '--limit', '50', '--quiet', ...FEW];
    const run = () =>
      new Promise<number | null>((resolve) => {
        const args = [BIN, ...stats];
        spawn(process.execPath, args, { cwd: folder, stdio: 'ignore' }).on('exit', resolve);
      });
    // Who comes second is told to try again (75), or finds what the first one made.
    expect([
      [0, 0],
      [0, 75],
    ]).toContainEqual((await Promise.all([run(), run()])).sort());
    expect(succeed(stats, { cwd: folder }).stdout).toContain('was there already');
    expect(readdirSync(folder).filter((name) => name.startsWith('both'))).toEqual(['both']);
  });

  test('show and report say what is wrong with a profile', () => {
    succeed(['profile', MODEL, 'ok.jsonl', '-o', 'shown', '--quiet'], { cwd: folder });
    const say = (...args: string[]) => {
      const { code, stderr } = neuroprobe(args, { cwd: folder });
      return `${code} ${stderr}`;
    };
    expect(say('show', 'absent', 'L0.N1')).toMatch(/^66 .*there is no such directory/);
    expect(say('show', 'shown', 'L9.N1')).toMatch(/^2 .*no neuron L9\.N1/);
    expect(say('show', 'shown', 'L0.N260')).toMatch(/^2 [^]*L0 has N0 to N259/);
    expect(say('show', 'shown', 'seventeen')).toMatch(/^2 .*not the name of a neuron/);
    expect(say('report', 'nothing')).toMatch(/^65 .*not a profile/);
    const file = path.join(folder, 'shown', 'neurons.arrow');
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(file, bytes);
    expect(say('show', 'shown', 'L0.N1')).toMatch(/^65 [^]*neurons\.arrow/);
    expect(existsSync(file)).toBe(true);
  });
});

/** Ids looked up in a table, and nothing more. */
function embeddingOnly(): Uint8Array {
  return modelProto(
    8,
    [{ domain: '', version: 17 }],
    [
      inlineInitializer('embedding', 1, [2, 2], new Uint8Array(16)),
      node('Gather', '', ['embedding', 'input_ids'], ['x']),
      valueInfo(11, 'input_ids', 7, ['batch', 'sequence']),
      valueInfo(12, 'x', 1, ['batch', 'sequence', 2]),
    ],
  );
}
