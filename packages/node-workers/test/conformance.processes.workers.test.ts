// The conformance suite on processes, a part of it: outcomes, start, crash.
import { register } from "./support/processesSuite.ts"

register(["outcomes", "start", "crash"])
