/** Operators by what they mean to the search. All others end it: nothing of an FFN's inside. */

/** Bring a nonlinearity of their own. */
export const NONLINEAR = new Set([
  'Relu',
  'LeakyRelu',
  'ThresholdedRelu',
  'PRelu',
  'Elu',
  'Selu',
  'Celu',
  'Gelu',
  'FastGelu',
  'BiasGelu',
  'QuickGelu',
  'Erf',
  'Tanh',
  'Sigmoid',
  'Softplus',
  'Softsign',
  'HardSigmoid',
  'HardSwish',
  'Mish',
  'Swish',
  'Silu',
  'Clip',
  'QLinearSigmoid',
  'QLinearLeakyRelu',
  'QGelu',
  'Exp',
]);

/** Act on each element alone (with constants, or with another tensor of the same shape). */
export const ELEMENTWISE = new Set([
  ...NONLINEAR,
  'Add',
  'Sub',
  'Mul',
  'Div',
  'Pow',
  'Sqrt',
  'Neg',
  'Abs',
  'Reciprocal',
  'Min',
  'Max',
  'Log',
  'Sum',
  'Where',
  'Less',
  'LessOrEqual',
  'Greater',
  'GreaterOrEqual',
  'Equal',
  'And',
  'Or',
  'Not',
  'Sign',
  'Floor',
  'Ceil',
  'Round',
  'QLinearAdd',
  'QLinearMul',
  'BiasAdd',
]);

/** Hand their first input on: values as they are or rounded, in another shape, type or scale. */
export const CARRYING = new Set([
  'Identity',
  'Cast',
  'CastLike',
  'Dropout',
  'Reshape',
  'Transpose',
  'Squeeze',
  'Unsqueeze',
  'Flatten',
  'QuantizeLinear',
  'DequantizeLinear',
  'DynamicQuantizeLinear',
]);

/** Cut a fused gate-up projection in two. */
export const CUTTING = new Set(['Split', 'Slice', 'Gather']);

/** Normalise over the last axis. */
export const NORMS = new Set(['LayerNormalization', 'SimplifiedLayerNormalization', 'RMSNormalization']);

/** Parts of a norm, or of a quantiser, that is written out: figures of each position over the last axis. */
export const NORM_PARTS = new Set([
  'ReduceMean',
  'ReduceSum',
  'ReduceSumSquare',
  'ReduceL2',
  'ReduceMax',
  'ReduceMin',
  'LpNormalization',
]);

/** Add a residual and normalise in one. */
export const SKIP_NORMS = new Set([
  'SkipLayerNormalization',
  'SkipSimplifiedLayerNormalization',
  'EmbedLayerNormalization',
]);

/** Inputs of a node that carry data through it: shapes, axes, scales and zero points do not. */
export function dataInputs({ opType, inputs }: { opType: string; inputs: readonly string[] }): string[] {
  const carried =
    CARRYING.has(opType) || CUTTING.has(opType) || NORM_PARTS.has(opType) || opType === 'Clip'
      ? inputs.slice(0, 1)
      : inputs;
  return carried.filter((input) => input !== '');
}
