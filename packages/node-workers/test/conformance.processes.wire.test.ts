// The conformance suite on processes, a part of it: wire, captures, close.
import { register } from "./support/processesSuite.ts"

register(["wire", "captures", "close"])
