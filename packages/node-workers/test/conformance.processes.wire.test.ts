// The conformance suite on processes, a part of it: wire, close.
import { register } from "./support/processesHarness.ts"

register(["wire", "close"])
