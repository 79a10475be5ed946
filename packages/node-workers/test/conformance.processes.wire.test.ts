// The conformance suite on processes, a part of it: wire, hostile, close.
import { register } from "./support/processesSuite.ts"

register(["wire", "hostile", "close"])
