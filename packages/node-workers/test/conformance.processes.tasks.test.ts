// The conformance suite on processes, a part of it: cancel, time.
import { register } from "./support/processesSuite.ts"

register(["cancel", "time"])
