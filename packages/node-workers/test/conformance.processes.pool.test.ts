// The conformance suite on processes, a part of it: queue, map, chunks, scope, spares, nest.
import { register } from "./support/processesSuite.ts"

register(["queue", "map", "chunks", "scope", "spares", "nest", "channel"])
