/** The field that stands for the labels which every text has, and which no field of a record may be called. */
export const LEXICAL_FIELD = 'lexical';
