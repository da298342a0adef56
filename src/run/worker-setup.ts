import type { WorkerSetup } from './messages.js';
import type { RunPlan } from './plan.js';

/** What of a plan every worker needs. */
export function workerSetup(
  plan: RunPlan,
): Omit<WorkerSetup, 'worker' | 'resume' | 'checkpoint' | 'sampleBar'> {
  const { request, exposure, columns, accumulators, context, tokenizer, corpus } = plan;
  return {
    exposure,
    model: request.model,
    tokenizer,
    files: corpus.map(({ path }) => path),
    fields: {
      ...request.fields,
      ...(request.labelFields.length === 0 ? {} : { labelFields: request.labelFields }),
      ...(request.spanFields.length === 0 ? {} : { spanFields: request.spanFields }),
    },
    context,
    countSpecial: request.countSpecial,
    skipFirst: request.skipFirst,
    skipUntil: request.skipUntil,
    batchTokens: request.batchTokens,
    onBadRecord: request.onBadRecord,
    threads: request.threads,
    device: request.device,
    accumulators,
    columns,
  };
}
