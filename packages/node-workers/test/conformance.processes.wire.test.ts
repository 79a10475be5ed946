// The conformance suite on processes, a part of it: wire, close.
import { register } from "./support/processesSuite.ts"

register(["wire", "close"])
