// The conformance suite on processes, a part of it: how many workers there are, and how they are replaced.
import { register } from "./support/processesSuite.ts"

register(["size", "recycling", "supervision"])
