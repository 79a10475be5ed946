// The laws of pools, on processes, where host and workers share no memory.
import * as Laws from "@heddle/testing/conformance/Laws"
import { registerCases } from "./support/processesSuite.ts"

registerCases("laws", Laws.all.map(Laws.toCase))
