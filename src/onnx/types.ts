/** Bytes [start, end) of the .onnx file. */
export interface ByteRange {
  start: number;
  end: number;
}

/** TensorProto without its data. */
export interface TensorInfo {
  name: string;
  /** TensorProto.DataType, e.g. 1 FLOAT, 10 FLOAT16, 7 INT64. */
  dataType: number;
  dims: number[];
  /** The whole TensorProto message (without tag and length). */
  message: ByteRange;
  /** raw_data, if the weights stand in the .onnx file that way. */
  raw: ByteRange | null;
  /** external data as the file names it; length null where the file leaves it out. */
  external: { location: string; offset: number; length: number | null } | null;
}

export interface ValueInfo {
  name: string;
  /** Elem type of a tensor; 0 where it is not a tensor or not said. */
  dataType: number;
  /** null where the shape is unknown; a dimension is a number, a symbol, or null. */
  dims: (number | string | null)[] | null;
  message: ByteRange;
}

export interface AttributeInfo {
  name: string;
  /** AttributeProto.AttributeType. */
  type: number;
  f: number | null;
  i: number | null;
  s: string | null;
  ints: number[] | null;
  floats: number[] | null;
  strings: string[] | null;
  tensor: TensorInfo | null;
  graph: GraphInfo | null;
  /** Attribute of the function that this one takes its value from, within a function's body. */
  reference: string | null;
  message: ByteRange;
}

export interface NodeInfo {
  /** Place in the graph's list. */
  index: number;
  name: string;
  opType: string;
  /** `''` for the ONNX standard domain. */
  domain: string;
  inputs: string[];
  outputs: string[];
  attributes: Map<string, AttributeInfo>;
  /** True where names or attributes are no longer those of `message`. */
  edited?: true;
  message: ByteRange;
}

export interface GraphInfo {
  name: string;
  nodes: NodeInfo[];
  initializers: Map<string, TensorInfo>;
  /** Names of sparse initializers, of which nothing else is read. */
  sparse: Set<string>;
  /** As the file lists them: may name initializers too. */
  inputs: ValueInfo[];
  outputs: ValueInfo[];
  valueInfo: Map<string, ValueInfo>;
  message: ByteRange;
}

export interface FunctionInfo {
  name: string;
  domain: string;
  inputs: string[];
  outputs: string[];
  attributes: string[];
  /** Attributes that have a value where the call gives none. */
  defaults: Map<string, AttributeInfo>;
  nodes: NodeInfo[];
  opsets: { domain: string; version: number }[];
  message: ByteRange;
}

/** A ModelProto, indexed: structure and byte ranges, no weights. */
export interface ModelInfo {
  path: string;
  /** Bytes of the .onnx file. */
  size: number;
  irVersion: number;
  opsets: { domain: string; version: number }[];
  producer: string;
  graph: GraphInfo;
  functions: FunctionInfo[];
  /** Reads bytes [start, end) of the .onnx file, for small tensors and for copying messages. */
  read(start: number, end: number): Uint8Array;
}
