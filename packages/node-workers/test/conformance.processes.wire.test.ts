// The conformance suite on processes, a part of it: wire, hostile, causes, close.
import { register } from "./support/processesSuite.ts"

register(["wire", "hostile", "causes", "close"])
