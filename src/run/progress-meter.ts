import type { RunPlan } from './plan.js';
import type { Progress } from './types.js';

/** Milliseconds between two reports. */
const INTERVAL = 200;

/** Gathers what a run has done so far, and tells it at most a few times a second. */
export class ProgressMeter {
  readonly progress: Progress;
  private readonly report: ((progress: Progress) => void) | undefined;
  /** When the first batch could run. */
  loadedAt = new Date();
  private runningSince = 0;
  private reportedAt = 0;

  constructor(plan: RunPlan, report: ((progress: Progress) => void) | undefined) {
    const sizes = plan.corpus.map(({ size }) => size);
    this.report = report;
    this.progress = {
      phase: 'loading',
      readBytes: 0,
      totalBytes: sizes.includes(null) ? null : sizes.reduce<number>((sum, size) => sum + size!, 0),
      records: 0,
      doneRecords: 0,
      limit: plan.request.limit,
      countedTokens: 0,
      seconds: 0,
      workers: plan.workers.workers,
      workersWhy: plan.workers.why,
    };
    this.report?.({ ...this.progress });
  }

  running(): void {
    this.progress.phase = 'running';
    this.loadedAt = new Date();
    this.runningSince = performance.now();
    this.tell(true);
  }

  /** @param bytes of the corpus on disk, since the last call */
  read(bytes: number): void {
    this.progress.readBytes += bytes;
  }

  records(records: number): void {
    this.progress.records += records;
  }

  /** @param records of a block that was computed before */
  done(records: number): void {
    this.progress.doneRecords += records;
  }

  /** A batch is done. @param records of its block that it stands for: a fraction */
  counted(tokens: number, records: number): void {
    this.progress.doneRecords += records;
    this.progress.countedTokens += tokens;
    this.tell(false);
  }

  writing(): void {
    this.progress.phase = 'writing';
    this.tell(true);
  }

  private tell(now: boolean): void {
    const time = performance.now();
    this.progress.seconds = (time - this.runningSince) / 1000;
    if (!now && time - this.reportedAt < INTERVAL) return;
    this.reportedAt = time;
    this.report?.({ ...this.progress });
  }
}
