/** One input of a corpus, in the order in which the user gave them. */
export interface CorpusFile {
  /** As given: a directory's or glob's file as given plus its sorted relative path, `-` for standard input. */
  path: string;
  kind: 'plain' | 'gzip' | 'stdin';
  /** Bytes on disk when the run began; null for standard input. A file that grows is read up to here. */
  size: number | null;
}

/**
 * Block k of a file: the records whose first byte lies in [k·B, (k+1)·B) of the
 * uncompressed file. The unit of work. Structured-clone safe.
 */
export interface Block {
  /** Number of the file in the corpus, from 0. */
  file: number;
  /** Number of the block in its file, from 0 (blocks without records are not made). */
  block: number;
  /** Whole lines, with their line ends; the last line of a file may lack one. */
  bytes: Uint8Array;
  /** Where `bytes` begins in the uncompressed file. */
  startByte: number;
  /** Line number, from 1, of the first line in `bytes`. */
  startLine: number;
  /** Number in its file, from 0, of the first record in `bytes`. */
  startRecord: number;
  /** Records in `bytes` (lines that hold more than spaces, tabs and CR). */
  records: number;
  /** Lines longer than are taken, where these are no error: `bytes` has only their first bytes, and a LF. */
  cuts: CutLine[];
}

/** A line of which a block holds no more than its first bytes. */
export interface CutLine {
  startByte: number;
  /** Exclusive; behind its line end if it has one. */
  endByte: number;
  /** Bytes of the whole line, its LF apart. */
  length: number;
}

/** A block as it is read from a corpus. */
export interface ReadBlock extends Block {
  /** SHA-256, in hex, of where the block lies and what it holds. */
  digest: string;
}

/** One record of the corpus with its provenance. */
export interface CorpusRecord {
  file: number;
  /** Number of the record in its file, from 0. */
  record: number;
  /** Line in its file, from 1. */
  line: number;
  /** Where the line begins in its uncompressed file. */
  startByte: number;
  /** The id field as text (numbers are written out); null where the record has none. */
  id: string | null;
  /** `decoder_input_ids`: what the decoder of an encoder–decoder model is fed, where the record brings it. */
  decoderIds?: Int32Array;
  /** Where label fields are read: by field the record's labels there, each once; null where it lacks the field. */
  labels?: (string[] | null)[];
  /** Where span fields are read: by field the record's spans; null where it lacks the field. */
  spans?: (TextSpan[] | null)[];
  content:
    { kind: 'text'; text: string } | { kind: 'ids'; ids: Int32Array; attentionMask: Uint8Array | null };
}

/** A run of a text's characters that has a label. */
export interface TextSpan {
  /** In code points of the text, from 0. */
  start: number;
  /** Exclusive. */
  end: number;
  label: string;
}

/** Which fields of a record are read. */
export interface RecordFields {
  textField: string;
  idField: string;
  /** Field of ready-made ids: wins over text where a record has it. */
  idsField: 'input_ids';
  /** Fields of labels; absent: none. */
  labelFields?: readonly string[];
  /** Fields of labelled spans; absent: none. */
  spanFields?: readonly string[];
}

/** What was read of one file, when it has been read to its end or to `--limit`. */
export interface FileFacts {
  path: string;
  /** Uncompressed bytes read: the whole file, or up to the end of the last record that `--limit` takes. */
  bytes: number;
  /** SHA-256 of those bytes, in hex. */
  sha256: string;
  records: number;
  /** Blocks that hold a record. */
  blocks: number;
}
