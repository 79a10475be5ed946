// The conformance suite on processes, a part of it: queue, map, scope.
import { register } from "./support/processesSuite.ts"

register(["queue", "map", "chunks", "scope", "spares"])
