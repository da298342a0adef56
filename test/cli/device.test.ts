import { existsSync } from 'node:fs';
import path from 'node:path';
import { listSupportedBackends } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { neuroprobe, temporaryDirectory } from '../support/cli.js';
import { fixture } from '../support/fixtures.js';

const folder = temporaryDirectory();
const MODEL = fixture('llama-shakespeare');
const CORPUS = fixture('speeches.jsonl');
const bundled = listSupportedBackends();
const has = (name: string) => bundled.some((each) => each.name === name);

function profileOn(device: string) {
  const output = path.join(folder, device);
  return {
    output,
    ...neuroprobe(['profile', MODEL, CORPUS, '--limit', '3', '-o', output, '--device', device]),
  };
}

describe('--device', () => {
  test.skipIf(has('coreml'))('refuses one that the platform has not (skipped where CoreML is there)', () => {
    const { code, stderr, output } = profileOn('coreml');
    expect(code).toBe(69);
    expect(stderr).toContain('onnxruntime-node has no such provider on this platform');
    expect(existsSync(output)).toBe(false);
  });

  test.skipIf(!has('cuda'))(
    'says how to get a library that is missing (skipped where CUDA is no choice)',
    () => {
      const { code, stderr } = profileOn('cuda');
      if (code === 0) return; // a machine with CUDA: all is well
      expect(code).toBe(69);
      expect(stderr).toMatch(/the device "cuda" cannot be used: .*\n {2}in --device\n {2}\S/);
      expect(stderr).not.toContain('libonnxruntime_providers');
    },
  );

  test('refuses what is no device', () => {
    const { code, stderr } = profileOn('gpu');
    expect(code).toBe(2);
    expect(stderr).toContain('give one of: cpu, cuda, tensorrt, webgpu, dml, coreml');
  });
});
