import type { WorkerSetup } from './messages.js';
import type { RunPlan } from './plan.js';
import { isServed } from './served/is-served.js';

/** What of a plan every worker needs. */
export function workerSetup(
  plan: RunPlan,
): Omit<WorkerSetup, 'worker' | 'resume' | 'session' | 'checkpoint' | 'sampleBar'> {
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
    served: isServed(request.device),
    accumulators,
    columns,
    dumpAbove: request.dump?.above ?? null,
  };
}
