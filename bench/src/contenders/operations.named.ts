// From an operation to the export that a worker serves it by, for pools that call functions by name.
import type { Operation } from "./contender.ts"

export const named = (operation: Operation): string =>
  ({
    add: "add",
    "bytes-copy": "bytes",
    "bytes-shared": "bytes",
    "bytes-transfer": "moved",
    object: "object",
    spin: "spin",
    fault: "fault",
    chunk: "chunk",
    "chunk-typed": "movedChunk"
  })[operation]
