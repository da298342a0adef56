/** By what tokens are put into classes, in the order of the state. */
export const EXPLAIN_KINDS = ['position', 'token', 'previous'] as const;
export type ExplainKind = (typeof EXPLAIN_KINDS)[number];

/** The class of `previous` where a token has none before it in its document. */
export const NO_TOKEN = -1;
