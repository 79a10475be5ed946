// The conformance suite on processes, a part of it: stream.
import { register } from "./support/processesSuite.ts"

register(["stream"])
