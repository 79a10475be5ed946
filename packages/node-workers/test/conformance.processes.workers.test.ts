// The conformance suite on processes, a part of it: outcomes, start, crash.
import { register } from "./support/processesHarness.ts"

register(["outcomes", "start", "crash"])
