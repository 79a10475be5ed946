// The conformance suite on processes, a part of it: wire, captures, hostile, causes, close.
import { register } from "./support/processesSuite.ts"

register(["wire", "captures", "hostile", "causes", "close"])
